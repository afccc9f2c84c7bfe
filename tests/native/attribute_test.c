/* Each attribute of each kind of object: its exact value, or the exact refusal. */
#include "api.h"

#include "fake_certificate.h"

typedef struct expectation {
    CK_ATTRIBUTE_TYPE type;
    CK_RV rv;
    const void *value;
    CK_ULONG length;
} expectation;

static const CK_BBOOL yes = CK_TRUE;
static const CK_BBOOL no = CK_FALSE;

#define YES(type)                                                                                  \
    {                                                                                              \
        type, CKR_OK, &yes, sizeof yes                                                             \
    }
#define NO(type)                                                                                   \
    {                                                                                              \
        type, CKR_OK, &no, sizeof no                                                               \
    }
#define NUMBER(type, number)                                                                       \
    {                                                                                              \
        type, CKR_OK, &(CK_ULONG){number}, sizeof(CK_ULONG)                                        \
    }
#define TEXT(type, text)                                                                           \
    {                                                                                              \
        type, CKR_OK, text, sizeof(text) - 1                                                       \
    }
#define BYTES(type, bytes)                                                                         \
    {                                                                                              \
        type, CKR_OK, (bytes).data, (bytes).length                                                 \
    }
#define EMPTY(type)                                                                                \
    {                                                                                              \
        type, CKR_OK, NULL, 0                                                                      \
    }
#define SECRET(type)                                                                               \
    {                                                                                              \
        type, CKR_ATTRIBUTE_SENSITIVE, NULL, CK_UNAVAILABLE_INFORMATION                            \
    }
#define NONE(type)                                                                                 \
    {                                                                                              \
        type, CKR_ATTRIBUTE_TYPE_INVALID, NULL, CK_UNAVAILABLE_INFORMATION                         \
    }

/* Each attribute alone: size query, exact buffer, one byte too few, and never a byte beyond. */
static void check_one(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                      const expectation *expected)
{
    CK_BYTE buffer[1024];
    CK_ATTRIBUTE wanted = {expected->type, NULL, 77};
    CHECK_EQUAL(expected->rv, p11->C_GetAttributeValue(session, object, &wanted, 1));
    CHECK_EQUAL(expected->length, wanted.ulValueLen);
    memset(buffer, 0xee, sizeof buffer);
    wanted = (CK_ATTRIBUTE){expected->type, buffer, sizeof buffer - 1};
    if (expected->rv == CKR_OK)
        wanted.ulValueLen = expected->length;
    CHECK_EQUAL(expected->rv, p11->C_GetAttributeValue(session, object, &wanted, 1));
    CHECK_EQUAL(expected->length, wanted.ulValueLen);
    if (expected->rv != CKR_OK) {
        CHECK_EQUAL(0xee, buffer[0]);
        return;
    }
    CHECK(expected->length == 0 || memcmp(buffer, expected->value, expected->length) == 0);
    CHECK_EQUAL(0xee, buffer[expected->length]);
    if (expected->length == 0)
        return;
    memset(buffer, 0xee, sizeof buffer);
    wanted = (CK_ATTRIBUTE){expected->type, buffer, expected->length - 1};
    CHECK_EQUAL(CKR_BUFFER_TOO_SMALL, p11->C_GetAttributeValue(session, object, &wanted, 1));
    CHECK_EQUAL(CK_UNAVAILABLE_INFORMATION, wanted.ulValueLen);
    CHECK_EQUAL(0xee, buffer[0]);
}

static void check(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, const expectation *expected,
                  size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int before = failed_checks;
        check_one(session, object, &expected[i]);
        if (failed_checks != before)
            fprintf(stderr, "  ... attribute 0x%lx\n", expected[i].type);
    }
}

#define CHECK_ALL(object, table) check(session, object, table, sizeof table / sizeof table[0])

static const CK_MECHANISM_TYPE rsa_mechanisms[] = {
    CKM_SHA256_RSA_PKCS,     CKM_SHA384_RSA_PKCS,     CKM_SHA512_RSA_PKCS,
    CKM_SHA224_RSA_PKCS,     CKM_SHA1_RSA_PKCS,       CKM_RSA_PKCS,
    CKM_SHA256_RSA_PKCS_PSS, CKM_SHA384_RSA_PKCS_PSS, CKM_SHA512_RSA_PKCS_PSS,
    CKM_SHA224_RSA_PKCS_PSS, CKM_SHA1_RSA_PKCS_PSS,   CKM_RSA_PKCS_PSS};
static const CK_MECHANISM_TYPE ec_mechanisms[] = {CKM_ECDSA_SHA256, CKM_ECDSA_SHA384,
                                                  CKM_ECDSA_SHA512, CKM_ECDSA_SHA224,
                                                  CKM_ECDSA_SHA1,   CKM_ECDSA};
static const CK_MECHANISM_TYPE each_mechanisms[] = {CKM_SHA256_RSA_PKCS, CKM_RSA_PKCS};
#define MECHANISMS(list)                                                                           \
    {                                                                                              \
        CKA_ALLOWED_MECHANISMS, CKR_OK, list, sizeof list                                          \
    }

/* As `openssl dgst -sha1` finds it over the last 65 bytes of `openssl pkey -pubout`. */
#define KEY_HASH "\xc0\x7c\x41\xc9\x7f\xc5\x75\xaf\xeb\xdd\x00\xbd\x34\xf6\x5c\x64\xa0\x03\x46\x20"
#define ROOT_KEY_HASH                                                                              \
    "\x1d\xef\x20\x97\xcd\x89\x49\xcb\xae\x23\x77\x75\x73\x5e\xf9\xe1\x9f\x3f\x72\xc2"

/* SubjectPublicKeyInfo of a modulus of 2048 bits with its first bit set, and the exponent 65537. */
static rs_bytes rsa_key_info(const rs_credential *credential)
{
    static const CK_BYTE before[] = {0x30, 0x82, 0x01, 0x22, 0x30, 0x0d, 0x06, 0x09, 0x2a,
                                     0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05,
                                     0x00, 0x03, 0x82, 0x01, 0x0f, 0x00, 0x30, 0x82, 0x01,
                                     0x0a, 0x02, 0x82, 0x01, 0x01, 0x00};
    static const CK_BYTE after[] = {0x02, 0x03, 0x01, 0x00, 0x01};
    static CK_BYTE info[sizeof before + 256 + sizeof after];
    memcpy(info, before, sizeof before);
    memcpy(info + sizeof before, credential->a.data, 256);
    memcpy(info + sizeof before + 256, after, sizeof after);
    return (rs_bytes){info, sizeof info};
}

/* The same key info as of the real certificate, with another point. */
static rs_bytes ec_key_info(const rs_credential *credential)
{
    static CK_BYTE info[FAKE_KEY_INFO_SIZE];
    memcpy(info, fake_key_info, sizeof info);
    memcpy(info + sizeof info - 65, credential->b.data, 65);
    return (rs_bytes){info, sizeof info};
}

static void rsa_private_key(void)
{
    api_begin();
    const rs_credential *credential = &fake_card()->credentials[0];
    CK_SESSION_HANDLE session = api_open_logged_in();
    const expectation expected[] = {
        NUMBER(CKA_CLASS, CKO_PRIVATE_KEY),
        YES(CKA_TOKEN),
        YES(CKA_PRIVATE),
        NO(CKA_MODIFIABLE),
        NO(CKA_COPYABLE),
        NO(CKA_DESTROYABLE),
        TEXT(CKA_LABEL, "Signer RSA"),
        TEXT(CKA_ID, "id-of-the-rsa-keypair"),
        TEXT(CKA_SUBJECT, "rsa subject"),
        NUMBER(CKA_KEY_TYPE, CKK_RSA),
        EMPTY(CKA_START_DATE),
        EMPTY(CKA_END_DATE),
        NO(CKA_DERIVE),
        YES(CKA_LOCAL),
        NUMBER(CKA_KEY_GEN_MECHANISM, CKM_RSA_PKCS_KEY_PAIR_GEN),
        MECHANISMS(rsa_mechanisms),
        YES(CKA_SENSITIVE),
        YES(CKA_ALWAYS_SENSITIVE),
        NO(CKA_EXTRACTABLE),
        YES(CKA_NEVER_EXTRACTABLE),
        YES(CKA_SIGN),
        NO(CKA_SIGN_RECOVER),
        NO(CKA_DECRYPT),
        NO(CKA_UNWRAP),
        NO(CKA_WRAP_WITH_TRUSTED),
        NO(CKA_ALWAYS_AUTHENTICATE),
        BYTES(CKA_MODULUS, credential->a),
        BYTES(CKA_PUBLIC_EXPONENT, credential->b),
        SECRET(CKA_PRIVATE_EXPONENT),
        SECRET(CKA_PRIME_1),
        SECRET(CKA_PRIME_2),
        SECRET(CKA_EXPONENT_1),
        SECRET(CKA_EXPONENT_2),
        SECRET(CKA_COEFFICIENT),
        BYTES(CKA_PUBLIC_KEY_INFO, rsa_key_info(credential)),
        EMPTY(CKA_UNWRAP_TEMPLATE),
        EMPTY(CKA_DERIVE_TEMPLATE),
        TEXT(CKA_UNIQUE_ID, "2a59803a0f27da412162fe51ff718641"),
        NONE(CKA_WRAP_TEMPLATE),
        NONE(CKA_CHECK_VALUE),
        NONE(CKA_MODULUS_BITS),
        NONE(CKA_VALUE),
        NONE(CKA_EC_PARAMS),
        NONE(CKA_EC_POINT),
        NONE(CKA_VERIFY),
        NONE(CKA_CERTIFICATE_TYPE),
        NONE(CKA_VENDOR_DEFINED),
    };
    CHECK_ALL(api_find(session, CKO_PRIVATE_KEY, "Signer RSA"), expected);
    api_end();
}

static void ec_private_key(void)
{
    api_begin();
    const rs_credential *credential = &fake_card()->credentials[1];
    CK_SESSION_HANDLE session = api_open_logged_in();
    const expectation expected[] = {
        NUMBER(CKA_KEY_TYPE, CKK_EC),
        BYTES(CKA_EC_PARAMS, credential->a),
        SECRET(CKA_VALUE),
        NONE(CKA_EC_POINT),
        NONE(CKA_MODULUS),
        NONE(CKA_PUBLIC_EXPONENT),
        NONE(CKA_PRIVATE_EXPONENT),
        BYTES(CKA_PUBLIC_KEY_INFO, ec_key_info(credential)),
        NUMBER(CKA_KEY_GEN_MECHANISM, CKM_EC_KEY_PAIR_GEN),
        MECHANISMS(ec_mechanisms),
        YES(CKA_SIGN),
    };
    CHECK_ALL(api_find(session, CKO_PRIVATE_KEY, "Signer EC"), expected);
    const expectation each[] = {YES(CKA_ALWAYS_AUTHENTICATE), MECHANISMS(each_mechanisms)};
    CHECK_ALL(api_find(session, CKO_PRIVATE_KEY, "Signer each"), each);
    api_end();
}

static void public_keys(void)
{
    api_begin();
    const rs_credential *rsa = &fake_card()->credentials[0];
    const rs_credential *ec = &fake_card()->credentials[1];
    CK_BYTE point[67] = {0x04, 65};
    memcpy(point + 2, ec->b.data, 65);
    CK_SESSION_HANDLE session = api_open();
    const expectation of_rsa[] = {
        NUMBER(CKA_CLASS, CKO_PUBLIC_KEY),
        YES(CKA_TOKEN),
        NO(CKA_PRIVATE),
        NO(CKA_MODIFIABLE),
        TEXT(CKA_LABEL, "Signer RSA"),
        TEXT(CKA_ID, "id-of-the-rsa-keypair"),
        TEXT(CKA_SUBJECT, "rsa subject"),
        NUMBER(CKA_KEY_TYPE, CKK_RSA),
        BYTES(CKA_MODULUS, rsa->a),
        NUMBER(CKA_MODULUS_BITS, 2048),
        BYTES(CKA_PUBLIC_EXPONENT, rsa->b),
        YES(CKA_VERIFY),
        NO(CKA_ENCRYPT),
        NO(CKA_VERIFY_RECOVER),
        NO(CKA_WRAP),
        NO(CKA_TRUSTED),
        NO(CKA_DERIVE),
        YES(CKA_LOCAL),
        MECHANISMS(rsa_mechanisms),
        BYTES(CKA_PUBLIC_KEY_INFO, rsa_key_info(rsa)),
        EMPTY(CKA_WRAP_TEMPLATE),
        TEXT(CKA_UNIQUE_ID, "24d166933cf67db2b6e4c2cb77366485"),
        NONE(CKA_UNWRAP_TEMPLATE),
        NONE(CKA_CHECK_VALUE),
        NONE(CKA_EC_PARAMS),
        NONE(CKA_EC_POINT),
        NONE(CKA_SIGN),
        NONE(CKA_VALUE),
        NONE(CKA_SENSITIVE),
        NONE(CKA_PRIVATE_EXPONENT),
    };
    CHECK_ALL(api_find(session, CKO_PUBLIC_KEY, "Signer RSA"), of_rsa);
    const expectation of_ec[] = {
        NUMBER(CKA_KEY_TYPE, CKK_EC),
        BYTES(CKA_EC_PARAMS, ec->a),
        {CKA_EC_POINT, CKR_OK, point, sizeof point},
        NONE(CKA_MODULUS),
        NONE(CKA_MODULUS_BITS),
        NONE(CKA_PUBLIC_EXPONENT),
        BYTES(CKA_PUBLIC_KEY_INFO, ec_key_info(ec)),
        YES(CKA_VERIFY),
    };
    CHECK_ALL(api_find(session, CKO_PUBLIC_KEY, "Signer EC"), of_ec);
    api_end();
}

static void certificates(void)
{
    api_begin();
    const rs_certificate *own = &fake_card()->credentials[0].certificates[0];
    const rs_certificate *issuer = &fake_card()->credentials[0].certificates[1];
    CK_SESSION_HANDLE session = api_open();
    const expectation of_own[] = {
        NUMBER(CKA_CLASS, CKO_CERTIFICATE),
        YES(CKA_TOKEN),
        NO(CKA_PRIVATE),
        NO(CKA_MODIFIABLE),
        TEXT(CKA_LABEL, "Signer RSA"),
        TEXT(CKA_ID, "id-of-the-rsa-keypair"),
        NUMBER(CKA_CERTIFICATE_TYPE, CKC_X_509),
        NUMBER(CKA_CERTIFICATE_CATEGORY, 1),
        NO(CKA_TRUSTED),
        BYTES(CKA_VALUE, own->value),
        BYTES(CKA_SUBJECT, own->subject),
        BYTES(CKA_ISSUER, own->issuer),
        BYTES(CKA_SERIAL_NUMBER, own->serial),
        TEXT(CKA_START_DATE, "20260101"),
        TEXT(CKA_END_DATE, "20291231"),
        EMPTY(CKA_URL),
        EMPTY(CKA_HASH_OF_SUBJECT_PUBLIC_KEY), /* it cannot be taken apart */
        TEXT(CKA_HASH_OF_ISSUER_PUBLIC_KEY, KEY_HASH),
        EMPTY(CKA_PUBLIC_KEY_INFO),
        TEXT(CKA_UNIQUE_ID, "9a776aa93c0a76b675487b76a34551df"),
        NUMBER(CKA_JAVA_MIDP_SECURITY_DOMAIN, 0),
        NUMBER(CKA_NAME_HASH_ALGORITHM, CKM_SHA_1),
        TEXT(CKA_CHECK_VALUE, "\x44\xfe\xf2"),
        NONE(CKA_KEY_TYPE),
        NONE(CKA_MODULUS),
        NONE(CKA_SIGN),
    };
    CHECK_ALL(api_find(session, CKO_CERTIFICATE, "Signer RSA"), of_own);
    const rs_bytes key_info = {fake_key_info, sizeof fake_key_info};
    const expectation of_issuer[] = {
        TEXT(CKA_LABEL, "Test CA"),
        NUMBER(CKA_CERTIFICATE_CATEGORY, 2),
        BYTES(CKA_VALUE, issuer->value),
        NO(CKA_TRUSTED),
        TEXT(CKA_ID,
             "\xf2\x36\xa0\x13\x76\xa0\x17\x52\x72\x22\x4d\x60\x24\x47\x0a\xbb\x2b\x48\x3e\xfb"),
        BYTES(CKA_PUBLIC_KEY_INFO, key_info),
        TEXT(CKA_HASH_OF_SUBJECT_PUBLIC_KEY, KEY_HASH),
        TEXT(CKA_HASH_OF_ISSUER_PUBLIC_KEY, ROOT_KEY_HASH),
    };
    CHECK_ALL(api_find(session, CKO_CERTIFICATE, "Test CA"), of_issuer);
    const expectation of_root[] = {TEXT(CKA_HASH_OF_SUBJECT_PUBLIC_KEY, ROOT_KEY_HASH),
                                   TEXT(CKA_HASH_OF_ISSUER_PUBLIC_KEY, ROOT_KEY_HASH)};
    CHECK_ALL(api_find(session, CKO_CERTIFICATE, "Test Root"), of_root);
    const expectation without_issuer[] = {EMPTY(CKA_HASH_OF_ISSUER_PUBLIC_KEY)};
    CHECK_ALL(api_find(session, CKO_CERTIFICATE, "Signer each"), without_issuer);
    api_end();
}

/* One bad attribute does not keep the others from being answered. */
static void all_attributes_of_a_template_are_answered(void)
{
    CK_OBJECT_CLASS class = 99;
    CK_BYTE small[2];
    CK_BYTE id[32];
    CK_ATTRIBUTE template[] = {{CKA_PRIVATE_EXPONENT, small, sizeof small},
                               {CKA_CLASS, &class, sizeof class},
                               {CKA_MODULUS, small, sizeof small},
                               {CKA_VENDOR_DEFINED, NULL, 0},
                               {CKA_ID, id, sizeof id}};
    CK_ULONG size = 0;
    api_begin();
    CK_SESSION_HANDLE session = api_open_logged_in();
    CK_OBJECT_HANDLE key = api_find(session, CKO_PRIVATE_KEY, "Signer RSA");
    CHECK_EQUAL(CKR_ATTRIBUTE_SENSITIVE, p11->C_GetAttributeValue(session, key, template, 5));
    CHECK_EQUAL(CK_UNAVAILABLE_INFORMATION, template[0].ulValueLen);
    CHECK_EQUAL(CKO_PRIVATE_KEY, class);
    CHECK_EQUAL(CK_UNAVAILABLE_INFORMATION, template[2].ulValueLen);
    CHECK_EQUAL(CK_UNAVAILABLE_INFORMATION, template[3].ulValueLen);
    CHECK_EQUAL(21, template[4].ulValueLen);
    CHECK_EQUAL(CKR_OK, p11->C_GetAttributeValue(session, key, NULL, 0));
    CHECK_EQUAL(CKR_ARGUMENTS_BAD, p11->C_GetAttributeValue(session, key, NULL, 1));
    CHECK_EQUAL(CKR_OK, p11->C_GetObjectSize(session, key, &size));
    CHECK_EQUAL(259, size);
    CHECK_EQUAL(CKR_ARGUMENTS_BAD, p11->C_GetObjectSize(session, key, NULL));
    api_end();
}

static void tests(void)
{
    RUN(rsa_private_key);
    RUN(ec_private_key);
    RUN(public_keys);
    RUN(certificates);
    RUN(all_attributes_of_a_template_are_answered);
}

int main(int count, char **arguments)
{
    return api_main(count, arguments, tests);
}
