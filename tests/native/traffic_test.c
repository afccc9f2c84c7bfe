/* What leaves the program: digests and no part of what is signed, verified or hashed; the PIN where
 * it belongs and nowhere else. */
#include "api.h"

#include "hash.h"
#include "random.h"

enum { RUN_LENGTH = 16, DOCUMENT_SIZE = 5000, PART = 700 };

static CK_BYTE document[DOCUMENT_SIZE];
static CK_SESSION_HANDLE session;

static void begin(void)
{
    REQUIRE(rs_random(document, sizeof document) == RS_OK);
    api_begin();
    fake_lock(&agent);
    agent.recorded = 0;
    agent.recording = true;
    fake_unlock(&agent);
}

static size_t count_of(const uint8_t *part, size_t length)
{
    size_t count = 0;
    fake_lock(&agent);
    for (size_t i = 0; i + length <= agent.recorded; i++)
        count += memcmp(agent.record + i, part, length) == 0 ? 1 : 0;
    fake_unlock(&agent);
    return count;
}

static size_t runs_of_document(void)
{
    size_t count = 0;
    for (size_t i = 0; i + RUN_LENGTH <= sizeof document; i++)
        count += count_of(document + i, RUN_LENGTH);
    return count;
}

/* How often the digest of the document was sent; every digest occurs once in its request. */
static size_t digests(rs_hash_algorithm algorithm)
{
    uint8_t digest[RS_DIGEST_MAX];
    rs_hash *hash = NULL;
    REQUIRE(rs_hash_create(algorithm, &hash) == RS_OK &&
            rs_hash_update(hash, (rs_bytes){document, sizeof document}) == RS_OK &&
            rs_hash_finish(hash, digest) == RS_OK);
    rs_hash_free(hash);
    return count_of(digest, rs_digest_length(algorithm));
}

static const struct {
    CK_MECHANISM_TYPE type;
    rs_hash_algorithm hash;
    const char *label;
    CK_RSA_PKCS_PSS_PARAMS pss; /* all 0: none */
} hashing[] = {
    {CKM_SHA256_RSA_PKCS, RS_SHA256, "Signer RSA", {0, 0, 0}},
    {CKM_SHA384_RSA_PKCS, RS_SHA384, "Signer RSA", {0, 0, 0}},
    {CKM_SHA512_RSA_PKCS, RS_SHA512, "Signer RSA", {0, 0, 0}},
    {CKM_SHA256_RSA_PKCS_PSS, RS_SHA256, "Signer RSA", {CKM_SHA256, CKG_MGF1_SHA256, 32}},
    {CKM_SHA384_RSA_PKCS_PSS, RS_SHA384, "Signer RSA", {CKM_SHA384, CKG_MGF1_SHA384, 48}},
    {CKM_SHA512_RSA_PKCS_PSS, RS_SHA512, "Signer RSA", {CKM_SHA512, CKG_MGF1_SHA512, 64}},
    {CKM_ECDSA_SHA256, RS_SHA256, "Signer EC", {0, 0, 0}},
    {CKM_ECDSA_SHA384, RS_SHA384, "Signer EC", {0, 0, 0}},
    {CKM_ECDSA_SHA512, RS_SHA512, "Signer EC", {0, 0, 0}},
};

static CK_MECHANISM mechanism_of(size_t i)
{
    bool is_pss = hashing[i].pss.hashAlg != 0;
    return (CK_MECHANISM){hashing[i].type, is_pss ? (void *)&hashing[i].pss : NULL,
                          is_pss ? sizeof hashing[i].pss : 0};
}

static void sign_whole(size_t i, CK_BYTE *signature, CK_ULONG *length)
{
    CK_MECHANISM mechanism = mechanism_of(i);
    CK_OBJECT_HANDLE key = api_find(session, CKO_PRIVATE_KEY, hashing[i].label);
    CHECK_EQUAL(CKR_OK, p11->C_SignInit(session, &mechanism, key));
    CHECK_EQUAL(CKR_OK, p11->C_Sign(session, document, sizeof document, signature, length));
}

static void sign_parts(size_t i)
{
    CK_BYTE signature[256];
    CK_ULONG length = sizeof signature;
    CK_MECHANISM mechanism = mechanism_of(i);
    CK_OBJECT_HANDLE key = api_find(session, CKO_PRIVATE_KEY, hashing[i].label);
    CHECK_EQUAL(CKR_OK, p11->C_SignInit(session, &mechanism, key));
    for (size_t at = 0; at < sizeof document; at += PART) {
        size_t part = sizeof document - at < PART ? sizeof document - at : PART;
        CHECK_EQUAL(CKR_OK, p11->C_SignUpdate(session, document + at, part));
    }
    CHECK_EQUAL(CKR_OK, p11->C_SignFinal(session, signature, &length));
}

static void verify_whole(size_t i, CK_BYTE *signature, CK_ULONG length)
{
    CK_MECHANISM mechanism = mechanism_of(i);
    CK_OBJECT_HANDLE key = api_find(session, CKO_PUBLIC_KEY, hashing[i].label);
    CHECK_EQUAL(CKR_OK, p11->C_VerifyInit(session, &mechanism, key));
    (void)p11->C_Verify(session, document, sizeof document, signature, length);
}

static void only_digests_are_sent(void)
{
    enum { COUNT = sizeof hashing / sizeof hashing[0] };
    CK_MECHANISM sha512 = {CKM_SHA512, NULL, 0};
    CK_BYTE digest[64];
    CK_ULONG digest_length = sizeof digest;
    begin();
    session = api_open_logged_in();
    for (size_t i = 0; i < COUNT; i++) {
        CK_BYTE signature[256];
        CK_ULONG length = sizeof signature;
        sign_whole(i, signature, &length);
        sign_parts(i);
        memset(signature, 0, sizeof signature); /* the fake agent's would hold the digest again */
        verify_whole(i, signature, length);
    }
    CHECK_EQUAL(CKR_OK, p11->C_DigestInit(session, &sha512));
    CHECK_EQUAL(CKR_OK, p11->C_Digest(session, document, sizeof document, digest, &digest_length));
    CHECK_EQUAL(0, runs_of_document());
    /* Three mechanisms for each hash, three requests for each mechanism; C_Digest asks nobody. */
    CHECK_EQUAL(9, digests(RS_SHA256));
    CHECK_EQUAL(9, digests(RS_SHA384));
    CHECK_EQUAL(9, digests(RS_SHA512));
    api_end();
}

static void each_pin_is_sent_once(void)
{
    static const CK_UTF8CHAR once[] = "pin for one signature";
    CK_MECHANISM mechanism = {CKM_SHA256_RSA_PKCS, NULL, 0};
    CK_BYTE signature[512];
    CK_ULONG length = sizeof signature;
    begin();
    session = api_open_logged_in();
    CK_OBJECT_HANDLE key = api_find(session, CKO_PRIVATE_KEY, "Signer each");
    CHECK_EQUAL(CKR_OK, p11->C_SignInit(session, &mechanism, key));
    CHECK_EQUAL(CKR_OK, p11->C_Login(session, CKU_CONTEXT_SPECIFIC, (CK_UTF8CHAR *)once, 21));
    CHECK_EQUAL(0, count_of(once, 21)); /* kept for the signature */
    CHECK_EQUAL(CKR_OK, p11->C_Sign(session, document, sizeof document, signature, &length));
    CHECK_EQUAL(CKR_OK, api_sign_ecdsa(session, api_find(session, CKO_PRIVATE_KEY, "Signer EC")));
    CHECK_EQUAL(CKR_OK, p11->C_Logout(session));
    CHECK_EQUAL(1, count_of(once, 21));
    CHECK_EQUAL(1, count_of(PIN, PIN_LENGTH));
    CHECK_EQUAL(1, fake_calls(&agent, RS_VERB_LOGIN));
    CHECK_EQUAL(0, runs_of_document());
    api_end();
}

static void tests(void)
{
    RUN(only_digests_are_sent);
    RUN(each_pin_is_sent_once);
}

int main(int count, char **arguments)
{
    return api_main(count, arguments, tests);
}
