/* What C_GetMechanismList and C_GetMechanismInfo say: exactly what a key on the card can do, in a
 * fixed order; and that C_SignInit and C_VerifyInit say the same. */
#include "api.h"

#include "mechanism.h"

static const CK_FLAGS of_rsa = CKF_HW | CKF_SIGN | CKF_VERIFY;
static const CK_FLAGS of_ec =
    CKF_HW | CKF_SIGN | CKF_VERIFY | CKF_EC_F_P | CKF_EC_NAMEDCURVE | CKF_EC_UNCOMPRESS;

typedef struct expectation {
    CK_MECHANISM_TYPE type;
    CK_FLAGS flags;
    CK_ULONG least;
    CK_ULONG most;
} expectation;

#define RSA(type)                                                                                  \
    {                                                                                              \
        type, of_rsa, 2048, 16384                                                                  \
    }
#define EC(type)                                                                                   \
    {                                                                                              \
        type, of_ec, 256, 521                                                                      \
    }
#define DIGEST(type)                                                                               \
    {                                                                                              \
        type, CKF_DIGEST, 0, 0                                                                     \
    }
#define COUNT(list) (sizeof list / sizeof list[0])

enum { NEW_HASHES = 1 << RS_SHA256 | 1 << RS_SHA384 | 1 << RS_SHA512 };
enum { OLD_HASHES = 1 << RS_SHA1 | 1 << RS_SHA224 };

static void check_list(const expectation *expected, size_t count)
{
    CK_MECHANISM_TYPE types[P11_MECHANISMS_MAX] = {0};
    CK_MECHANISM_INFO info;
    CK_ULONG given = 0;
    CHECK_EQUAL(CKR_OK, p11->C_GetMechanismList(0, NULL, &given));
    CHECK_EQUAL(count, given);
    given = count - 1;
    CHECK_EQUAL(CKR_BUFFER_TOO_SMALL, p11->C_GetMechanismList(0, types, &given));
    CHECK_EQUAL(count, given);
    CHECK_EQUAL(0, types[0]);
    given = COUNT(types);
    CHECK_EQUAL(CKR_OK, p11->C_GetMechanismList(0, types, &given));
    CHECK_EQUAL(count, given);
    for (size_t i = 0; i < count; i++) {
        CHECK_EQUAL(expected[i].type, types[i]);
        CHECK_EQUAL(CKR_OK, p11->C_GetMechanismInfo(0, types[i], &info));
        CHECK_EQUAL(expected[i].flags, info.flags);
        CHECK_EQUAL(expected[i].least, info.ulMinKeySize);
        CHECK_EQUAL(expected[i].most, info.ulMaxKeySize);
    }
}

static void a_card_that_can_do_all_lists_all(void)
{
    const expectation all[] = {
        RSA(CKM_SHA256_RSA_PKCS),
        RSA(CKM_SHA384_RSA_PKCS),
        RSA(CKM_SHA512_RSA_PKCS),
        RSA(CKM_SHA224_RSA_PKCS),
        RSA(CKM_SHA1_RSA_PKCS),
        RSA(CKM_RSA_PKCS),
        RSA(CKM_SHA256_RSA_PKCS_PSS),
        RSA(CKM_SHA384_RSA_PKCS_PSS),
        RSA(CKM_SHA512_RSA_PKCS_PSS),
        RSA(CKM_SHA224_RSA_PKCS_PSS),
        RSA(CKM_SHA1_RSA_PKCS_PSS),
        RSA(CKM_RSA_PKCS_PSS),
        EC(CKM_ECDSA_SHA256),
        EC(CKM_ECDSA_SHA384),
        EC(CKM_ECDSA_SHA512),
        EC(CKM_ECDSA_SHA224),
        EC(CKM_ECDSA_SHA1),
        EC(CKM_ECDSA),
        DIGEST(CKM_SHA256),
        DIGEST(CKM_SHA384),
        DIGEST(CKM_SHA512),
        DIGEST(CKM_SHA224),
        DIGEST(CKM_SHA_1),
    };
    CK_MECHANISM_INFO info;
    CK_ULONG count = 0;
    api_begin();
    check_list(all, COUNT(all));
    CHECK_EQUAL(CKR_MECHANISM_INVALID, p11->C_GetMechanismInfo(0, CKM_AES_GCM, &info));
    CHECK_EQUAL(CKR_MECHANISM_INVALID, p11->C_GetMechanismInfo(0, CKM_MD5, &info));
    CHECK_EQUAL(CKR_SLOT_ID_INVALID, p11->C_GetMechanismInfo(1, CKM_RSA_PKCS, &info));
    CHECK_EQUAL(CKR_ARGUMENTS_BAD, p11->C_GetMechanismInfo(0, CKM_RSA_PKCS, NULL));
    CHECK_EQUAL(CKR_SLOT_ID_INVALID, p11->C_GetMechanismList(1, NULL, &count));
    CHECK_EQUAL(CKR_ARGUMENTS_BAD, p11->C_GetMechanismList(0, NULL, NULL));
    api_end();
}

/* As with a server that refuses SHA-1 and SHA-224: C_SignInit and C_VerifyInit do so too. */
static void a_hash_that_no_key_may_use_is_not_listed(void)
{
    const expectation modern[] = {
        RSA(CKM_SHA256_RSA_PKCS),
        RSA(CKM_SHA384_RSA_PKCS),
        RSA(CKM_SHA512_RSA_PKCS),
        RSA(CKM_RSA_PKCS),
        RSA(CKM_SHA256_RSA_PKCS_PSS),
        RSA(CKM_SHA384_RSA_PKCS_PSS),
        RSA(CKM_SHA512_RSA_PKCS_PSS),
        RSA(CKM_RSA_PKCS_PSS),
        EC(CKM_ECDSA_SHA256),
        EC(CKM_ECDSA_SHA384),
        EC(CKM_ECDSA_SHA512),
        EC(CKM_ECDSA),
        DIGEST(CKM_SHA256),
        DIGEST(CKM_SHA384),
        DIGEST(CKM_SHA512),
        DIGEST(CKM_SHA224),
        DIGEST(CKM_SHA_1),
    };
    static const CK_MECHANISM_TYPE absent_of_rsa[] = {
        CKM_SHA1_RSA_PKCS, CKM_SHA224_RSA_PKCS, CKM_SHA1_RSA_PKCS_PSS, CKM_SHA224_RSA_PKCS_PSS};
    static const CK_MECHANISM_TYPE absent_of_ec[] = {CKM_ECDSA_SHA1, CKM_ECDSA_SHA224};
    CK_MECHANISM_INFO info;
    api_begin();
    SCRIPT(refused_hashes = OLD_HASHES);
    check_list(modern, COUNT(modern));
    CK_SESSION_HANDLE session = api_open_logged_in();
    for (size_t i = 0; i < COUNT(absent_of_rsa) + COUNT(absent_of_ec); i++) {
        bool rsa = i < COUNT(absent_of_rsa);
        CK_MECHANISM mechanism = {rsa ? absent_of_rsa[i] : absent_of_ec[i - COUNT(absent_of_rsa)],
                                  NULL, 0};
        const char *label = rsa ? "Signer RSA" : "Signer EC";
        CHECK_EQUAL(CKR_MECHANISM_INVALID, p11->C_GetMechanismInfo(0, mechanism.mechanism, &info));
        CHECK_EQUAL(
            CKR_MECHANISM_INVALID,
            p11->C_SignInit(session, &mechanism, api_find(session, CKO_PRIVATE_KEY, label)));
        CHECK_EQUAL(
            CKR_MECHANISM_INVALID,
            p11->C_VerifyInit(session, &mechanism, api_find(session, CKO_PUBLIC_KEY, label)));
    }
    api_end();
}

/* The list is the union over the card, and changes with it. */
static void the_list_follows_the_card(void)
{
    const expectation none[] = {DIGEST(CKM_SHA256), DIGEST(CKM_SHA384), DIGEST(CKM_SHA512),
                                DIGEST(CKM_SHA224), DIGEST(CKM_SHA_1)};
    const expectation old_rsa[] = {
        RSA(CKM_SHA224_RSA_PKCS),     RSA(CKM_SHA1_RSA_PKCS),     RSA(CKM_RSA_PKCS),
        RSA(CKM_SHA224_RSA_PKCS_PSS), RSA(CKM_SHA1_RSA_PKCS_PSS), RSA(CKM_RSA_PKCS_PSS),
        DIGEST(CKM_SHA256),           DIGEST(CKM_SHA384),         DIGEST(CKM_SHA512),
        DIGEST(CKM_SHA224),           DIGEST(CKM_SHA_1)};
    api_begin();
    SCRIPT(credentials = 0);
    check_list(none, COUNT(none));
    SCRIPT(credentials = 1);
    SCRIPT(refused_hashes = NEW_HASHES);
    SCRIPT(generation = 8);
    api_look();
    check_list(old_rsa, COUNT(old_rsa));
    SCRIPT(refused_hashes = NEW_HASHES | OLD_HASHES);
    SCRIPT(generation = 9);
    api_look();
    check_list(none, COUNT(none));
    api_end();
}

/* ---- one key, without an agent ---- */

static size_t count_of(const rs_credential *credential)
{
    CK_MECHANISM_TYPE types[P11_MECHANISMS_MAX];
    rs_card card = {.credentials = (rs_credential *)credential, .credential_count = 1};
    size_t of_card = p11_mechanism_types(&card, types);
    size_t of_key = p11_mechanism_types_of(credential, types);
    CHECK_EQUAL(of_key + 5, of_card); /* digests */
    return of_key;
}

static void keys_outside_the_sizes_of_the_info_are_not_used(void)
{
    static const struct {
        rs_key_type type;
        uint16_t bits;
        rs_status status;
    } cases[] = {{RS_KEY_RSA, 1024, RS_KEY_SIZE},  {RS_KEY_RSA, 2047, RS_KEY_SIZE},
                 {RS_KEY_RSA, 2048, RS_OK},        {RS_KEY_RSA, 16384, RS_OK},
                 {RS_KEY_RSA, 16385, RS_KEY_SIZE}, {RS_KEY_EC, 224, RS_KEY_SIZE},
                 {RS_KEY_EC, 256, RS_OK},          {RS_KEY_EC, 521, RS_OK},
                 {RS_KEY_EC, 522, RS_KEY_SIZE}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        bool rsa = cases[i].type == RS_KEY_RSA;
        rs_credential key = {.key_type = cases[i].type,
                             .key_bits = cases[i].bits,
                             .schemes = rsa ? 1 << RS_RSA_PKCS1 : 1 << RS_ECDSA,
                             .hashes = 1 << RS_SHA256};
        CK_MECHANISM mechanism = {rsa ? CKM_SHA256_RSA_PKCS : CKM_ECDSA_SHA256, NULL, 0};
        p11_signing signing;
        CHECK_EQUAL(cases[i].status, p11_mechanism_select(&mechanism, &key, &signing));
        CHECK_EQUAL(cases[i].status == RS_OK ? 2 : 0, count_of(&key));
    }
}

/* Bits that the protocol does not define, and schemes of the other key type, make no mechanism. */
static void senseless_bits_list_nothing(void)
{
    rs_credential key = {.key_type = RS_KEY_RSA, .key_bits = 2048};
    CHECK_EQUAL(0, count_of(&key));
    key.schemes = 0xff;
    CHECK_EQUAL(0, count_of(&key));
    key.hashes = 0xc1;
    CHECK_EQUAL(0, count_of(&key));
    key.hashes = 0xff;
    CHECK_EQUAL(12, count_of(&key));
    key.schemes = 1 << RS_ECDSA;
    CHECK_EQUAL(0, count_of(&key));
    key.key_type = RS_KEY_EC;
    key.key_bits = 384;
    CHECK_EQUAL(6, count_of(&key));
}

static void tests(void)
{
    RUN(a_card_that_can_do_all_lists_all);
    RUN(a_hash_that_no_key_may_use_is_not_listed);
    RUN(the_list_follows_the_card);
    RUN(keys_outside_the_sizes_of_the_info_are_not_used);
    RUN(senseless_bits_list_nothing);
}

int main(int count, char **arguments)
{
    return api_main(count, arguments, tests);
}
