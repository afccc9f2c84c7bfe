/* What PKCS#11 v3.0 adds. */
#include "api.h"

static CK_FUNCTION_LIST_3_0 *p11_3_0;

static void users_have_no_names(void)
{
    CK_UTF8CHAR name[] = "signer@example.com";
    api_begin();
    CK_SESSION_HANDLE session = api_open();
    CHECK_EQUAL(CKR_ARGUMENTS_BAD,
                p11_3_0->C_LoginUser(session, CKU_USER, PIN, PIN_LENGTH, name, sizeof name - 1));
    CHECK_EQUAL(CKR_ARGUMENTS_BAD,
                p11_3_0->C_LoginUser(session, CKU_USER, PIN, PIN_LENGTH, NULL, 1));
    CHECK_EQUAL(CKR_USER_TYPE_INVALID,
                p11_3_0->C_LoginUser(session, CKU_SO, PIN, PIN_LENGTH, NULL, 0));
    CHECK_EQUAL(CKR_OPERATION_NOT_INITIALIZED,
                p11_3_0->C_LoginUser(session, CKU_CONTEXT_SPECIFIC, PIN, PIN_LENGTH, NULL, 0));
    CHECK_EQUAL(CKR_SESSION_HANDLE_INVALID,
                p11_3_0->C_LoginUser(0, CKU_USER, PIN, PIN_LENGTH, NULL, 0));
    CHECK_EQUAL(0, fake_calls(&agent, RS_VERB_LOGIN));
    CHECK_EQUAL(CKR_PIN_INCORRECT,
                p11_3_0->C_LoginUser(session, CKU_USER, PIN, PIN_LENGTH - 1, NULL, 0));
    CHECK_EQUAL(CKR_OK, p11_3_0->C_LoginUser(session, CKU_USER, PIN, PIN_LENGTH, name, 0));
    CHECK_EQUAL(CKR_USER_ALREADY_LOGGED_IN,
                p11_3_0->C_LoginUser(session, CKU_USER, PIN, PIN_LENGTH, NULL, 0));
    CHECK_EQUAL(CKR_OK, api_sign_ecdsa(session, api_find(session, CKO_PRIVATE_KEY, "Signer EC")));
    CHECK_EQUAL(CKR_OK, p11_3_0->C_Logout(session));
    CHECK_EQUAL(CKR_OK, p11_3_0->C_LoginUser(session, CKU_USER, PIN, PIN_LENGTH, NULL, 0));
    api_end();
}

/* Begins all four operations; each is what was expected when it says so. */
static void begin_all(CK_SESSION_HANDLE session, CK_FLAGS active)
{
    CK_MECHANISM digest = {CKM_SHA256, NULL, 0};
    CK_MECHANISM mechanism = {CKM_SHA256_RSA_PKCS, NULL, 0};
    static CK_OBJECT_HANDLE private;
    static CK_OBJECT_HANDLE public;
    if (active == 0) {
        private = api_find(session, CKO_PRIVATE_KEY, "Signer RSA");
        public = api_find(session, CKO_PUBLIC_KEY, "Signer RSA");
    }
    CHECK_EQUAL((active & CKF_DIGEST) != 0 ? CKR_OPERATION_ACTIVE : CKR_OK,
                p11_3_0->C_DigestInit(session, &digest));
    CHECK_EQUAL((active & CKF_SIGN) != 0 ? CKR_OPERATION_ACTIVE : CKR_OK,
                p11_3_0->C_SignInit(session, &mechanism, private));
    CHECK_EQUAL((active & CKF_VERIFY) != 0 ? CKR_OPERATION_ACTIVE : CKR_OK,
                p11_3_0->C_VerifyInit(session, &mechanism, public));
    CHECK_EQUAL((active & CKF_FIND_OBJECTS) != 0 ? CKR_OPERATION_ACTIVE : CKR_OK,
                p11_3_0->C_FindObjectsInit(session, NULL, 0));
}

static void cancelling_ends_the_named_operations_and_no_others(void)
{
    static const CK_FLAGS all = CKF_DIGEST | CKF_SIGN | CKF_VERIFY | CKF_FIND_OBJECTS;
    static const CK_FLAGS each[] = {CKF_DIGEST, CKF_SIGN, CKF_VERIFY, CKF_FIND_OBJECTS};
    static const CK_FLAGS others = CKF_ENCRYPT | CKF_DECRYPT | CKF_SIGN_RECOVER |
                                   CKF_VERIFY_RECOVER | CKF_GENERATE | CKF_MESSAGE_SIGN |
                                   CKF_MESSAGE_VERIFY | CKF_EXTENSION | CKF_HW;
    api_begin();
    CK_SESSION_HANDLE session = api_open_logged_in();
    CK_SESSION_HANDLE other = api_open();
    CHECK_EQUAL(CKR_OK, p11_3_0->C_SessionCancel(session, all)); /* none is under way */
    begin_all(other, 0);
    begin_all(session, 0);
    CHECK_EQUAL(CKR_OK, p11_3_0->C_SessionCancel(session, 0));
    begin_all(session, all);
    CHECK_EQUAL(CKR_OK, p11_3_0->C_SessionCancel(session, others));
    begin_all(session, all);
    for (size_t i = 0; i < 4; i++) {
        CHECK_EQUAL(CKR_OK, p11_3_0->C_SessionCancel(session, each[i] | others));
        begin_all(session, all & ~each[i]);
    }
    CHECK_EQUAL(CKR_OK, p11_3_0->C_SessionCancel(session, all));
    begin_all(session, 0);
    begin_all(other, all); /* another session's are its own */
    CHECK_EQUAL(CKR_SESSION_HANDLE_INVALID, p11_3_0->C_SessionCancel(0, CKF_SIGN));
    CHECK_EQUAL(0, fake_calls(&agent, RS_VERB_SIGN));
    api_end();
}

static void what_was_cancelled_leaves_nothing_behind(void)
{
    CK_MECHANISM mechanism = {CKM_SHA256, NULL, 0};
    CK_BYTE digest[32];
    CK_ULONG length = sizeof digest;
    CK_OBJECT_HANDLE found;
    CK_ULONG count;
    api_begin();
    CK_SESSION_HANDLE session = api_open_logged_in();
    CHECK_EQUAL(CKR_OK, p11_3_0->C_DigestInit(session, &mechanism));
    CHECK_EQUAL(CKR_OK, p11_3_0->C_DigestUpdate(session, PIN, PIN_LENGTH));
    CHECK_EQUAL(CKR_OK, p11_3_0->C_SessionCancel(session, CKF_DIGEST));
    CHECK_EQUAL(CKR_OPERATION_NOT_INITIALIZED, p11_3_0->C_DigestFinal(session, digest, &length));
    CHECK_EQUAL(CKR_OK, p11_3_0->C_DigestInit(session, &mechanism));
    CHECK_EQUAL(CKR_OK, p11_3_0->C_Digest(session, NULL, 0, digest, &length));
    CHECK(memcmp(digest, "\xe3\xb0\xc4\x42", 4) == 0); /* SHA-256 of nothing */
    CHECK_EQUAL(CKR_OK, p11_3_0->C_FindObjectsInit(session, NULL, 0));
    CHECK_EQUAL(CKR_OK, p11_3_0->C_SessionCancel(session, CKF_FIND_OBJECTS));
    CHECK_EQUAL(CKR_OPERATION_NOT_INITIALIZED, p11_3_0->C_FindObjects(session, &found, 1, &count));
    api_end();
}

static void messages_are_not_supported(void)
{
    const CK_FUNCTION_LIST_3_0 *f = p11_3_0;
    CK_ULONG length = 0;
    CK_BYTE byte = 0;
    api_begin();
    CK_SESSION_HANDLE s = api_open_logged_in();
    CK_MECHANISM mechanism = {CKM_ECDSA, NULL, 0};
    CK_OBJECT_HANDLE key = api_find(s, CKO_PRIVATE_KEY, "Signer EC");
    const CK_RV got[] = {
        f->C_MessageEncryptInit(s, &mechanism, key),
        f->C_EncryptMessage(s, NULL, 0, NULL, 0, &byte, 1, &byte, &length),
        f->C_EncryptMessageBegin(s, NULL, 0, NULL, 0),
        f->C_EncryptMessageNext(s, NULL, 0, &byte, 1, &byte, &length, 0),
        f->C_MessageEncryptFinal(s),
        f->C_MessageDecryptInit(s, &mechanism, key),
        f->C_DecryptMessage(s, NULL, 0, NULL, 0, &byte, 1, &byte, &length),
        f->C_DecryptMessageBegin(s, NULL, 0, NULL, 0),
        f->C_DecryptMessageNext(s, NULL, 0, &byte, 1, &byte, &length, 0),
        f->C_MessageDecryptFinal(s),
        f->C_MessageSignInit(s, &mechanism, key),
        f->C_SignMessage(s, NULL, 0, &byte, 1, &byte, &length),
        f->C_SignMessageBegin(s, NULL, 0),
        f->C_SignMessageNext(s, NULL, 0, &byte, 1, &byte, &length),
        f->C_MessageSignFinal(s),
        f->C_MessageVerifyInit(s, &mechanism, key),
        f->C_VerifyMessage(s, NULL, 0, &byte, 1, &byte, 1),
        f->C_VerifyMessageBegin(s, NULL, 0),
        f->C_VerifyMessageNext(s, NULL, 0, &byte, 1, &byte, 1),
        f->C_MessageVerifyFinal(s),
    };
    CHECK_EQUAL(20, sizeof got / sizeof got[0]);
    for (size_t i = 0; i < sizeof got / sizeof got[0]; i++)
        CHECK_EQUAL(CKR_FUNCTION_NOT_SUPPORTED, got[i]);
    CK_ULONG count = 0;
    CK_MECHANISM_TYPE types[64];
    CHECK_EQUAL(CKR_OK, f->C_GetMechanismList(0, NULL, &count));
    REQUIRE(count <= 64);
    CHECK_EQUAL(CKR_OK, f->C_GetMechanismList(0, types, &count));
    for (CK_ULONG i = 0; i < count; i++) {
        CK_MECHANISM_INFO info;
        CHECK_EQUAL(CKR_OK, f->C_GetMechanismInfo(0, types[i], &info));
        CHECK_EQUAL(0, info.flags & (CKF_MESSAGE_ENCRYPT | CKF_MESSAGE_DECRYPT | CKF_MESSAGE_SIGN |
                                     CKF_MESSAGE_VERIFY | CKF_MULTI_MESSAGE));
    }
    api_end();
}

static void nothing_new_works_before_initialize(void)
{
    CHECK_EQUAL(CKR_CRYPTOKI_NOT_INITIALIZED,
                p11_3_0->C_LoginUser(1, CKU_USER, PIN, PIN_LENGTH, NULL, 0));
    CHECK_EQUAL(CKR_CRYPTOKI_NOT_INITIALIZED, p11_3_0->C_SessionCancel(1, CKF_SIGN));
    CHECK_EQUAL(CKR_CRYPTOKI_NOT_INITIALIZED, p11_3_0->C_Login(1, CKU_USER, PIN, PIN_LENGTH));
    CHECK_EQUAL(CKR_CRYPTOKI_NOT_INITIALIZED, p11_3_0->C_Sign(1, NULL, 0, NULL, NULL));
    CHECK_EQUAL(CKR_CRYPTOKI_NOT_INITIALIZED, p11_3_0->C_Finalize(NULL));
}

static void tests(void)
{
    p11_3_0 = api_3_0();
    RUN(users_have_no_names);
    RUN(cancelling_ends_the_named_operations_and_no_others);
    RUN(what_was_cancelled_leaves_nothing_behind);
    RUN(messages_are_not_supported);
    RUN(nothing_new_works_before_initialize);
}

int main(int count, char **arguments)
{
    return api_main(count, arguments, tests);
}
