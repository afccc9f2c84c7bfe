/* The rules on lengths, parts and states of signing, verifying and digests (PKCS#11 v2.40, 5.10 to
 * 5.12). */
#include "signing.h"

/* Signatures keep their length: numbers with leading zero bytes are not shortened. */
static void signatures_keep_their_width(void)
{
    static const CK_BYTE digest[32] = {0, 0, 7};
    CK_RSA_PKCS_PSS_PARAMS pss = {CKM_SHA256, CKG_MGF1_SHA256, 32};
    CK_BYTE signature[300];
    begin();
    for (int i = 0; i < 2; i++) {
        bool is_rsa = i == 0;
        CK_ULONG expected = is_rsa ? 256 : 64;
        CK_ULONG length = sizeof signature;
        memset(signature, GUARD, sizeof signature);
        CHECK_EQUAL(CKR_OK, is_rsa ? init(CKM_RSA_PKCS_PSS, &pss, sizeof pss, rsa)
                                   : init(CKM_ECDSA, NULL, 0, ec));
        CHECK_EQUAL(CKR_OK, p11->C_Sign(session, (CK_BYTE *)digest, 32, signature, &length));
        CHECK_EQUAL(expected, length);
        check_signature(signature, length, digest, sizeof digest);
    }
    api_end();
}

static void a_signature_of_another_length_is_not_passed_on(void)
{
    static const size_t wrong[] = {1, 63, 65, 128};
    CK_BYTE digest[32] = {1};
    CK_BYTE signature[300];
    begin();
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        CK_ULONG length = sizeof signature;
        memset(signature, GUARD, sizeof signature);
        SCRIPT(signature_length = wrong[i]);
        CHECK_EQUAL(CKR_OK, init(CKM_ECDSA, NULL, 0, ec));
        CHECK_EQUAL(CKR_GENERAL_ERROR, p11->C_Sign(session, digest, 32, signature, &length));
        CHECK_EQUAL(GUARD, signature[0]);
        CHECK_EQUAL(CKR_OPERATION_NOT_INITIALIZED,
                    p11->C_Sign(session, digest, 32, signature, &length));
    }
    api_end();
}

static void no_data_are_data(void)
{
    uint8_t digest[RS_DIGEST_MAX];
    CK_BYTE signature[300];
    begin();
    hash_of(RS_SHA256, "", digest);
    for (int i = 0; i < 3; i++) {
        CK_ULONG length = sizeof signature;
        memset(signature, GUARD, sizeof signature);
        CHECK_EQUAL(CKR_OK, init(CKM_SHA256_RSA_PKCS, NULL, 0, rsa));
        if (i == 0) {
            CHECK_EQUAL(CKR_OK, p11->C_Sign(session, NULL, 0, signature, &length));
        } else {
            if (i == 1)
                CHECK_EQUAL(CKR_OK, p11->C_SignUpdate(session, (CK_BYTE *)"", 0));
            CHECK_EQUAL(CKR_OK, p11->C_SignFinal(session, signature, &length));
        }
        CHECK_EQUAL(256, length);
        check_signature(signature, length, digest, 32);
        check_reached(RS_RSA_PKCS1, RS_SHA256, 0, digest);
    }
    api_end();
}

/* A question for the length commits to nothing; the first part does. */
static void one_part_and_many_do_not_mix(void)
{
    CK_BYTE signature[256];
    CK_ULONG length = 0;
    uint8_t digest[RS_DIGEST_MAX];
    begin();
    hash_of(RS_SHA256, "hello world", digest);
    CHECK_EQUAL(CKR_OK, init(CKM_SHA256_RSA_PKCS, NULL, 0, rsa));
    CHECK_EQUAL(CKR_OK, p11->C_Sign(session, (CK_BYTE *)"ignored", 7, NULL, &length));
    CHECK_EQUAL(CKR_OK, p11->C_SignUpdate(session, (CK_BYTE *)"hello world", 11));
    CHECK_EQUAL(CKR_OK, p11->C_SignFinal(session, NULL, &length));
    CHECK_EQUAL(CKR_OK, p11->C_SignFinal(session, signature, &length));
    check_reached(RS_RSA_PKCS1, RS_SHA256, 0, digest);
    CHECK_EQUAL(CKR_OK, init(CKM_SHA256_RSA_PKCS, NULL, 0, rsa));
    CHECK_EQUAL(CKR_OK, p11->C_SignUpdate(session, (CK_BYTE *)"", 0));
    CHECK_EQUAL(CKR_OPERATION_ACTIVE, p11->C_Sign(session, (CK_BYTE *)"x", 1, NULL, &length));
    CHECK_EQUAL(CKR_OPERATION_NOT_INITIALIZED, p11->C_SignFinal(session, signature, &length));
    CHECK_EQUAL(CKR_OK, init(CKM_SHA256_RSA_PKCS, NULL, 0, rsa));
    CHECK_EQUAL(CKR_ARGUMENTS_BAD, p11->C_SignFinal(session, signature, NULL));
    CHECK_EQUAL(CKR_OPERATION_NOT_INITIALIZED, p11->C_SignFinal(session, signature, &length));
    api_end();
}

static void raw_digests_may_come_in_parts(void)
{
    static const struct {
        CK_MECHANISM_TYPE type;
        CK_RV too_long;
    } cases[] = {{CKM_RSA_PKCS_PSS, CKR_DATA_LEN_RANGE}, {CKM_ECDSA, CKR_DATA_LEN_RANGE}};
    CK_RSA_PKCS_PSS_PARAMS pss = {CKM_SHA384, CKG_MGF1_SHA384, 48};
    CK_BYTE digest[48] = {1, 2, 3};
    CK_BYTE signature[256];
    begin();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool is_pss = cases[i].type == CKM_RSA_PKCS_PSS;
        void *parameter = is_pss ? &pss : NULL;
        CK_ULONG parameter_length = is_pss ? sizeof pss : 0;
        CK_ULONG length = sizeof signature;
        CHECK_EQUAL(CKR_OK, init(cases[i].type, parameter, parameter_length, is_pss ? rsa : ec));
        for (size_t at = 0; at < sizeof digest; at++)
            CHECK_EQUAL(CKR_OK, p11->C_SignUpdate(session, digest + at, 1));
        CHECK_EQUAL(CKR_OK, p11->C_SignFinal(session, signature, &length));
        check_reached(is_pss ? RS_RSA_PSS : RS_ECDSA, RS_SHA384, is_pss ? 48 : 0, digest);
        CHECK_EQUAL(CKR_OK, init(cases[i].type, parameter, parameter_length, is_pss ? rsa : ec));
        CK_RV rv = CKR_OK;
        for (int part = 0; rv == CKR_OK && part < 100; part++)
            rv = p11->C_SignUpdate(session, digest, sizeof digest);
        CHECK_EQUAL(cases[i].too_long, rv); /* kept data are bounded */
        CHECK_EQUAL(CKR_OPERATION_NOT_INITIALIZED, p11->C_SignFinal(session, signature, &length));
    }
    api_end();
}

/* Programs sign and digest in place. */
static void data_and_result_may_share_memory(void)
{
    CK_MECHANISM mechanism = {CKM_SHA256, NULL, 0};
    CK_BYTE buffer[300] = "hello world";
    CK_ULONG length = sizeof buffer;
    uint8_t digest[RS_DIGEST_MAX];
    begin();
    hash_of(RS_SHA256, "hello world", digest);
    CHECK_EQUAL(CKR_OK, init(CKM_SHA256_RSA_PKCS, NULL, 0, rsa));
    CHECK_EQUAL(CKR_OK, p11->C_Sign(session, buffer, 11, buffer, &length));
    CHECK(memcmp(buffer, digest, 32) == 0);
    memcpy(buffer, "hello world", 11);
    length = sizeof buffer;
    CHECK_EQUAL(CKR_OK, p11->C_DigestInit(session, &mechanism));
    CHECK_EQUAL(CKR_OK, p11->C_Digest(session, buffer, 11, buffer, &length));
    CHECK_EQUAL(32, length);
    CHECK(memcmp(buffer, digest, 32) == 0);
    api_end();
}

static CK_RV verify(CK_OBJECT_HANDLE key, const CK_BYTE *data, CK_ULONG data_length,
                    CK_BYTE *signature, CK_ULONG length)
{
    CK_MECHANISM mechanism = {CKM_ECDSA, NULL, 0};
    CK_RV rv = p11->C_VerifyInit(session, &mechanism, key);
    return rv != CKR_OK ? rv
                        : p11->C_Verify(session, (CK_BYTE *)data, data_length, signature, length);
}

static void the_agent_verifies(void)
{
    CK_BYTE digest[32] = {1, 2, 3};
    CK_BYTE signature[64] = {1, 2, 3};
    CK_MECHANISM hashing_ec = {CKM_ECDSA_SHA256, NULL, 0};
    memcpy(signature + 32, digest, 32);
    begin();
    CK_OBJECT_HANDLE public = api_find(session, CKO_PUBLIC_KEY, "Signer EC");
    CHECK_EQUAL(CKR_OK, verify(public, digest, 32, signature, 64));
    CHECK_EQUAL(CKR_KEY_FUNCTION_NOT_PERMITTED, verify(ec, digest, 32, signature, 64));
    CHECK_EQUAL(CKR_SIGNATURE_LEN_RANGE, verify(public, digest, 32, signature, 63));
    CHECK_EQUAL(CKR_DATA_LEN_RANGE, verify(public, digest, 31, signature, 64));
    CHECK_EQUAL(CKR_ARGUMENTS_BAD, verify(public, digest, 32, NULL, 64));
    signature[0] ^= 1;
    CHECK_EQUAL(CKR_SIGNATURE_INVALID, verify(public, digest, 32, signature, 64));
    CHECK_EQUAL(CKR_OPERATION_NOT_INITIALIZED, p11->C_Verify(session, digest, 32, signature, 64));
    hash_of(RS_SHA256, "hello world", signature);
    memcpy(signature + 32, signature, 32);
    CHECK_EQUAL(CKR_OK, p11->C_VerifyInit(session, &hashing_ec, public));
    CHECK_EQUAL(CKR_OPERATION_ACTIVE, p11->C_VerifyInit(session, &hashing_ec, public));
    CHECK_EQUAL(CKR_OK, p11->C_VerifyUpdate(session, (CK_BYTE *)"hello ", 6));
    CHECK_EQUAL(CKR_OK, p11->C_VerifyUpdate(session, (CK_BYTE *)"world", 5));
    CHECK_EQUAL(CKR_OK, p11->C_VerifyFinal(session, signature, 64));
    CHECK_EQUAL(CKR_OPERATION_NOT_INITIALIZED, p11->C_VerifyFinal(session, signature, 64));
    CHECK_EQUAL(CKR_OPERATION_NOT_INITIALIZED, p11->C_VerifyUpdate(session, signature, 64));
    api_end();
}

static CK_RV verify_rsa(CK_OBJECT_HANDLE key, const CK_BYTE *data, CK_ULONG data_length,
                        CK_BYTE *signature, CK_ULONG length)
{
    CK_MECHANISM mechanism = {CKM_RSA_PKCS, NULL, 0};
    CK_RV rv = p11->C_VerifyInit(session, &mechanism, key);
    return rv != CKR_OK ? rv
                        : p11->C_Verify(session, (CK_BYTE *)data, data_length, signature, length);
}

/* The agent compares digests: what is none cannot be verified, and ends the operation. */
static void verifying_has_the_rules_of_signing(void)
{
    CK_MECHANISM mechanism = {CKM_SHA256_RSA_PKCS, NULL, 0};
    CK_BYTE signature[256];
    CK_BYTE info[51];
    begin();
    CK_OBJECT_HANDLE public = api_find(session, CKO_PUBLIC_KEY, "Signer RSA");
    for (size_t i = 0; i < sizeof signature; i++)
        signature[i] = sha256_info[19 + i % 32];
    CHECK_EQUAL(CKR_OK, verify_rsa(public, sha256_info, sizeof sha256_info, signature, 256));
    CHECK_EQUAL(CKR_SIGNATURE_LEN_RANGE,
                verify_rsa(public, sha256_info, sizeof sha256_info, signature, 255));
    CHECK_EQUAL(CKR_DATA_INVALID, verify_rsa(public, sha256_info, 50, signature, 256));
    memcpy(info, sha256_info, sizeof info);
    info[15] = 0x04; /* no NULL */
    int before = fake_calls(&agent, RS_VERB_VERIFY);
    CHECK_EQUAL(CKR_DATA_INVALID, verify_rsa(public, info, sizeof info, signature, 256));
    CHECK_EQUAL(before, fake_calls(&agent, RS_VERB_VERIFY));
    CHECK_EQUAL(CKR_OK, p11->C_VerifyInit(session, &mechanism, public));
    CHECK_EQUAL(CKR_OK, p11->C_VerifyUpdate(session, NULL, 0));
    CHECK_EQUAL(CKR_OPERATION_ACTIVE, p11->C_Verify(session, NULL, 0, signature, 256));
    CHECK_EQUAL(CKR_OPERATION_NOT_INITIALIZED, p11->C_VerifyFinal(session, signature, 256));
    uint8_t digest[RS_DIGEST_MAX];
    hash_of(RS_SHA256, "", digest);
    for (size_t i = 0; i < sizeof signature; i++)
        signature[i] = digest[i % 32];
    CHECK_EQUAL(CKR_OK, p11->C_VerifyInit(session, &mechanism, public));
    CHECK_EQUAL(CKR_OK, p11->C_Verify(session, NULL, 0, signature, 256));
    api_end();
}

static void digests_are_made_here(void)
{
    static const struct {
        CK_MECHANISM_TYPE type;
        rs_hash_algorithm hash;
    } cases[] = {{CKM_SHA_1, RS_SHA1},
                 {CKM_SHA224, RS_SHA224},
                 {CKM_SHA256, RS_SHA256},
                 {CKM_SHA384, RS_SHA384},
                 {CKM_SHA512, RS_SHA512}};
    CK_MECHANISM wrong = {CKM_RSA_PKCS, NULL, 0};
    CK_BYTE made[RS_DIGEST_MAX + 1];
    CK_ULONG length = 0;
    begin();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CK_MECHANISM mechanism = {cases[i].type, NULL, 0};
        CK_ULONG expected = rs_digest_length(cases[i].hash);
        uint8_t digest[RS_DIGEST_MAX];
        hash_of(cases[i].hash, "hello world", digest);
        memset(made, GUARD, sizeof made);
        CHECK_EQUAL(CKR_OK, p11->C_DigestInit(session, &mechanism));
        CHECK_EQUAL(CKR_OK, p11->C_Digest(session, (CK_BYTE *)"hello world", 11, NULL, &length));
        CHECK_EQUAL(expected, length);
        length = expected - 1;
        CHECK_EQUAL(CKR_BUFFER_TOO_SMALL,
                    p11->C_Digest(session, (CK_BYTE *)"hello world", 11, made, &length));
        CHECK_EQUAL(GUARD, made[0]);
        CHECK_EQUAL(CKR_OK, p11->C_Digest(session, (CK_BYTE *)"hello world", 11, made, &length));
        check_signature(made, length, digest, expected);
        CHECK_EQUAL(CKR_OK, p11->C_DigestInit(session, &mechanism));
        CHECK_EQUAL(CKR_OPERATION_ACTIVE, p11->C_DigestInit(session, &mechanism));
        CHECK_EQUAL(CKR_OK, p11->C_DigestUpdate(session, (CK_BYTE *)"hello ", 6));
        CHECK_EQUAL(CKR_OK, p11->C_DigestUpdate(session, (CK_BYTE *)"world", 5));
        memset(made, GUARD, sizeof made);
        CHECK_EQUAL(CKR_OK, p11->C_DigestFinal(session, made, &length));
        check_signature(made, length, digest, expected);
        CHECK_EQUAL(CKR_OPERATION_NOT_INITIALIZED, p11->C_DigestFinal(session, made, &length));
    }
    CHECK_EQUAL(CKR_MECHANISM_INVALID, p11->C_DigestInit(session, &wrong));
    CHECK_EQUAL(CKR_ARGUMENTS_BAD, p11->C_DigestInit(session, NULL));
    CHECK_EQUAL(CKR_OPERATION_NOT_INITIALIZED, p11->C_DigestUpdate(session, NULL, 0));
    api_end();
}

static void digests_have_the_rules_of_signing(void)
{
    CK_MECHANISM mechanism = {CKM_SHA256, NULL, 0};
    CK_MECHANISM with_parameter = {CKM_SHA256, &mechanism, sizeof mechanism};
    CK_BYTE digest[RS_DIGEST_MAX];
    uint8_t expected[RS_DIGEST_MAX];
    CK_ULONG length = sizeof digest;
    begin();
    hash_of(RS_SHA256, "", expected);
    CHECK_EQUAL(CKR_MECHANISM_PARAM_INVALID, p11->C_DigestInit(session, &with_parameter));
    CHECK_EQUAL(CKR_OK, p11->C_DigestInit(session, &mechanism));
    CHECK_EQUAL(CKR_OK, p11->C_Digest(session, NULL, 0, digest, &length));
    CHECK_EQUAL(32, length);
    CHECK(memcmp(digest, expected, 32) == 0);
    CHECK_EQUAL(CKR_OK, p11->C_DigestInit(session, &mechanism));
    CHECK_EQUAL(CKR_OK, p11->C_DigestUpdate(session, NULL, 0));
    CHECK_EQUAL(CKR_OPERATION_ACTIVE, p11->C_Digest(session, NULL, 0, digest, &length));
    CHECK_EQUAL(CKR_OPERATION_NOT_INITIALIZED, p11->C_DigestFinal(session, digest, &length));
    CHECK_EQUAL(CKR_OK, p11->C_DigestInit(session, &mechanism));
    CHECK_EQUAL(CKR_ARGUMENTS_BAD, p11->C_DigestUpdate(session, NULL, 1));
    CHECK_EQUAL(CKR_OPERATION_NOT_INITIALIZED, p11->C_DigestFinal(session, digest, &length));
    CHECK_EQUAL(CKR_OK, p11->C_DigestInit(session, &mechanism));
    length = 31;
    CHECK_EQUAL(CKR_BUFFER_TOO_SMALL, p11->C_DigestFinal(session, digest, &length));
    CHECK_EQUAL(32, length);
    CHECK_EQUAL(CKR_OK, p11->C_DigestFinal(session, NULL, &length));
    CHECK_EQUAL(CKR_OK, p11->C_DigestFinal(session, digest, &length));
    CHECK(memcmp(digest, expected, 32) == 0);
    api_end();
}

/* PKCS#11 v3.0: an Init call without a mechanism ends the operation, if there is one. */
static void init_without_a_mechanism_ends(void)
{
    CK_MECHANISM of_rsa = {CKM_SHA256_RSA_PKCS, NULL, 0};
    CK_MECHANISM sha256 = {CKM_SHA256, NULL, 0};
    CK_BYTE result[300];
    CK_ULONG length = sizeof result;
    begin();
    CK_OBJECT_HANDLE public = api_find(session, CKO_PUBLIC_KEY, "Signer RSA");
    CHECK_EQUAL(CKR_ARGUMENTS_BAD, p11->C_SignInit(session, NULL, rsa));
    CHECK_EQUAL(CKR_ARGUMENTS_BAD, p11->C_VerifyInit(session, NULL, public));
    CHECK_EQUAL(CKR_ARGUMENTS_BAD, p11->C_DigestInit(session, NULL));
    CHECK_EQUAL(CKR_OK, p11->C_SignInit(session, &of_rsa, rsa));
    CHECK_EQUAL(CKR_OK, p11->C_VerifyInit(session, &of_rsa, public));
    CHECK_EQUAL(CKR_OK, p11->C_DigestInit(session, &sha256));
    CHECK_EQUAL(CKR_OK, p11->C_SignInit(session, NULL, 0));
    CHECK_EQUAL(CKR_OPERATION_NOT_INITIALIZED, p11->C_SignFinal(session, result, &length));
    CHECK_EQUAL(CKR_OK, p11->C_VerifyUpdate(session, NULL, 0)); /* the others go on */
    CHECK_EQUAL(CKR_OK, p11->C_VerifyInit(session, NULL, 0));
    CHECK_EQUAL(CKR_OPERATION_NOT_INITIALIZED, p11->C_VerifyUpdate(session, NULL, 0));
    CHECK_EQUAL(CKR_OK, p11->C_DigestInit(session, NULL));
    CHECK_EQUAL(CKR_OPERATION_NOT_INITIALIZED, p11->C_DigestFinal(session, result, &length));
    CHECK_EQUAL(CKR_OK, p11->C_SignInit(session, &of_rsa, rsa));
    CHECK_EQUAL(0, fake_calls(&agent, RS_VERB_SIGN));
    api_end();
}

static void tests(void)
{
    RUN(signatures_keep_their_width);
    RUN(a_signature_of_another_length_is_not_passed_on);
    RUN(no_data_are_data);
    RUN(one_part_and_many_do_not_mix);
    RUN(raw_digests_may_come_in_parts);
    RUN(data_and_result_may_share_memory);
    RUN(the_agent_verifies);
    RUN(verifying_has_the_rules_of_signing);
    RUN(digests_are_made_here);
    RUN(digests_have_the_rules_of_signing);
    RUN(init_without_a_mechanism_ends);
}

int main(int count, char **arguments)
{
    return api_main(count, arguments, tests);
}
