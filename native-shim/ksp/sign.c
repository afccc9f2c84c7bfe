#include "sign.h"

#include "algorithm.h"
#include "digest_info.h"
#include "hash.h"
#include "log.h"

#include <string.h>
#include <wchar.h>

enum {
    PADDINGS = NCRYPT_PAD_PKCS1_FLAG | NCRYPT_PAD_PSS_FLAG,
    KNOWN_FLAGS = PADDINGS | NCRYPT_SILENT_FLAG,
};

/* PKCS#1 v1.5. Without an algorithm id the program has made the DigestInfo itself; anything else
 * would be signed blindly. */
static rs_status read_pkcs1(const ksp_hash_input *given, rs_signature_input *input)
{
    const BCRYPT_PKCS1_PADDING_INFO *padding = given->padding;
    rs_status status = RS_OK;
    input->scheme = RS_RSA_PKCS1;
    input->digest = given->hash;
    if (padding == NULL)
        return RS_INVALID_REQUEST;
    if (padding->pszAlgId != NULL)
        return ksp_hash_of_name(padding->pszAlgId, &input->hash);
    status = rs_digest_info_parse(given->hash, &input->hash, &input->digest);
    if (status != RS_OK)
        rs_log("SignHash without an algorithm id: the data is not the DigestInfo of a SHA-1 or "
               "SHA-2 digest (%lu bytes); a remote key signs nothing else",
               (unsigned long)given->hash.length);
    return status;
}

static rs_status read_pss(const ksp_hash_input *given, rs_signature_input *input)
{
    const BCRYPT_PSS_PADDING_INFO *padding = given->padding;
    if (padding == NULL || padding->pszAlgId == NULL || padding->cbSalt > UINT16_MAX)
        return RS_INVALID_REQUEST;
    input->scheme = RS_RSA_PSS;
    input->salt_length = (uint16_t)padding->cbSalt;
    input->digest = given->hash;
    return ksp_hash_of_name(padding->pszAlgId, &input->hash);
}

/* A bare digest does not say which hash made it; its length does. */
static rs_status read_ecdsa(const ksp_hash_input *given, rs_signature_input *input)
{
    input->scheme = RS_ECDSA;
    input->digest = given->hash;
    for (int each = RS_SHA1; each <= RS_SHA512; each++) {
        input->hash = (rs_hash_algorithm)each;
        if (rs_digest_length(input->hash) == given->hash.length)
            return RS_OK;
    }
    return RS_DATA_LENGTH;
}

static rs_status read_input(const ksp_key *key, const ksp_hash_input *given,
                            rs_signature_input *input)
{
    DWORD padding = given->flags & PADDINGS;
    rs_status status = RS_BAD_FLAGS;
    *input = (rs_signature_input){RS_RSA_PKCS1, RS_SHA256, 0, {NULL, 0}};
    if (given->hash.data == NULL)
        return RS_INVALID_REQUEST;
    if (key->credential->key_type == RS_KEY_EC)
        status = padding == 0 ? read_ecdsa(given, input) : RS_BAD_FLAGS;
    else if (padding == NCRYPT_PAD_PKCS1_FLAG)
        status = read_pkcs1(given, input);
    else if (padding == NCRYPT_PAD_PSS_FLAG)
        status = read_pss(given, input);
    if (status == RS_OK && input->digest.length != rs_digest_length(input->hash))
        status = RS_DATA_LENGTH;
    if (status == RS_OK && (((key->credential->schemes >> input->scheme) & 1) == 0 ||
                            ((key->credential->hashes >> input->hash) & 1) == 0)) {
        rs_log("the key may not be used with scheme %d and hash %d", (int)input->scheme,
               (int)input->hash);
        status = RS_UNSUPPORTED_ALGORITHM;
    }
    return status;
}

/* The program's words for the person; returns how many bytes of UTF-8. What is no character becomes
 * U+FFFD. */
static size_t read_use(const wchar_t text[KSP_TEXT_MAX], uint8_t use[RS_USE_MAX])
{
    return (size_t)WideCharToMultiByte(CP_UTF8, 0, text, (int)wcslen(text), (char *)use, RS_USE_MAX,
                                       NULL, NULL);
}

rs_status ksp_sign_hash(ksp_module *module, const ksp_key *key, const ksp_hash_input *input,
                        BYTE *signature, DWORD capacity, DWORD *length)
{
    rs_signature_input signature_input;
    size_t needed = rs_credential_signature_length(key->credential);
    uint8_t use[RS_USE_MAX];
    rs_consent consent = {.window = key->settings.window,
                          .use = {use, read_use(key->settings.use_context, use)}};
    if (length == NULL)
        return RS_INVALID_REQUEST;
    if ((input->flags & ~(DWORD)KNOWN_FLAGS) != 0)
        return RS_BAD_FLAGS;
    if (signature == NULL || capacity < needed) {
        *length = (DWORD)needed;
        return signature == NULL ? RS_OK : RS_BUFFER_TOO_SMALL;
    }
    if ((input->flags & NCRYPT_SILENT_FLAG) != 0)
        consent.flags |= RS_SIGN_SILENT;
    rs_status status = read_input(key, input, &signature_input);
    if (status == RS_OK)
        status = rs_agent_sign(ksp_agent(module), key->credential, &signature_input, &consent,
                               signature, needed);
    if (status == RS_OK)
        *length = (DWORD)needed;
    return status;
}

rs_status ksp_verify_signature(ksp_module *module, const ksp_key *key, const ksp_hash_input *input,
                               rs_bytes signature)
{
    rs_signature_input signature_input;
    bool valid = false;
    if (signature.data == NULL)
        return RS_INVALID_REQUEST;
    if ((input->flags & ~(DWORD)KNOWN_FLAGS) != 0)
        return RS_BAD_FLAGS;
    rs_status status = read_input(key, input, &signature_input);
    if (status == RS_OK && signature.length != rs_credential_signature_length(key->credential))
        status = RS_SIGNATURE_INVALID;
    if (status == RS_OK)
        status = rs_agent_verify(ksp_agent(module), key->credential, &signature_input, signature,
                                 &valid);
    if (status == RS_OK && !valid)
        status = RS_SIGNATURE_INVALID;
    return status;
}
