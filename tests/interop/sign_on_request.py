"""A living program with one C_Initialize: signs through PyKCS11 whenever a line on standard input tells it to.

usage: sign_on_request.py MODULE PIN      PIN is "-" for the agent's own prompt, empty for no login at all
lines: login | sign LABEL MECHANISM INPUT OUTPUT | multipart LABEL MECHANISM INPUT OUTPUT
Each is answered by one line: done, or refused and why.
"""
import hashlib
import sys

import PyKCS11
from PyKCS11 import LowLevel

SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")
MECHANISMS = {
    "SHA256-RSA-PKCS": PyKCS11.Mechanism(PyKCS11.CKM_SHA256_RSA_PKCS, None),
    "SHA512-RSA-PKCS": PyKCS11.Mechanism(PyKCS11.CKM_SHA512_RSA_PKCS, None),
    "RSA-PKCS": PyKCS11.Mechanism(PyKCS11.CKM_RSA_PKCS, None),
    "SHA256-RSA-PKCS-PSS": PyKCS11.RSA_PSS_Mechanism(
        PyKCS11.CKM_SHA256_RSA_PKCS_PSS, PyKCS11.CKM_SHA256, PyKCS11.CKG_MGF1_SHA256, 32),
    "ECDSA": PyKCS11.Mechanism(LowLevel.CKM_ECDSA, None),
    "ECDSA-SHA256": PyKCS11.Mechanism(LowLevel.CKM_ECDSA_SHA256, None),
    "ECDSA-SHA384": PyKCS11.Mechanism(LowLevel.CKM_ECDSA_SHA384, None),
}


keys = {}


def find_key(session, label):
    """Looked up once: a living program keeps its handles."""
    if label not in keys:
        found = session.findObjects([(PyKCS11.CKA_CLASS, PyKCS11.CKO_PRIVATE_KEY), (PyKCS11.CKA_LABEL, label)])
        if not found:
            raise LookupError("no such private key")
        keys[label] = found[0]
    return keys[label]


def sign(session, label, name, text):
    key = find_key(session, label)
    if name == "RSA-PKCS":
        text = SHA256_INFO + hashlib.sha256(text).digest()
    if name == "ECDSA":
        text = hashlib.sha256(text).digest()
    return bytes(session.sign(key, text, MECHANISMS[name]))


def sign_in_parts(session, label, name, text):
    """PyKCS11 itself has no call for many parts; the binding below it has."""
    key = find_key(session, label)
    check(session.lib.C_SignInit(session.session, MECHANISMS[name].to_native(), key))
    for start in range(0, len(text), 65536):
        part = LowLevel.ckbytelist(text[start:start + 65536])
        check(session.lib.C_SignUpdate(session.session, part))
    signature = LowLevel.ckbytelist()
    check(session.lib.C_SignFinal(session.session, signature))
    check(session.lib.C_SignFinal(session.session, signature))
    return bytes(signature)


def check(rv):
    if rv != PyKCS11.CKR_OK:
        raise PyKCS11.PyKCS11Error(rv)


def answer(session, pin, words):
    if words[0] == "login":
        # What PyKCS11 hands to C_Login for None is NULL: the agent asks.
        session.login(None if pin == "-" else pin)
        return
    how = {"sign": sign, "multipart": sign_in_parts}[words[0]]
    with open(words[3], "rb") as file:
        signature = how(session, words[1], words[2], file.read())
    with open(words[4], "wb") as file:
        file.write(signature)


def main():
    card = PyKCS11.PyKCS11Lib()
    card.load(sys.argv[1])
    # By its label: under p11-kit's proxy there are other tokens too.
    slots = card.getSlotList(tokenPresent=True)
    slot = next(s for s in slots if card.getTokenInfo(s).label.rstrip(" \0") == "Remote Signing")
    session = card.openSession(slot)
    for line in sys.stdin:
        try:
            answer(session, sys.argv[2], line.rstrip("\n").split("\t"))
            print("done", flush=True)
        except (PyKCS11.PyKCS11Error, LookupError) as refusal:
            print("refused", refusal, flush=True)
    session.closeSession()


main()
