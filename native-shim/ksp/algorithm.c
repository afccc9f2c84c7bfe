#include "algorithm.h"

#include <wchar.h>

const ksp_algorithm ksp_algorithms[KSP_ALGORITHMS] = {
    {BCRYPT_RSA_ALGORITHM, NCRYPT_RSA_ALGORITHM_GROUP, NCRYPT_ASYMMETRIC_ENCRYPTION_INTERFACE,
     BCRYPT_RSAPUBLIC_MAGIC, RS_KEY_RSA, 0},
    {BCRYPT_ECDSA_P256_ALGORITHM, NCRYPT_ECDSA_ALGORITHM_GROUP, NCRYPT_SIGNATURE_INTERFACE,
     BCRYPT_ECDSA_PUBLIC_P256_MAGIC, RS_KEY_EC, 256},
    {BCRYPT_ECDSA_P384_ALGORITHM, NCRYPT_ECDSA_ALGORITHM_GROUP, NCRYPT_SIGNATURE_INTERFACE,
     BCRYPT_ECDSA_PUBLIC_P384_MAGIC, RS_KEY_EC, 384},
    {BCRYPT_ECDSA_P521_ALGORITHM, NCRYPT_ECDSA_ALGORITHM_GROUP, NCRYPT_SIGNATURE_INTERFACE,
     BCRYPT_ECDSA_PUBLIC_P521_MAGIC, RS_KEY_EC, 521},
};

/* DER of the OIDs of the three NIST curves (RFC 5480, 2.1.1.1). */
static const uint8_t p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
static const uint8_t p384[] = {0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22};
static const uint8_t p521[] = {0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23};

static const rs_bytes curves[KSP_ALGORITHMS] = {
    {NULL, 0}, {p256, sizeof p256}, {p384, sizeof p384}, {p521, sizeof p521}};

const ksp_algorithm *ksp_algorithm_of(const rs_credential *credential)
{
    if (credential->key_type == RS_KEY_RSA)
        return &ksp_algorithms[0];
    for (size_t i = 1; i < KSP_ALGORITHMS; i++) {
        if (rs_bytes_equal(credential->a, curves[i]) &&
            credential->key_bits == ksp_algorithms[i].key_bits)
            return &ksp_algorithms[i];
    }
    return NULL;
}

rs_status ksp_hash_of_name(const wchar_t *name, rs_hash_algorithm *hash)
{
    static const struct {
        const wchar_t *name;
        rs_hash_algorithm hash;
    } hashes[] = {{BCRYPT_SHA256_ALGORITHM, RS_SHA256},
                  {BCRYPT_SHA384_ALGORITHM, RS_SHA384},
                  {BCRYPT_SHA512_ALGORITHM, RS_SHA512},
                  {BCRYPT_SHA1_ALGORITHM, RS_SHA1}};
    for (size_t i = 0; i < sizeof hashes / sizeof hashes[0]; i++) {
        if (wcscmp(hashes[i].name, name) == 0) {
            *hash = hashes[i].hash;
            return RS_OK;
        }
    }
    return RS_UNSUPPORTED_ALGORITHM;
}

rs_status ksp_is_algorithm_supported(const wchar_t *name, DWORD flags)
{
    if (name == NULL)
        return RS_INVALID_REQUEST;
    if ((flags & ~(DWORD)NCRYPT_SILENT_FLAG) != 0)
        return RS_BAD_FLAGS;
    for (size_t i = 0; i < KSP_ALGORITHMS; i++) {
        if (wcscmp(ksp_algorithms[i].name, name) == 0)
            return RS_OK;
    }
    return RS_NOT_SUPPORTED;
}
