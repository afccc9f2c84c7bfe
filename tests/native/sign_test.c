/* Each mechanism that signs: what reaches the agent, what comes back, and what is refused (PKCS#11
 * v2.40, 5.11); random bytes. */
#include "signing.h"

static const struct {
    CK_MECHANISM_TYPE type;
    uint8_t scheme;
    rs_hash_algorithm hash;
    unsigned long mgf;
    CK_MECHANISM_TYPE pss_hash;
} hashing[] = {
    {CKM_SHA256_RSA_PKCS, RS_RSA_PKCS1, RS_SHA256, 0, 0},
    {CKM_SHA384_RSA_PKCS, RS_RSA_PKCS1, RS_SHA384, 0, 0},
    {CKM_SHA512_RSA_PKCS, RS_RSA_PKCS1, RS_SHA512, 0, 0},
    {CKM_SHA224_RSA_PKCS, RS_RSA_PKCS1, RS_SHA224, 0, 0},
    {CKM_SHA1_RSA_PKCS, RS_RSA_PKCS1, RS_SHA1, 0, 0},
    {CKM_SHA256_RSA_PKCS_PSS, RS_RSA_PSS, RS_SHA256, CKG_MGF1_SHA256, CKM_SHA256},
    {CKM_SHA384_RSA_PKCS_PSS, RS_RSA_PSS, RS_SHA384, CKG_MGF1_SHA384, CKM_SHA384},
    {CKM_SHA512_RSA_PKCS_PSS, RS_RSA_PSS, RS_SHA512, CKG_MGF1_SHA512, CKM_SHA512},
    {CKM_SHA224_RSA_PKCS_PSS, RS_RSA_PSS, RS_SHA224, CKG_MGF1_SHA224, CKM_SHA224},
    {CKM_SHA1_RSA_PKCS_PSS, RS_RSA_PSS, RS_SHA1, CKG_MGF1_SHA1, CKM_SHA_1},
    {CKM_ECDSA_SHA256, RS_ECDSA, RS_SHA256, 0, 0},
    {CKM_ECDSA_SHA384, RS_ECDSA, RS_SHA384, 0, 0},
    {CKM_ECDSA_SHA512, RS_ECDSA, RS_SHA512, 0, 0},
    {CKM_ECDSA_SHA224, RS_ECDSA, RS_SHA224, 0, 0},
    {CKM_ECDSA_SHA1, RS_ECDSA, RS_SHA1, 0, 0},
};

/* Every hashing mechanism, in one part and in many, with size query and too small buffer on the
 * way, twice. */
static void hashing_mechanisms_sign(void)
{
    begin();
    for (size_t i = 0; i < 2 * (sizeof hashing / sizeof hashing[0]); i++) {
        size_t at = i / 2;
        CK_RSA_PKCS_PSS_PARAMS pss = {hashing[at].pss_hash, hashing[at].mgf, 20};
        bool is_pss = hashing[at].scheme == RS_RSA_PSS;
        CK_OBJECT_HANDLE key = hashing[at].scheme == RS_ECDSA ? ec : rsa;
        CK_ULONG expected = hashing[at].scheme == RS_ECDSA ? 64 : 256;
        uint8_t digest[RS_DIGEST_MAX];
        CK_BYTE signature[300];
        CK_ULONG length = 0;
        memset(signature, GUARD, sizeof signature);
        hash_of(hashing[at].hash, "hello world", digest);
        CHECK_EQUAL(CKR_OK,
                    init(hashing[at].type, is_pss ? &pss : NULL, is_pss ? sizeof pss : 0, key));
        CHECK_EQUAL(CKR_OK, p11->C_Sign(session, (CK_BYTE *)"hello world", 11, NULL, &length));
        CHECK_EQUAL(expected, length);
        length = expected - 1;
        CHECK_EQUAL(CKR_BUFFER_TOO_SMALL,
                    p11->C_Sign(session, (CK_BYTE *)"hello world", 11, signature, &length));
        CHECK_EQUAL(expected, length);
        CHECK_EQUAL(GUARD, signature[0]);
        CHECK_EQUAL(CKR_OK, p11->C_Sign(session, (CK_BYTE *)"hello world", 11, signature, &length));
        CHECK_EQUAL(expected, length);
        check_signature(signature, length, digest, rs_digest_length(hashing[at].hash));
        check_reached(hashing[at].scheme, (uint8_t)hashing[at].hash, is_pss ? 20 : 0, digest);
        CHECK_EQUAL(CKR_OPERATION_NOT_INITIALIZED,
                    p11->C_Sign(session, (CK_BYTE *)"x", 1, signature, &length));
        memset(signature, GUARD, sizeof signature);
        CHECK_EQUAL(CKR_OK,
                    init(hashing[at].type, is_pss ? &pss : NULL, is_pss ? sizeof pss : 0, key));
        CHECK_EQUAL(CKR_OK, p11->C_SignUpdate(session, (CK_BYTE *)"hello", 5));
        CHECK_EQUAL(CKR_OK, p11->C_SignUpdate(session, NULL, 0));
        CHECK_EQUAL(CKR_OK, p11->C_SignUpdate(session, (CK_BYTE *)" world", 6));
        length = 1;
        CHECK_EQUAL(CKR_BUFFER_TOO_SMALL, p11->C_SignFinal(session, signature, &length));
        CHECK_EQUAL(CKR_OK, p11->C_SignFinal(session, NULL, &length));
        CHECK_EQUAL(expected, length);
        CHECK_EQUAL(GUARD, signature[0]);
        CHECK_EQUAL(CKR_OK, p11->C_SignFinal(session, signature, &length));
        check_signature(signature, length, digest, rs_digest_length(hashing[at].hash));
        CHECK_EQUAL(CKR_OPERATION_NOT_INITIALIZED, p11->C_SignFinal(session, signature, &length));
    }
    api_end();
}

static void raw_rsa_signs_digests_only(void)
{
    CK_BYTE other[246] = {0};
    begin();
    CHECK_EQUAL(CKR_OK, init(CKM_RSA_PKCS, NULL, 0, rsa));
    CHECK_EQUAL(CKR_OK, sign_raw(sha256_info, sizeof sha256_info));
    check_reached(RS_RSA_PKCS1, RS_SHA256, 0, sha256_info + 19);
    CHECK_EQUAL(CKR_OK, init(CKM_RSA_PKCS, NULL, 0, rsa));
    CHECK_EQUAL(CKR_OK, p11->C_SignUpdate(session, (CK_BYTE *)sha256_info, 20));
    CHECK_EQUAL(CKR_OK, p11->C_SignUpdate(session, (CK_BYTE *)sha256_info + 20, 31));
    CK_BYTE signature[256];
    CK_ULONG length = sizeof signature;
    CHECK_EQUAL(CKR_OK, p11->C_SignFinal(session, signature, &length));
    int before = fake_calls(&agent, RS_VERB_SIGN);
    CHECK_EQUAL(CKR_OK, init(CKM_RSA_PKCS, NULL, 0, rsa));
    CHECK_EQUAL(CKR_DATA_INVALID, sign_raw(other, 32));
    CHECK_EQUAL(CKR_OPERATION_NOT_INITIALIZED, sign_raw(sha256_info, sizeof sha256_info));
    CHECK_EQUAL(CKR_OK, init(CKM_RSA_PKCS, NULL, 0, rsa));
    CHECK_EQUAL(CKR_DATA_INVALID, sign_raw(NULL, 0));
    CHECK_EQUAL(CKR_OK, init(CKM_RSA_PKCS, NULL, 0, rsa));
    CHECK_EQUAL(CKR_DATA_INVALID, sign_raw(other, 36)); /* as TLS before 1.2: MD5 and SHA-1 */
    CHECK_EQUAL(CKR_OK, init(CKM_RSA_PKCS, NULL, 0, rsa));
    CHECK_EQUAL(CKR_DATA_INVALID, sign_raw(other, 245));
    CHECK_EQUAL(CKR_OK, init(CKM_RSA_PKCS, NULL, 0, rsa));
    CHECK_EQUAL(CKR_DATA_LEN_RANGE, sign_raw(other, 246)); /* no padding fits */
    CHECK_EQUAL(CKR_OK, init(CKM_RSA_PKCS, NULL, 0, rsa));
    CHECK_EQUAL(CKR_OK, p11->C_SignUpdate(session, other, 100));
    CHECK_EQUAL(CKR_DATA_INVALID, p11->C_SignUpdate(session, other, 29));
    CHECK_EQUAL(CKR_OPERATION_NOT_INITIALIZED, p11->C_SignUpdate(session, other, 1));
    CHECK_EQUAL(before, fake_calls(&agent, RS_VERB_SIGN));
    api_end();
}

static void raw_ecdsa_tells_the_hash_by_length(void)
{
    static const struct {
        CK_ULONG length;
        uint8_t hash; /* 0: refused */
    } cases[] = {{20, RS_SHA1}, {28, RS_SHA224}, {32, RS_SHA256}, {48, RS_SHA384}, {64, RS_SHA512},
                 {0, 0},        {19, 0},         {21, 0},         {33, 0},         {65, 0}};
    CK_BYTE digest[65] = {0, 0, 7}; /* r with leading zeros keeps its width */
    begin();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CHECK_EQUAL(CKR_OK, init(CKM_ECDSA, NULL, 0, ec));
        CHECK_EQUAL(cases[i].hash == 0 ? CKR_DATA_LEN_RANGE : CKR_OK,
                    sign_raw(digest, cases[i].length));
        if (cases[i].hash != 0)
            check_reached(RS_ECDSA, cases[i].hash, 0, digest);
    }
    CHECK_EQUAL(CKR_OK, api_sign_ecdsa(session, ec));
    api_end();
}

/* A digest of a hash that the key may not use is refused like other data. */
static void raw_mechanisms_take_only_permitted_digests(void)
{
    static const CK_BYTE sha1_info[35] = {0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e,
                                          0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14};
    CK_RSA_PKCS_PSS_PARAMS pss = {CKM_SHA_1, CKG_MGF1_SHA1, 20};
    fake_create(&agent);
    agent.script.refused_hashes = 1 << RS_SHA1 | 1 << RS_SHA224;
    fake_start(&agent);
    CHECK_EQUAL(CKR_OK, p11->C_Initialize(NULL));
    find_keys();
    CHECK_EQUAL(CKR_OK, init(CKM_RSA_PKCS, NULL, 0, rsa));
    CHECK_EQUAL(CKR_DATA_INVALID, sign_raw(sha1_info, sizeof sha1_info));
    CHECK_EQUAL(CKR_OK, init(CKM_ECDSA, NULL, 0, ec));
    CHECK_EQUAL(CKR_DATA_LEN_RANGE, sign_raw(sha1_info, 20));
    CHECK_EQUAL(CKR_OK, init(CKM_ECDSA, NULL, 0, ec));
    CHECK_EQUAL(CKR_DATA_LEN_RANGE, sign_raw(sha1_info, 28));
    CHECK_EQUAL(CKR_KEY_FUNCTION_NOT_PERMITTED, init(CKM_RSA_PKCS_PSS, &pss, sizeof pss, rsa));
    CHECK_EQUAL(0, fake_calls(&agent, RS_VERB_SIGN));
    CHECK_EQUAL(CKR_OK, init(CKM_RSA_PKCS, NULL, 0, rsa));
    CHECK_EQUAL(CKR_OK, sign_raw(sha256_info, sizeof sha256_info));
    api_end();
}

static void pss_parameters_are_checked(void)
{
    enum { WHOLE = sizeof(CK_RSA_PKCS_PSS_PARAMS) };
    static const struct {
        CK_MECHANISM_TYPE type;
        CK_RSA_PKCS_PSS_PARAMS pss;
        CK_ULONG length;
        CK_RV rv;
    } cases[] = {
        {CKM_RSA_PKCS_PSS, {CKM_SHA256, CKG_MGF1_SHA256, 32}, WHOLE, CKR_OK},
        {CKM_RSA_PKCS_PSS, {CKM_SHA256, CKG_MGF1_SHA256, 0}, WHOLE, CKR_OK},
        {CKM_RSA_PKCS_PSS, {CKM_SHA256, CKG_MGF1_SHA256, 222}, WHOLE, CKR_OK},
        {CKM_RSA_PKCS_PSS, {CKM_SHA256, CKG_MGF1_SHA256, 223}, WHOLE, CKR_MECHANISM_PARAM_INVALID},
        {CKM_RSA_PKCS_PSS, {CKM_SHA256, CKG_MGF1_SHA256, ~0UL}, WHOLE, CKR_MECHANISM_PARAM_INVALID},
        {CKM_RSA_PKCS_PSS, {CKM_SHA256, CKG_MGF1_SHA1, 32}, WHOLE, CKR_MECHANISM_PARAM_INVALID},
        {CKM_RSA_PKCS_PSS, {CKM_MD5, CKG_MGF1_SHA1, 16}, WHOLE, CKR_MECHANISM_PARAM_INVALID},
        {CKM_RSA_PKCS_PSS, {CKM_SHA256, CKG_MGF1_SHA256, 32}, 0, CKR_MECHANISM_PARAM_INVALID},
        {CKM_RSA_PKCS_PSS,
         {CKM_SHA256, CKG_MGF1_SHA256, 32},
         WHOLE - 1,
         CKR_MECHANISM_PARAM_INVALID},
        {CKM_SHA256_RSA_PKCS_PSS,
         {CKM_SHA384, CKG_MGF1_SHA384, 32},
         WHOLE,
         CKR_MECHANISM_PARAM_INVALID},
        {CKM_SHA256_RSA_PKCS,
         {CKM_SHA256, CKG_MGF1_SHA256, 32},
         WHOLE,
         CKR_MECHANISM_PARAM_INVALID},
    };
    CK_BYTE digest[48] = {9};
    begin();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CK_RSA_PKCS_PSS_PARAMS pss = cases[i].pss;
        CHECK_EQUAL(cases[i].rv, init(cases[i].type, &pss, cases[i].length, rsa));
        if (cases[i].rv != CKR_OK)
            continue;
        CHECK_EQUAL(CKR_OK, sign_raw(digest, 32));
        check_reached(RS_RSA_PSS, RS_SHA256, (uint16_t)pss.sLen, digest);
        CHECK_EQUAL(CKR_OK, init(cases[i].type, &pss, cases[i].length, rsa));
        CHECK_EQUAL(CKR_DATA_LEN_RANGE, sign_raw(digest, 48));
    }
    CHECK_EQUAL(CKR_MECHANISM_PARAM_INVALID, init(CKM_RSA_PKCS_PSS, NULL, WHOLE, rsa));
    api_end();
}

static CK_OBJECT_HANDLE the_profile(void)
{
    CK_OBJECT_CLASS class = CKO_PROFILE;
    CK_ATTRIBUTE template = {CKA_CLASS, &class, sizeof class};
    CK_OBJECT_HANDLE found = 0;
    CK_ULONG count = 0;
    CK_ULONG size = 0;
    REQUIRE(p11->C_FindObjectsInit(session, &template, 1) == CKR_OK);
    REQUIRE(p11->C_FindObjects(session, &found, 1, &count) == CKR_OK);
    REQUIRE(p11->C_FindObjectsFinal(session) == CKR_OK);
    CHECK_EQUAL(CKR_OK, p11->C_GetObjectSize(session, found, &size));
    CHECK_EQUAL(sizeof(CK_ULONG), size);
    return found;
}

static void sign_init_names_what_is_wrong(void)
{
    begin();
    CK_OBJECT_HANDLE each = api_find(session, CKO_PRIVATE_KEY, "Signer each");
    CK_OBJECT_HANDLE public = api_find(session, CKO_PUBLIC_KEY, "Signer RSA");
    CK_OBJECT_HANDLE certificate = api_find(session, CKO_CERTIFICATE, "Signer RSA");
    CHECK_EQUAL(CKR_ARGUMENTS_BAD, p11->C_SignInit(session, NULL, rsa));
    CHECK_EQUAL(CKR_MECHANISM_INVALID, init(CKM_MD5_RSA_PKCS, NULL, 0, rsa));
    CHECK_EQUAL(CKR_MECHANISM_INVALID, init(CKM_SHA256, NULL, 0, rsa));
    CHECK_EQUAL(CKR_KEY_TYPE_INCONSISTENT, init(CKM_SHA256_RSA_PKCS, NULL, 0, ec));
    CHECK_EQUAL(CKR_KEY_TYPE_INCONSISTENT, init(CKM_ECDSA, NULL, 0, rsa));
    CHECK_EQUAL(CKR_KEY_HANDLE_INVALID, init(CKM_ECDSA, NULL, 0, 0));
    CHECK_EQUAL(CKR_KEY_HANDLE_INVALID, init(CKM_SHA256_RSA_PKCS, NULL, 0, certificate));
    CHECK_EQUAL(CKR_KEY_HANDLE_INVALID, init(CKM_SHA256_RSA_PKCS, NULL, 0, the_profile()));
    CHECK_EQUAL(CKR_KEY_FUNCTION_NOT_PERMITTED, init(CKM_SHA256_RSA_PKCS, NULL, 0, public));
    CHECK_EQUAL(CKR_KEY_FUNCTION_NOT_PERMITTED, init(CKM_SHA384_RSA_PKCS, NULL, 0, each));
    CHECK_EQUAL(CKR_OK, init(CKM_SHA256_RSA_PKCS, NULL, 0, rsa));
    CHECK_EQUAL(CKR_OPERATION_ACTIVE, init(CKM_SHA256_RSA_PKCS, NULL, 0, rsa));
    CHECK_EQUAL(CKR_ARGUMENTS_BAD, p11->C_Sign(session, NULL, 0, NULL, NULL));
    CHECK_EQUAL(CKR_OPERATION_NOT_INITIALIZED, sign_raw(sha256_info, 4)); /* it ended */
    CHECK_EQUAL(CKR_OK, init(CKM_SHA256_RSA_PKCS, NULL, 0, rsa));
    CHECK_EQUAL(CKR_ARGUMENTS_BAD, sign_raw(NULL, 4));
    CHECK_EQUAL(CKR_OK, init(CKM_SHA256_RSA_PKCS, NULL, 0, rsa));
    CHECK_EQUAL(CKR_ARGUMENTS_BAD, p11->C_SignUpdate(session, NULL, 4));
    CHECK_EQUAL(CKR_OPERATION_NOT_INITIALIZED, p11->C_SignUpdate(session, NULL, 0));
    CHECK_EQUAL(CKR_OK, init(CKM_SHA256_RSA_PKCS, NULL, 0, rsa));
    CHECK_EQUAL(CKR_OK, p11->C_SignUpdate(session, (CK_BYTE *)"x", 1));
    CHECK_EQUAL(CKR_OPERATION_ACTIVE, sign_raw(sha256_info, 4)); /* not after parts */
    CHECK_EQUAL(CKR_OPERATION_NOT_INITIALIZED, p11->C_SignUpdate(session, NULL, 0));
    CHECK_EQUAL(CKR_SESSION_HANDLE_INVALID, p11->C_SignUpdate(session + 1, NULL, 0));
    CHECK_EQUAL(0, fake_calls(&agent, RS_VERB_SIGN));
    api_end();
}

static void each_signature_of_such_a_key_wants_its_own_login(void)
{
    begin();
    CK_OBJECT_HANDLE each = api_find(session, CKO_PRIVATE_KEY, "Signer each");
    CHECK_EQUAL(CKR_OK, init(CKM_RSA_PKCS, NULL, 0, each));
    CHECK_EQUAL(CKR_USER_NOT_LOGGED_IN, sign_raw(sha256_info, sizeof sha256_info));
    CHECK_EQUAL(0, fake_calls(&agent, RS_VERB_SIGN));
    CK_BYTE signature[512];
    for (int i = 0; i < 2; i++) {
        CK_ULONG length = sizeof signature;
        CHECK_EQUAL(CKR_OK, init(CKM_SHA256_RSA_PKCS, NULL, 0, each));
        CHECK_EQUAL(CKR_ARGUMENTS_BAD, p11->C_Login(session, CKU_CONTEXT_SPECIFIC, NULL, 0));
        CHECK_EQUAL(CKR_PIN_INCORRECT, p11->C_Login(session, CKU_CONTEXT_SPECIFIC, PIN, 65));
        CHECK_EQUAL(CKR_OK, p11->C_Login(session, CKU_CONTEXT_SPECIFIC, (CK_UTF8CHAR *)"4711", 4));
        CHECK_EQUAL(CKR_OK, p11->C_Sign(session, (CK_BYTE *)"x", 1, signature, &length));
        CHECK_EQUAL(512, length);
        CHECK(strcmp(agent.last_pin, "4711") == 0);
    }
    CHECK_EQUAL(CKR_OK, init(CKM_RSA_PKCS, NULL, 0, each)); /* the PIN was for that one */
    CHECK_EQUAL(CKR_USER_NOT_LOGGED_IN, sign_raw(sha256_info, sizeof sha256_info));
    CHECK_EQUAL(1, fake_calls(&agent, RS_VERB_LOGIN));
    api_end();
}

static void random_bytes_come_from_the_system(void)
{
    CK_BYTE first[32] = {0};
    CK_BYTE second[32] = {0};
    begin();
    CHECK_EQUAL(CKR_OK, p11->C_GenerateRandom(session, first, 31));
    CHECK_EQUAL(CKR_OK, p11->C_GenerateRandom(session, second, 31));
    CHECK(memcmp(first, second, 31) != 0);
    CHECK_EQUAL(0, first[31]);
    CHECK_EQUAL(CKR_ARGUMENTS_BAD, p11->C_GenerateRandom(session, NULL, 1));
    CHECK_EQUAL(CKR_OK, p11->C_GenerateRandom(session, NULL, 0));
    api_end();
}

static void tests(void)
{
    RUN(hashing_mechanisms_sign);
    RUN(raw_rsa_signs_digests_only);
    RUN(raw_ecdsa_tells_the_hash_by_length);
    RUN(raw_mechanisms_take_only_permitted_digests);
    RUN(pss_parameters_are_checked);
    RUN(sign_init_names_what_is_wrong);
    RUN(each_signature_of_such_a_key_wants_its_own_login);
    RUN(random_bytes_come_from_the_system);
}

int main(int count, char **arguments)
{
    return api_main(count, arguments, tests);
}
