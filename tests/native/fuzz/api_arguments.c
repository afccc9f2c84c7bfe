#include "api_fuzz.h"

#include "digest_info.h"

#include <string.h>

static const uint8_t *rest;
static size_t left;

void api_input(const uint8_t *data, size_t size)
{
    rest = data;
    left = size;
}

bool api_input_is_used_up(void)
{
    return left == 0;
}

uint8_t api_u8(void)
{
    if (left == 0)
        return 0;
    left--;
    return *rest++;
}

uint16_t api_u16(void)
{
    uint16_t low = api_u8();
    return (uint16_t)(low | api_u8() << 8);
}

uint32_t api_u32(void)
{
    uint32_t low = api_u16();
    return low | (uint32_t)api_u16() << 16;
}

uint8_t api_agent_u8(void)
{
    return left == 0 ? 0 : rest[--left];
}

uint16_t api_agent_u16(void)
{
    uint16_t low = api_agent_u8();
    return (uint16_t)(low | api_agent_u8() << 8);
}

/* ---- memory ---- */

enum { BLOCKS = 64, LONGEST = 4096 };

static void *blocks[BLOCKS];
static size_t block_count;

void *api_memory(size_t length)
{
    HOLDS(block_count < BLOCKS);
    void *block = malloc(length);
    HOLDS(length == 0 || block != NULL);
    blocks[block_count++] = block;
    return block;
}

void api_release(void)
{
    while (block_count > 0)
        free(blocks[--block_count]);
}

CK_ULONG api_length(void)
{
    static const CK_ULONG lengths[] = {256, 255, 257, 512, 511, 1024, 2048, LONGEST};
    uint8_t chosen = api_u8();
    return chosen < 248 ? chosen : lengths[chosen - 248];
}

static CK_BYTE *bytes(CK_ULONG length)
{
    CK_BYTE *filled = api_memory(length);
    for (CK_ULONG i = 0; i < length; i++)
        filled[i] = i < 64 ? api_u8() : (CK_BYTE)i;
    return filled;
}

/* ---- arguments ---- */

static CK_BYTE *digest_info(CK_ULONG *length)
{
    static const CK_BYTE prefix[] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                     0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};
    *length = sizeof prefix + 32;
    CK_BYTE *info = bytes(*length);
    memcpy(info, prefix, sizeof prefix);
    return info;
}

CK_BYTE *api_data(CK_ULONG *length)
{
    static const CK_ULONG digests[] = {20, 28, 32, 48, 64};
    uint8_t kind = api_u8() % 16;
    if (kind == 15) {
        *length = api_length();
        return NULL;
    }
    if (kind < 4)
        return digest_info(length);
    *length = kind < 9 ? digests[kind - 4] : api_length();
    return bytes(*length);
}

CK_UTF8CHAR *api_pin(CK_ULONG *length)
{
    uint8_t kind = api_u8() % 8;
    *length = kind < 4 ? 8 : api_length();
    if (kind == 7)
        return NULL;
    CK_UTF8CHAR *pin = kind < 4 ? api_memory(8) : bytes(*length);
    if (kind < 4)
        memcpy(pin, "12345678", 8);
    return pin;
}

static void *parameter(CK_ULONG *length)
{
    static const CK_MECHANISM_TYPE hashes[] = {CKM_SHA256, CKM_SHA384, CKM_SHA512, CKM_SHA_1};
    static const CK_ULONG masks[] = {CKG_MGF1_SHA256, CKG_MGF1_SHA384, CKG_MGF1_SHA512,
                                     CKG_MGF1_SHA1};
    uint8_t kind = api_u8();
    if (kind < 64) {
        *length = 0;
        return NULL;
    }
    if (kind >= 192) {
        *length = kind == 255 ? api_u32() : api_u8() % 64;
        return kind == 255 ? NULL : bytes(*length);
    }
    CK_RSA_PKCS_PSS_PARAMS *pss = api_memory(sizeof *pss);
    *length = sizeof *pss;
    pss->hashAlg = hashes[kind % 4];
    pss->mgf = masks[kind < 160 ? kind % 4 : api_u8() % 4];
    pss->sLen = kind < 128 ? api_u8() : api_u32();
    return pss;
}

CK_MECHANISM *api_mechanism(void)
{
    static const CK_MECHANISM_TYPE types[] = {CKM_SHA256_RSA_PKCS,
                                              CKM_RSA_PKCS,
                                              CKM_SHA512_RSA_PKCS_PSS,
                                              CKM_RSA_PKCS_PSS,
                                              CKM_SHA256_RSA_PKCS_PSS,
                                              CKM_ECDSA,
                                              CKM_ECDSA_SHA256,
                                              CKM_ECDSA_SHA384,
                                              CKM_SHA256,
                                              CKM_SHA_1,
                                              CKM_SHA512,
                                              CKM_SHA384_RSA_PKCS,
                                              CKM_SHA224,
                                              CKM_SHA384};
    uint8_t chosen = api_u8();
    if (chosen == 255)
        return NULL;
    CK_MECHANISM *mechanism = api_memory(sizeof *mechanism);
    mechanism->mechanism =
        chosen >= 240 ? api_u32() : types[chosen % (sizeof types / sizeof types[0])];
    mechanism->pParameter = parameter(&mechanism->ulParameterLen);
    return mechanism;
}

static CK_ATTRIBUTE_TYPE attribute_type(void)
{
    static const CK_ATTRIBUTE_TYPE types[] = {CKA_CLASS,
                                              CKA_LABEL,
                                              CKA_ID,
                                              CKA_VALUE,
                                              CKA_MODULUS,
                                              CKA_PUBLIC_EXPONENT,
                                              CKA_EC_PARAMS,
                                              CKA_EC_POINT,
                                              CKA_ALLOWED_MECHANISMS,
                                              CKA_KEY_TYPE,
                                              CKA_SUBJECT,
                                              CKA_ISSUER,
                                              CKA_CHECK_VALUE,
                                              CKA_START_DATE,
                                              CKA_PRIVATE_EXPONENT,
                                              CKA_MODULUS_BITS,
                                              CKA_TOKEN,
                                              CKA_PRIVATE,
                                              CKA_SIGN,
                                              CKA_SENSITIVE,
                                              CKA_CERTIFICATE_TYPE,
                                              CKA_PRIME_1,
                                              CKA_PUBLIC_KEY_INFO,
                                              CKA_SERIAL_NUMBER,
                                              CKA_ALWAYS_AUTHENTICATE,
                                              CKA_UNIQUE_ID,
                                              CKA_HASH_OF_SUBJECT_PUBLIC_KEY};
    uint8_t chosen = api_u8();
    return chosen >= 240 ? api_u32() : types[chosen % (sizeof types / sizeof types[0])];
}

static void wanted_value(CK_ATTRIBUTE *attribute)
{
    static const CK_ULONG classes[] = {CKO_CERTIFICATE, CKO_PUBLIC_KEY, CKO_PRIVATE_KEY, 0};
    uint8_t kind = api_u8();
    attribute->ulValueLen = kind < 128 ? sizeof(CK_ULONG) : kind < 160 ? 1 : api_length();
    attribute->pValue = kind == 255 ? NULL : api_memory(attribute->ulValueLen);
    if (kind < 128)
        memcpy(attribute->pValue, &classes[kind % 4], sizeof classes[0]);
    else if (kind != 255)
        memset(attribute->pValue, api_u8(), attribute->ulValueLen);
}

CK_ATTRIBUTE *api_template(bool search, CK_ULONG *count)
{
    uint8_t chosen = api_u8();
    *count = chosen % 8;
    if (chosen == 255)
        return NULL;
    CK_ATTRIBUTE *template = api_memory(*count * sizeof *template);
    for (CK_ULONG i = 0; i < *count; i++) {
        template[i].type = attribute_type();
        if (search) {
            wanted_value(&template[i]);
            continue;
        }
        template[i].ulValueLen = api_length();
        bool asks_length = api_u8() % 4 == 3;
        template[i].pValue = asks_length ? NULL : api_memory(template[i].ulValueLen);
    }
    return template;
}

/* ---- outputs ---- */

enum { UNTOUCHED = 0xa5 };

api_output api_room(void)
{
    static const CK_ULONG edges[] = {255, 256, 63, 64, 19, 20, 31, 32};
    uint8_t kind = api_u8() % 16;
    api_output output = {NULL, NULL, kind < 6 ? 512 : api_length()};
    if (kind >= 6 && kind < 10)
        output.given = edges[output.given % (sizeof edges / sizeof edges[0])];
    if (kind != 15) {
        output.length = api_memory(sizeof *output.length);
        *output.length = output.given;
    }
    if (kind != 14) {
        output.bytes = api_memory(output.given);
        if (output.given > 0)
            memset(output.bytes, UNTOUCHED, output.given);
    }
    return output;
}

void api_check_output(const api_output *output, CK_RV rv)
{
    if (output->length == NULL) {
        HOLDS(rv != CKR_OK);
        return;
    }
    if (rv == CKR_OK)
        HOLDS(output->bytes == NULL || *output->length <= output->given);
    if (rv == CKR_BUFFER_TOO_SMALL)
        HOLDS(*output->length > output->given);
    for (CK_ULONG i = 0; rv != CKR_OK && output->bytes != NULL && i < output->given; i++)
        HOLDS(output->bytes[i] == UNTOUCHED);
}
