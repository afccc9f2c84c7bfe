/* Signatures: what is signed, what is refused, and what the agent's refusals become. */
#include "ksp_api.h"
#include "ksp_test.h"

static DWORD needed;
static BYTE signature[512];

static void check_signed(rs_scheme scheme, rs_hash_algorithm hash, WORD salt, size_t length)
{
    CHECK_EQUAL(scheme, script.scheme);
    CHECK_EQUAL(hash, script.hash);
    CHECK_EQUAL(salt, script.salt_length);
    CHECK_EQUAL(length, script.digest_length);
    CHECK(memcmp(script.digest, digest, length) == 0);
}

static void rsa_key_signs(void)
{
    BCRYPT_PKCS1_PADDING_INFO pkcs1 = {BCRYPT_SHA256_ALGORITHM};
    BCRYPT_PSS_PADDING_INFO pss = {BCRYPT_SHA384_ALGORITHM, 48};
    begin(RS_LOGIN_PROTECTED);
    NCRYPT_PROV_HANDLE provider = open_provider();
    NCRYPT_KEY_HANDLE key = open_key(provider, RSA_NAME);
    needed = 0;
    CASE(ERROR_SUCCESS,
         ksp->SignHash(provider, key, &pkcs1, digest, 32, NULL, 0, &needed, NCRYPT_PAD_PKCS1_FLAG));
    CHECK_EQUAL(256, needed);
    CHECK_EQUAL(0, script.signs);
    memset(signature, 0xee, sizeof signature);
    CASE(NTE_BUFFER_TOO_SMALL, ksp->SignHash(provider, key, &pkcs1, digest, 32, signature, 255,
                                             &needed, NCRYPT_PAD_PKCS1_FLAG));
    CHECK_EQUAL(256, needed);
    CHECK_EQUAL(0xee, signature[0]);
    for (unsigned twice = 1; twice <= 2; twice++) {
        CASE(ERROR_SUCCESS, ksp->SignHash(provider, key, &pkcs1, digest, 32, signature, 256,
                                          &needed, NCRYPT_PAD_PKCS1_FLAG));
        CHECK_EQUAL(256, needed);
        CHECK_EQUAL(twice, script.signs);
        CHECK(memcmp(signature, digest, 32) == 0);
        CHECK_EQUAL(0xee, signature[256]);
        check_signed(RS_RSA_PKCS1, RS_SHA256, 0, 32);
        CHECK_EQUAL(0, script.flags);
        CHECK_EQUAL(0, script.window);
    }
    CASE(ERROR_SUCCESS, ksp->SignHash(provider, key, &pss, digest, 48, signature, 512, &needed,
                                      NCRYPT_PAD_PSS_FLAG));
    CHECK_EQUAL(256, needed);
    check_signed(RS_RSA_PSS, RS_SHA384, 48, 48);
    CASE(ERROR_SUCCESS, ksp->VerifySignature(provider, key, &pss, digest, 48, signature, 256,
                                             NCRYPT_PAD_PSS_FLAG));
    signature[0] ^= 1;
    CASE(NTE_BAD_SIGNATURE, ksp->VerifySignature(provider, key, &pss, digest, 48, signature, 256,
                                                 NCRYPT_PAD_PSS_FLAG));
    CASE(NTE_BAD_SIGNATURE, ksp->VerifySignature(provider, key, &pss, digest, 48, signature, 255,
                                                 NCRYPT_PAD_PSS_FLAG));
    CASE(NTE_INVALID_PARAMETER,
         ksp->VerifySignature(provider, key, &pss, digest, 48, NULL, 256, NCRYPT_PAD_PSS_FLAG));
    CASE(NTE_BAD_FLAGS, ksp->VerifySignature(provider, key, &pss, digest, 48, signature, 256, 0));
    ksp->FreeKey(provider, key);
    ksp->FreeProvider(provider);
    pipe_agent_stop();
}

/* Without an algorithm id the program hands over the DigestInfo (RFC 8017, 9.2); nothing else is
 * signed so. */
static void rsa_key_signs_digest_infos_alone(void)
{
    static BYTE info[51] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                            0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};
    BCRYPT_PKCS1_PADDING_INFO raw = {NULL};
    begin(RS_LOGIN_PROTECTED);
    NCRYPT_PROV_HANDLE provider = open_provider();
    NCRYPT_KEY_HANDLE key = open_key(provider, RSA_NAME);
    memcpy(info + 19, digest, 32);
    CASE(ERROR_SUCCESS, ksp->SignHash(provider, key, &raw, info, sizeof info, signature, 256,
                                      &needed, NCRYPT_PAD_PKCS1_FLAG));
    check_signed(RS_RSA_PKCS1, RS_SHA256, 0, 32);
    CASE(NTE_BAD_DATA, ksp->SignHash(provider, key, &raw, digest, 36, signature, 256, &needed,
                                     NCRYPT_PAD_PKCS1_FLAG));
    CASE(NTE_BAD_DATA, ksp->SignHash(provider, key, &raw, info, sizeof info - 1, signature, 256,
                                     &needed, NCRYPT_PAD_PKCS1_FLAG));
    CHECK_EQUAL(1, script.signs);
    ksp->FreeKey(provider, key);
    ksp->FreeProvider(provider);
    pipe_agent_stop();
}

static void wrong_signature_requests_are_refused(void)
{
    BCRYPT_PKCS1_PADDING_INFO pkcs1 = {BCRYPT_SHA256_ALGORITHM};
    BCRYPT_PKCS1_PADDING_INFO md5 = {BCRYPT_MD5_ALGORITHM};
    BCRYPT_PKCS1_PADDING_INFO sha1 = {BCRYPT_SHA1_ALGORITHM};
    BCRYPT_PSS_PADDING_INFO unnamed = {NULL, 32};
    BCRYPT_PSS_PADDING_INFO salted = {BCRYPT_SHA256_ALGORITHM, 0x10000};
    begin(RS_LOGIN_PROTECTED);
    NCRYPT_PROV_HANDLE provider = open_provider();
    NCRYPT_KEY_HANDLE key = open_key(provider, RSA_NAME);
    const struct {
        DWORD status;
        void *padding;
        BYTE *hash;
        DWORD length;
        DWORD flags;
    } wrong[] = {
        {(DWORD)NTE_BAD_FLAGS, &pkcs1, digest, 32, 0},
        {(DWORD)NTE_BAD_FLAGS, &pkcs1, digest, 32, NCRYPT_PAD_PKCS1_FLAG | NCRYPT_PAD_PSS_FLAG},
        {(DWORD)NTE_BAD_FLAGS, &pkcs1, digest, 32, NCRYPT_PAD_PKCS1_FLAG | NCRYPT_PAD_OAEP_FLAG},
        {(DWORD)NTE_INVALID_PARAMETER, NULL, digest, 32, NCRYPT_PAD_PKCS1_FLAG},
        {(DWORD)NTE_INVALID_PARAMETER, NULL, digest, 32, NCRYPT_PAD_PSS_FLAG},
        {(DWORD)NTE_INVALID_PARAMETER, &pkcs1, NULL, 32, NCRYPT_PAD_PKCS1_FLAG},
        {(DWORD)NTE_INVALID_PARAMETER, &unnamed, digest, 32, NCRYPT_PAD_PSS_FLAG},
        {(DWORD)NTE_INVALID_PARAMETER, &salted, digest, 32, NCRYPT_PAD_PSS_FLAG},
        {(DWORD)NTE_BAD_LEN, &pkcs1, digest, 31, NCRYPT_PAD_PKCS1_FLAG},
        {(DWORD)NTE_BAD_LEN, &pkcs1, digest, 0, NCRYPT_PAD_PKCS1_FLAG},
        {(DWORD)NTE_BAD_ALGID, &md5, digest, 16, NCRYPT_PAD_PKCS1_FLAG},
        {(DWORD)NTE_BAD_ALGID, &sha1, digest, 20, NCRYPT_PAD_PKCS1_FLAG}, /* not of this key */
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        CASE(wrong[i].status,
             ksp->SignHash(provider, key, wrong[i].padding, wrong[i].hash, wrong[i].length,
                           signature, sizeof signature, &needed, wrong[i].flags));
    CASE(NTE_INVALID_PARAMETER, ksp->SignHash(provider, key, &pkcs1, digest, 32, signature, 256,
                                              NULL, NCRYPT_PAD_PKCS1_FLAG));
    CASE(NTE_INVALID_HANDLE, ksp->SignHash(provider, NO_HANDLE, &pkcs1, digest, 32, signature, 256,
                                           &needed, NCRYPT_PAD_PKCS1_FLAG));
    CASE(NTE_INVALID_HANDLE,
         ksp->SignHash(0, key, &pkcs1, digest, 32, signature, 256, &needed, NCRYPT_PAD_PKCS1_FLAG));
    CHECK_EQUAL(0, script.signs);
    ksp->FreeKey(provider, key);
    ksp->FreeProvider(provider);
    pipe_agent_stop();
}

static void ec_key_signs(void)
{
    static const struct {
        DWORD length;
        rs_hash_algorithm hash;
    } digests[] = {{32, RS_SHA256}, {48, RS_SHA384}, {64, RS_SHA512}};
    begin(RS_LOGIN_PROTECTED);
    NCRYPT_PROV_HANDLE provider = open_provider();
    NCRYPT_KEY_HANDLE key = open_key(provider, P256_NAME);
    for (size_t i = 0; i < 3; i++) {
        CASE(ERROR_SUCCESS, ksp->SignHash(provider, key, NULL, digest, digests[i].length, signature,
                                          64, &needed, 0));
        CHECK_EQUAL(64, needed);
        check_signed(RS_ECDSA, digests[i].hash, 0, digests[i].length);
    }
    CASE(NTE_BAD_LEN, ksp->SignHash(provider, key, NULL, digest, 33, signature, 64, &needed, 0));
    CASE(NTE_BAD_ALGID, ksp->SignHash(provider, key, NULL, digest, 20, signature, 64, &needed, 0));
    CASE(NTE_BAD_FLAGS, ksp->SignHash(provider, key, NULL, digest, 32, signature, 64, &needed,
                                      NCRYPT_PAD_PKCS1_FLAG));
    CASE(NTE_BUFFER_TOO_SMALL,
         ksp->SignHash(provider, key, NULL, digest, 32, signature, 63, &needed, 0));
    ksp->FreeKey(provider, key);
    key = open_key(provider, P384_NAME);
    CASE(ERROR_SUCCESS, ksp->SignHash(provider, key, NULL, digest, 48, NULL, 0, &needed, 0));
    CHECK_EQUAL(96, needed);
    CASE(ERROR_SUCCESS, ksp->SignHash(provider, key, NULL, digest, 48, signature, 96, &needed, 0));
    CASE(ERROR_SUCCESS, ksp->VerifySignature(provider, key, NULL, digest, 48, signature, 96, 0));
    ksp->FreeKey(provider, key);
    ksp->FreeProvider(provider);
    pipe_agent_stop();
}

static void problems_have_their_status(void)
{
    static const struct {
        uint16_t problem;
        DWORD status;
    } problems[] = {{RS_INVALID_REQUEST, (DWORD)NTE_INVALID_PARAMETER},
                    {RS_UNSUPPORTED_ALGORITHM, (DWORD)NTE_BAD_ALGID},
                    {RS_DATA_INVALID, (DWORD)NTE_BAD_DATA},
                    {RS_DATA_LENGTH, (DWORD)NTE_BAD_LEN},
                    {RS_UNKNOWN_KEY, (DWORD)NTE_BAD_KEYSET},
                    {RS_CREDENTIAL_UNUSABLE, (DWORD)NTE_PERM},
                    {RS_NOT_SIGNED_IN, (DWORD)NTE_DEVICE_NOT_READY},
                    {RS_NOT_ALLOWED, (DWORD)NTE_PERM},
                    {RS_PIN_INCORRECT, (DWORD)SCARD_W_WRONG_CHV},
                    {RS_PIN_LOCKED, (DWORD)SCARD_W_CHV_BLOCKED},
                    {RS_DECLINED, (DWORD)NTE_USER_CANCELLED},
                    {RS_CONSENT_NEEDED, (DWORD)NTE_SILENT_CONTEXT},
                    {RS_LIMIT_REACHED, (DWORD)NTE_PERM},
                    {RS_UNAVAILABLE, (DWORD)NTE_DEVICE_NOT_READY},
                    {RS_INTERNAL, (DWORD)NTE_INTERNAL_ERROR},
                    {99, (DWORD)NTE_INTERNAL_ERROR}};
    begin(RS_LOGIN_PROTECTED);
    NCRYPT_PROV_HANDLE provider = open_provider();
    NCRYPT_KEY_HANDLE key = open_key(provider, P256_NAME);
    for (size_t i = 0; i < sizeof problems / sizeof problems[0]; i++) {
        script.problem = problems[i].problem;
        CASE(problems[i].status,
             ksp->SignHash(provider, key, NULL, digest, 32, signature, 64, &needed, 0));
    }
    script.problem = 0;
    CASE(ERROR_SUCCESS, ksp->SignHash(provider, key, NULL, digest, 32, signature, 64, &needed, 0));
    ksp->FreeKey(provider, key);
    ksp->FreeProvider(provider);
    pipe_agent_stop();
}

void ksp_test_signatures(void)
{
    RUN(rsa_key_signs);
    RUN(rsa_key_signs_digest_infos_alone);
    RUN(wrong_signature_requests_are_refused);
    RUN(ec_key_signs);
    RUN(problems_have_their_status);
}
