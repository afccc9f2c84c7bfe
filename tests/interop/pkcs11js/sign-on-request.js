// A living program with one C_Initialize: signs through pkcs11js whenever a line on standard input tells it to.
//
// usage: node sign-on-request.js MODULE PIN      PIN is "-" for the agent's own prompt
// lines: login | sign LABEL MECHANISM INPUT OUTPUT | multipart LABEL MECHANISM INPUT OUTPUT
// Each is answered by one line: done, or refused and why.
"use strict";

const crypto = require("crypto");
const fs = require("fs");
const readline = require("readline");
const pkcs11js = require("pkcs11js");

const SHA256_INFO = Buffer.from("3031300d060960864801650304020105000420", "hex");
const MECHANISMS = {
  "SHA256-RSA-PKCS": { mechanism: pkcs11js.CKM_SHA256_RSA_PKCS },
  "SHA512-RSA-PKCS": { mechanism: pkcs11js.CKM_SHA512_RSA_PKCS },
  "RSA-PKCS": { mechanism: pkcs11js.CKM_RSA_PKCS },
  "SHA256-RSA-PKCS-PSS": {
    mechanism: pkcs11js.CKM_SHA256_RSA_PKCS_PSS,
    parameter: { type: pkcs11js.CK_PARAMS_RSA_PSS, hashAlg: pkcs11js.CKM_SHA256, mgf: pkcs11js.CKG_MGF1_SHA256, saltLen: 32 },
  },
  "ECDSA-SHA256": { mechanism: pkcs11js.CKM_ECDSA_SHA256 },
  "ECDSA-SHA384": { mechanism: pkcs11js.CKM_ECDSA_SHA384 },
};

const [, , module_, pin] = process.argv;
const keys = new Map();
const card = new pkcs11js.PKCS11();
card.load(module_);
card.C_Initialize();
const session = card.C_OpenSession(card.C_GetSlotList(true)[0], pkcs11js.CKF_SERIAL_SESSION);

/** Looked up once: a living program keeps its handles. */
function findKey(label) {
  if (!keys.has(label)) {
    card.C_FindObjectsInit(session, [
      { type: pkcs11js.CKA_CLASS, value: pkcs11js.CKO_PRIVATE_KEY },
      { type: pkcs11js.CKA_LABEL, value: label },
    ]);
    const [key] = card.C_FindObjects(session, 1);
    card.C_FindObjectsFinal(session);
    if (!key) {
      throw new Error("no such private key");
    }
    keys.set(label, key);
  }
  return keys.get(label);
}

function sign(label, name, text) {
  const data = name === "RSA-PKCS" ? Buffer.concat([SHA256_INFO, crypto.createHash("sha256").update(text).digest()]) : text;
  card.C_SignInit(session, MECHANISMS[name], findKey(label));
  return card.C_Sign(session, data, Buffer.alloc(2048));
}

function signInParts(label, name, text) {
  card.C_SignInit(session, MECHANISMS[name], findKey(label));
  for (let start = 0; start < text.length; start += 65536) {
    card.C_SignUpdate(session, text.subarray(start, start + 65536));
  }
  return card.C_SignFinal(session, Buffer.alloc(2048));
}

function answer([verb, label, name, input, output]) {
  if (verb === "login") {
    card.C_Login(session, pkcs11js.CKU_USER, pin === "-" ? "" : pin);
    return;
  }
  const how = { sign, multipart: signInParts }[verb];
  fs.writeFileSync(output, how(label, name, fs.readFileSync(input)));
}

readline
  .createInterface({ input: process.stdin })
  .on("line", (line) => {
    try {
      answer(line.split("\t"));
      console.log("done");
    } catch (refusal) {
      console.log("refused", refusal.message.split("\n")[0]);
    }
  })
  .on("close", () => {
    card.C_CloseSession(session);
    card.C_Finalize();
    card.close();
  });
