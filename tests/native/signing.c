#include "signing.h"

CK_SESSION_HANDLE session;
CK_OBJECT_HANDLE rsa;
CK_OBJECT_HANDLE ec;

const CK_BYTE sha256_info[51] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86,
                                 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
                                 0x00, 0x04, 0x20, 1,    2,    3,    4};

void find_keys(void)
{
    session = api_open_logged_in();
    rsa = api_find(session, CKO_PRIVATE_KEY, "Signer RSA");
    ec = api_find(session, CKO_PRIVATE_KEY, "Signer EC");
}

void begin(void)
{
    api_begin();
    find_keys();
}

CK_RV init(CK_MECHANISM_TYPE type, void *parameter, CK_ULONG length, CK_OBJECT_HANDLE key)
{
    CK_MECHANISM mechanism = {type, parameter, length};
    return p11->C_SignInit(session, &mechanism, key);
}

void hash_of(rs_hash_algorithm algorithm, const char *text, uint8_t digest[RS_DIGEST_MAX])
{
    rs_hash *hash = NULL;
    REQUIRE(rs_hash_create(algorithm, &hash) == RS_OK &&
            rs_hash_update(hash, fake_text(text)) == RS_OK &&
            rs_hash_finish(hash, digest) == RS_OK);
    rs_hash_free(hash);
}

void check_reached(uint8_t scheme, uint8_t hash, uint16_t salt, const uint8_t *digest)
{
    size_t length = rs_digest_length((rs_hash_algorithm)hash);
    fake_lock(&agent);
    CHECK_EQUAL(scheme, agent.last_scheme);
    CHECK_EQUAL(hash, agent.last_hash);
    CHECK_EQUAL(salt, agent.last_salt);
    CHECK_EQUAL(length, agent.last_digest_length);
    CHECK(memcmp(digest, agent.last_digest, length) == 0);
    fake_unlock(&agent);
}

void check_signature(const CK_BYTE *signature, CK_ULONG length, const uint8_t *digest,
                     size_t digest_length)
{
    for (CK_ULONG i = 0; i < length; i++) {
        if (signature[i] != digest[i % digest_length]) {
            CHECK_EQUAL(digest[i % digest_length], signature[i]);
            return;
        }
    }
    CHECK_EQUAL(GUARD, signature[length]);
}

CK_RV sign_raw(const CK_BYTE *data, CK_ULONG data_length)
{
    CK_BYTE signature[512];
    CK_ULONG length = sizeof signature;
    return p11->C_Sign(session, (CK_BYTE *)data, data_length, signature, &length);
}
