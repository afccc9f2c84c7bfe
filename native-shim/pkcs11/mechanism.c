#include "mechanism.h"

#include "hash.h"

/* Keys of other sizes are not used. Shorter ones are too weak to sign with; a longer modulus does
 * not fit into the card protocol, and there is no longer named curve. */
enum { RSA_BITS_LEAST = 2048, RSA_BITS_MOST = 16384, EC_BITS_LEAST = 256, EC_BITS_MOST = 521 };

/* Programs that are not told which mechanism to use take the first that can sign. */
static const p11_mechanism mechanisms[] = {
    {CKM_SHA256_RSA_PKCS, RS_RSA_PKCS1, RS_SHA256},
    {CKM_SHA384_RSA_PKCS, RS_RSA_PKCS1, RS_SHA384},
    {CKM_SHA512_RSA_PKCS, RS_RSA_PKCS1, RS_SHA512},
    {CKM_SHA224_RSA_PKCS, RS_RSA_PKCS1, RS_SHA224},
    {CKM_SHA1_RSA_PKCS, RS_RSA_PKCS1, RS_SHA1},
    {CKM_RSA_PKCS, RS_RSA_PKCS1, P11_HASH_OF_CALLER},
    {CKM_SHA256_RSA_PKCS_PSS, RS_RSA_PSS, RS_SHA256},
    {CKM_SHA384_RSA_PKCS_PSS, RS_RSA_PSS, RS_SHA384},
    {CKM_SHA512_RSA_PKCS_PSS, RS_RSA_PSS, RS_SHA512},
    {CKM_SHA224_RSA_PKCS_PSS, RS_RSA_PSS, RS_SHA224},
    {CKM_SHA1_RSA_PKCS_PSS, RS_RSA_PSS, RS_SHA1},
    {CKM_RSA_PKCS_PSS, RS_RSA_PSS, P11_HASH_OF_CALLER},
    {CKM_ECDSA_SHA256, RS_ECDSA, RS_SHA256},
    {CKM_ECDSA_SHA384, RS_ECDSA, RS_SHA384},
    {CKM_ECDSA_SHA512, RS_ECDSA, RS_SHA512},
    {CKM_ECDSA_SHA224, RS_ECDSA, RS_SHA224},
    {CKM_ECDSA_SHA1, RS_ECDSA, RS_SHA1},
    {CKM_ECDSA, RS_ECDSA, P11_HASH_OF_CALLER},
    {CKM_SHA256, P11_SCHEME_NONE, RS_SHA256},
    {CKM_SHA384, P11_SCHEME_NONE, RS_SHA384},
    {CKM_SHA512, P11_SCHEME_NONE, RS_SHA512},
    {CKM_SHA224, P11_SCHEME_NONE, RS_SHA224},
    {CKM_SHA_1, P11_SCHEME_NONE, RS_SHA1},
};

enum { COUNT = sizeof mechanisms / sizeof mechanisms[0] };

/* For CK_RSA_PKCS_PSS_PARAMS (PKCS#11 v2.40 mechanisms, 2.1.7): a hash, and MGF1 with the same. */
static const struct {
    CK_MECHANISM_TYPE hash_mechanism;
    unsigned long mgf;
    uint8_t hash;
} pss_hashes[] = {
    {CKM_SHA_1, CKG_MGF1_SHA1, RS_SHA1},      {CKM_SHA224, CKG_MGF1_SHA224, RS_SHA224},
    {CKM_SHA256, CKG_MGF1_SHA256, RS_SHA256}, {CKM_SHA384, CKG_MGF1_SHA384, RS_SHA384},
    {CKM_SHA512, CKG_MGF1_SHA512, RS_SHA512},
};

/* A mechanism that hashes needs the hash. */
static bool exists(const p11_mechanism *mechanism)
{
    return mechanism->hash == P11_HASH_OF_CALLER ||
           rs_hash_available((rs_hash_algorithm)mechanism->hash);
}

rs_status p11_mechanism_find(CK_MECHANISM_TYPE type, const p11_mechanism **mechanism)
{
    for (size_t i = 0; i < COUNT; i++) {
        if (mechanisms[i].type == type && exists(&mechanisms[i])) {
            *mechanism = &mechanisms[i];
            return RS_OK;
        }
    }
    return RS_UNSUPPORTED_ALGORITHM;
}

bool p11_hash_allowed(const rs_credential *credential, uint8_t hash)
{
    return ((credential->hashes >> hash) & 1) != 0;
}

static bool has_type(const rs_credential *credential, const p11_mechanism *mechanism)
{
    return (mechanism->scheme == RS_ECDSA) == (credential->key_type == RS_KEY_EC);
}

static bool has_size(const rs_credential *credential)
{
    bool rsa = credential->key_type == RS_KEY_RSA;
    return credential->key_bits >= (rsa ? RSA_BITS_LEAST : EC_BITS_LEAST) &&
           credential->key_bits <= (rsa ? RSA_BITS_MOST : EC_BITS_MOST);
}

static bool is_permitted(const rs_credential *credential, const p11_mechanism *mechanism)
{
    unsigned known_hashes =
        1U << RS_SHA1 | 1U << RS_SHA224 | 1U << RS_SHA256 | 1U << RS_SHA384 | 1U << RS_SHA512;
    unsigned hashes = mechanism->hash == P11_HASH_OF_CALLER ? known_hashes : 1U << mechanism->hash;
    return ((credential->schemes >> mechanism->scheme) & 1) != 0 &&
           (credential->hashes & hashes) != 0;
}

static bool is_usable(const rs_credential *credential, const p11_mechanism *mechanism)
{
    return mechanism->scheme != P11_SCHEME_NONE && exists(mechanism) &&
           has_type(credential, mechanism) && has_size(credential) &&
           is_permitted(credential, mechanism);
}

bool p11_mechanism_offered(const p11_mechanism *mechanism, const rs_card *card)
{
    bool offered = mechanism->scheme == P11_SCHEME_NONE && exists(mechanism);
    for (size_t i = 0; !offered && i < card->credential_count; i++)
        offered = is_usable(&card->credentials[i], mechanism);
    return offered;
}

size_t p11_mechanism_types(const rs_card *card, CK_MECHANISM_TYPE types[P11_MECHANISMS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < COUNT; i++) {
        if (p11_mechanism_offered(&mechanisms[i], card))
            types[count++] = mechanisms[i].type;
    }
    return count;
}

size_t p11_mechanism_types_of(const rs_credential *credential,
                              CK_MECHANISM_TYPE types[P11_MECHANISMS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < COUNT; i++) {
        if (is_usable(credential, &mechanisms[i]))
            types[count++] = mechanisms[i].type;
    }
    return count;
}

void p11_mechanism_describe(const p11_mechanism *mechanism, CK_MECHANISM_INFO *info)
{
    switch (mechanism->scheme) {
    case P11_SCHEME_NONE:
        *info = (CK_MECHANISM_INFO){0, 0, CKF_DIGEST};
        break;
    case RS_ECDSA:
        *info = (CK_MECHANISM_INFO){EC_BITS_LEAST, EC_BITS_MOST,
                                    CKF_HW | CKF_SIGN | CKF_VERIFY | CKF_EC_F_P |
                                        CKF_EC_NAMEDCURVE | CKF_EC_UNCOMPRESS};
        break;
    default:
        *info = (CK_MECHANISM_INFO){RSA_BITS_LEAST, RSA_BITS_MOST, CKF_HW | CKF_SIGN | CKF_VERIFY};
        break;
    }
}

/* The salt has to fit into the encoded message (RFC 8017, 9.1.1). */
static bool salt_fits(const rs_credential *credential, uint8_t hash, unsigned long salt)
{
    size_t encoded = ((size_t)credential->key_bits - 1 + 7) / 8;
    size_t digest = rs_digest_length((rs_hash_algorithm)hash);
    return encoded >= digest + 2 && salt <= encoded - digest - 2;
}

static rs_status select_pss(const CK_MECHANISM *mechanism, const rs_credential *credential,
                            p11_signing *signing)
{
    const CK_RSA_PKCS_PSS_PARAMS *given = mechanism->pParameter;
    if (given == NULL || mechanism->ulParameterLen != sizeof *given)
        return RS_BAD_PARAMETERS;
    for (size_t i = 0; i < sizeof pss_hashes / sizeof pss_hashes[0]; i++) {
        uint8_t hash = pss_hashes[i].hash;
        if (pss_hashes[i].hash_mechanism != given->hashAlg)
            continue;
        if (pss_hashes[i].mgf != given->mgf || (signing->hash_here && signing->hash != hash) ||
            !salt_fits(credential, hash, given->sLen))
            return RS_BAD_PARAMETERS;
        signing->hash = hash;
        signing->salt_length = (uint16_t)given->sLen;
        return RS_OK;
    }
    return RS_BAD_PARAMETERS;
}

rs_status p11_mechanism_select(const CK_MECHANISM *mechanism, const rs_credential *credential,
                               p11_signing *signing)
{
    const p11_mechanism *found = NULL;
    rs_status status = p11_mechanism_find(mechanism->mechanism, &found);
    if (status != RS_OK || found->scheme == P11_SCHEME_NONE)
        return RS_UNSUPPORTED_ALGORITHM;
    if (!has_type(credential, found))
        return RS_WRONG_KEY_TYPE;
    if (!has_size(credential))
        return RS_KEY_SIZE;
    signing->scheme = (rs_scheme)found->scheme;
    signing->hash = found->hash;
    signing->hash_here = found->hash != P11_HASH_OF_CALLER;
    signing->salt_length = 0;
    if (found->scheme == RS_RSA_PSS)
        status = select_pss(mechanism, credential, signing);
    else if (mechanism->ulParameterLen != 0)
        status = RS_BAD_PARAMETERS;
    if (status == RS_OK && (!is_permitted(credential, found) ||
                            (signing->hash != 0 && !p11_hash_allowed(credential, signing->hash))))
        status = RS_CREDENTIAL_UNUSABLE;
    return status;
}
