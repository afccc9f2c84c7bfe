/* The two interfaces: how a program gets them, that they hold exactly what they should, and what
 * PKCS#11 v3.0 adds. */
#include "api.h"

#include <stddef.h>

enum { OLD_COUNT = 68, NEW_COUNT = 92 };

static void *module;
static CK_FUNCTION_LIST_3_0 *p11_3_0;

/* ---- the lists ---- */

/* In the order of the specification, v3.0, appendix "function list". */
static const char *const names[NEW_COUNT] = {
    "C_Initialize",
    "C_Finalize",
    "C_GetInfo",
    "C_GetFunctionList",
    "C_GetSlotList",
    "C_GetSlotInfo",
    "C_GetTokenInfo",
    "C_GetMechanismList",
    "C_GetMechanismInfo",
    "C_InitToken",
    "C_InitPIN",
    "C_SetPIN",
    "C_OpenSession",
    "C_CloseSession",
    "C_CloseAllSessions",
    "C_GetSessionInfo",
    "C_GetOperationState",
    "C_SetOperationState",
    "C_Login",
    "C_Logout",
    "C_CreateObject",
    "C_CopyObject",
    "C_DestroyObject",
    "C_GetObjectSize",
    "C_GetAttributeValue",
    "C_SetAttributeValue",
    "C_FindObjectsInit",
    "C_FindObjects",
    "C_FindObjectsFinal",
    "C_EncryptInit",
    "C_Encrypt",
    "C_EncryptUpdate",
    "C_EncryptFinal",
    "C_DecryptInit",
    "C_Decrypt",
    "C_DecryptUpdate",
    "C_DecryptFinal",
    "C_DigestInit",
    "C_Digest",
    "C_DigestUpdate",
    "C_DigestKey",
    "C_DigestFinal",
    "C_SignInit",
    "C_Sign",
    "C_SignUpdate",
    "C_SignFinal",
    "C_SignRecoverInit",
    "C_SignRecover",
    "C_VerifyInit",
    "C_Verify",
    "C_VerifyUpdate",
    "C_VerifyFinal",
    "C_VerifyRecoverInit",
    "C_VerifyRecover",
    "C_DigestEncryptUpdate",
    "C_DecryptDigestUpdate",
    "C_SignEncryptUpdate",
    "C_DecryptVerifyUpdate",
    "C_GenerateKey",
    "C_GenerateKeyPair",
    "C_WrapKey",
    "C_UnwrapKey",
    "C_DeriveKey",
    "C_SeedRandom",
    "C_GenerateRandom",
    "C_GetFunctionStatus",
    "C_CancelFunction",
    "C_WaitForSlotEvent",
    "C_GetInterfaceList",
    "C_GetInterface",
    "C_LoginUser",
    "C_SessionCancel",
    "C_MessageEncryptInit",
    "C_EncryptMessage",
    "C_EncryptMessageBegin",
    "C_EncryptMessageNext",
    "C_MessageEncryptFinal",
    "C_MessageDecryptInit",
    "C_DecryptMessage",
    "C_DecryptMessageBegin",
    "C_DecryptMessageNext",
    "C_MessageDecryptFinal",
    "C_MessageSignInit",
    "C_SignMessage",
    "C_SignMessageBegin",
    "C_SignMessageNext",
    "C_MessageSignFinal",
    "C_MessageVerifyInit",
    "C_VerifyMessage",
    "C_VerifyMessageBegin",
    "C_VerifyMessageNext",
    "C_MessageVerifyFinal",
};

/* Their answer tells which interface was asked. */
static bool is_of_its_own(const char *name)
{
    static const char *const own[] = {"C_GetInfo",   "C_Login",  "C_Sign",
                                      "C_SignFinal", "C_Verify", "C_VerifyFinal"};
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        if (strcmp(own[i], name) == 0)
            return true;
    }
    return false;
}

static void structures_are_laid_out_as_on_every_lp64_system(void)
{
    CHECK_EQUAL(8 + OLD_COUNT * 8, sizeof(CK_FUNCTION_LIST));
    CHECK_EQUAL(8 + NEW_COUNT * 8, sizeof(CK_FUNCTION_LIST_3_0));
    CHECK_EQUAL(24, sizeof(CK_INTERFACE));
    CHECK_EQUAL(8, offsetof(CK_INTERFACE, pFunctionList));
    CHECK_EQUAL(16, offsetof(CK_INTERFACE, flags));
    CHECK_EQUAL(48, sizeof(CK_C_INITIALIZE_ARGS));
    CHECK_EQUAL(32, offsetof(CK_C_INITIALIZE_ARGS, flags));
    CHECK_EQUAL(40, offsetof(CK_C_INITIALIZE_ARGS, pReserved));
}

static void every_entry_is_what_the_module_exports(void)
{
    void *old[OLD_COUNT];
    void *new[NEW_COUNT];
    memcpy(old, (const char *)p11 + 8, sizeof old);
    memcpy(new, (const char *)p11_3_0 + 8, sizeof new);
    for (size_t i = 0; i < NEW_COUNT; i++) {
        void *exported = dlsym(module, names[i]);
        CHECK(exported != NULL);
        if (i < OLD_COUNT)
            CHECK(old[i] == exported);
        CHECK(new[i] != NULL);
        CHECK((new[i] == exported) == !is_of_its_own(names[i]));
        for (size_t j = 0; j < i; j++)
            CHECK(new[i] != new[j]);
    }
}

static void the_list_of_interfaces_is_exactly_this(void)
{
    CK_INTERFACE list[3] = {0};
    CK_ULONG count = 77;
    CHECK_EQUAL(CKR_ARGUMENTS_BAD, p11_3_0->C_GetInterfaceList(list, NULL));
    CHECK_EQUAL(CKR_OK, p11_3_0->C_GetInterfaceList(NULL, &count));
    CHECK_EQUAL(2, count);
    count = 1;
    CHECK_EQUAL(CKR_BUFFER_TOO_SMALL, p11_3_0->C_GetInterfaceList(list, &count));
    CHECK_EQUAL(2, count);
    CHECK(list[0].pFunctionList == NULL);
    count = 3;
    CHECK_EQUAL(CKR_OK, p11_3_0->C_GetInterfaceList(list, &count));
    CHECK_EQUAL(2, count);
    CHECK(strcmp((const char *)list[0].pInterfaceName, "PKCS 11") == 0);
    CHECK(strcmp((const char *)list[1].pInterfaceName, "PKCS 11") == 0);
    CHECK(list[0].pFunctionList == p11_3_0);
    CHECK(list[1].pFunctionList == p11);
    CHECK_EQUAL(0, list[0].flags); /* not CKF_INTERFACE_FORK_SAFE: a child begins anew */
    CHECK_EQUAL(0, list[1].flags);
    CHECK_EQUAL(3, p11_3_0->version.major);
    CHECK_EQUAL(0, p11_3_0->version.minor);
    CHECK_EQUAL(2, p11->version.major);
    CHECK_EQUAL(40, p11->version.minor);
}

static void a_program_chooses_by_name_version_and_flags(void)
{
    static const struct {
        const char *name;
        CK_VERSION version; /* 0.0: none asked for */
        CK_FLAGS flags;
        int found; /* major number, or 0 */
    } cases[] = {
        {NULL, {0, 0}, 0, 3},
        {"PKCS 11", {0, 0}, 0, 3},
        {"PKCS 11", {3, 0}, 0, 3},
        {"PKCS 11", {2, 40}, 0, 2},
        {NULL, {2, 40}, 0, 2},
        {"PKCS 11", {3, 1}, 0, 0},
        {"PKCS 11", {2, 0}, 0, 0},
        {"PKCS 11", {40, 2}, 0, 0},
        {"PKCS11", {0, 0}, 0, 0},
        {"PKCS 11 ", {0, 0}, 0, 0},
        {"Vendor NSS", {3, 0}, 0, 0},
        {"", {0, 0}, 0, 0},
        {"PKCS 11", {0, 0}, CKF_INTERFACE_FORK_SAFE, 0},
        {NULL, {0, 0}, 1UL << 5, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CK_INTERFACE *interface = NULL;
        CK_VERSION version = cases[i].version;
        CK_RV rv = p11_3_0->C_GetInterface((CK_UTF8CHAR *)cases[i].name,
                                           version.major == 0 ? NULL : &version, &interface,
                                           cases[i].flags);
        CHECK_EQUAL(cases[i].found != 0 ? CKR_OK : CKR_ARGUMENTS_BAD, rv);
        if (cases[i].found == 0)
            CHECK(interface == NULL);
        else if (interface != NULL)
            CHECK(interface->pFunctionList == (cases[i].found == 3 ? (void *)p11_3_0 : p11));
    }
    CHECK_EQUAL(CKR_ARGUMENTS_BAD, p11_3_0->C_GetInterface(NULL, NULL, NULL, 0));
}

static void info_names_the_version_of_its_interface(void)
{
    CK_INFO old = {0};
    CK_INFO new = {0};
    CHECK_EQUAL(CKR_CRYPTOKI_NOT_INITIALIZED, p11_3_0->C_GetInfo(&new));
    CHECK_EQUAL(CKR_OK, p11_3_0->C_Initialize(NULL));
    CHECK_EQUAL(CKR_ARGUMENTS_BAD, p11_3_0->C_GetInfo(NULL));
    CHECK_EQUAL(CKR_OK, p11->C_GetInfo(&old));
    CHECK_EQUAL(CKR_OK, p11_3_0->C_GetInfo(&new));
    CHECK_EQUAL(2, old.cryptokiVersion.major);
    CHECK_EQUAL(40, old.cryptokiVersion.minor);
    CHECK_EQUAL(3, new.cryptokiVersion.major);
    CHECK_EQUAL(0, new.cryptokiVersion.minor);
    new.cryptokiVersion = old.cryptokiVersion;
    CHECK(memcmp(&old, &new, sizeof old) == 0);
    CHECK_EQUAL(CKR_OK, p11_3_0->C_Finalize(NULL));
}

/* ---- one module behind both ---- */

static void sessions_and_operations_are_of_both(void)
{
    CK_MECHANISM mechanism = {CKM_ECDSA, NULL, 0};
    CK_SESSION_HANDLE session = 0;
    CK_BYTE digest[32] = {7, 8, 9};
    CK_BYTE signature[64];
    CK_ULONG length = sizeof signature;
    api_begin();
    CHECK_EQUAL(CKR_CRYPTOKI_ALREADY_INITIALIZED, p11_3_0->C_Initialize(NULL));
    CHECK_EQUAL(CKR_OK, p11_3_0->C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &session));
    CHECK_EQUAL(CKR_OK, p11_3_0->C_Login(session, CKU_USER, PIN, PIN_LENGTH));
    CHECK_EQUAL(CKR_USER_ALREADY_LOGGED_IN, p11->C_Login(session, CKU_USER, PIN, PIN_LENGTH));
    CK_OBJECT_HANDLE key = api_find(session, CKO_PRIVATE_KEY, "Signer EC");
    CHECK_EQUAL(CKR_OK, p11->C_SignInit(session, &mechanism, key));
    CHECK_EQUAL(CKR_OK, p11_3_0->C_Sign(session, digest, sizeof digest, signature, &length));
    CHECK(memcmp(signature, digest, sizeof digest) == 0);
    key = api_find(session, CKO_PUBLIC_KEY, "Signer EC");
    CHECK_EQUAL(CKR_OK, p11->C_VerifyInit(session, &mechanism, key));
    CHECK_EQUAL(CKR_OK, p11_3_0->C_Verify(session, digest, sizeof digest, signature, length));
    CHECK_EQUAL(CKR_OK, p11->C_VerifyInit(session, &mechanism, key));
    signature[0] ^= 1;
    CHECK_EQUAL(CKR_SIGNATURE_INVALID,
                p11_3_0->C_Verify(session, digest, sizeof digest, signature, length));
    api_end();
}

typedef struct answers {
    CK_RV login;
    CK_RV sign;
    CK_RV sign_final;
    CK_RV verify;
    CK_RV verify_final;
} answers;

/* What the functions say that ask the agent for leave, through one of the interfaces. */
static answers ask_for_leave(CK_C_Login log_in, CK_C_Sign sign, CK_C_SignFinal sign_final,
                             CK_C_Verify verify, CK_C_VerifyFinal verify_final)
{
    answers got;
    CK_MECHANISM mechanism = {CKM_ECDSA, NULL, 0};
    CK_BYTE digest[32] = {1};
    CK_BYTE signature[64] = {0};
    CK_ULONG length = sizeof signature;
    CK_SESSION_HANDLE session = api_open();
    got.login = log_in(session, CKU_USER, PIN, PIN_LENGTH);
    SCRIPT(mode = RS_LOGIN_AGENT);
    CK_ULONG slots;
    CHECK_EQUAL(CKR_OK, p11->C_GetSlotList(CK_TRUE, NULL, &slots));
    CK_OBJECT_HANDLE key = api_find(session, CKO_PRIVATE_KEY, "Signer EC");
    CK_OBJECT_HANDLE public = api_find(session, CKO_PUBLIC_KEY, "Signer EC");
    CHECK_EQUAL(CKR_OK, p11->C_SignInit(session, &mechanism, key));
    got.sign = sign(session, digest, sizeof digest, signature, &length);
    CHECK_EQUAL(CKR_OK, p11->C_SignInit(session, &mechanism, key));
    CHECK_EQUAL(CKR_OK, p11->C_SignUpdate(session, digest, sizeof digest));
    got.sign_final = sign_final(session, signature, &length);
    CHECK_EQUAL(CKR_OK, p11->C_VerifyInit(session, &mechanism, public));
    got.verify = verify(session, digest, sizeof digest, signature, sizeof signature);
    CHECK_EQUAL(CKR_OK, p11->C_VerifyInit(session, &mechanism, public));
    CHECK_EQUAL(CKR_OK, p11->C_VerifyUpdate(session, digest, sizeof digest));
    got.verify_final = verify_final(session, signature, sizeof signature);
    SCRIPT(mode = RS_LOGIN_PIN);
    CHECK_EQUAL(CKR_OK, p11->C_CloseSession(session));
    return got;
}

static void check_all(CK_RV expected, answers got)
{
    CHECK_EQUAL(expected, got.login);
    CHECK_EQUAL(expected, got.sign);
    CHECK_EQUAL(expected, got.sign_final);
    CHECK_EQUAL(expected, got.verify);
    CHECK_EQUAL(expected, got.verify_final);
}

static void set_problem(uint16_t problem)
{
    SCRIPT(problem[RS_VERB_LOGIN] = problem);
    SCRIPT(problem[RS_VERB_SIGN] = problem);
    SCRIPT(problem[RS_VERB_VERIFY] = problem);
}

static answers ask_old(void)
{
    return ask_for_leave(p11->C_Login, p11->C_Sign, p11->C_SignFinal, p11->C_Verify,
                         p11->C_VerifyFinal);
}

static answers ask_new(void)
{
    return ask_for_leave(p11_3_0->C_Login, p11_3_0->C_Sign, p11_3_0->C_SignFinal, p11_3_0->C_Verify,
                         p11_3_0->C_VerifyFinal);
}

static void only_3_0_has_a_name_for_what_policy_forbids(void)
{
    api_begin();
    set_problem(RS_NOT_ALLOWED);
    check_all(CKR_FUNCTION_REJECTED, ask_old());
    check_all(CKR_ACTION_PROHIBITED, ask_new());
    CK_SESSION_HANDLE session = api_open();
    CHECK_EQUAL(CKR_ACTION_PROHIBITED,
                p11_3_0->C_LoginUser(session, CKU_USER, PIN, PIN_LENGTH, NULL, 0));
    set_problem(RS_LIMIT_REACHED); /* and everything else has the same name in both */
    check_all(CKR_FUNCTION_REJECTED, ask_old());
    check_all(CKR_FUNCTION_REJECTED, ask_new());
    api_end();
}

/* ---- what 3.0 adds ---- */

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
    CHECK_EQUAL(NEW_COUNT - OLD_COUNT - 4, sizeof got / sizeof got[0]);
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

int main(int count, char **arguments)
{
    CK_INTERFACE *interface = NULL;
    if (count != 2)
        return 2;
    setenv("REMOTESIGNING_LOG", "/dev/null", 1);
    module = api_load(arguments[1]);
    CK_C_GetInterface get = (CK_C_GetInterface)dlsym(module, "C_GetInterface");
    REQUIRE(get != NULL && get(NULL, NULL, &interface, 0) == CKR_OK);
    p11_3_0 = interface->pFunctionList;
    RUN(structures_are_laid_out_as_on_every_lp64_system);
    RUN(every_entry_is_what_the_module_exports);
    RUN(the_list_of_interfaces_is_exactly_this);
    RUN(a_program_chooses_by_name_version_and_flags);
    RUN(info_names_the_version_of_its_interface);
    RUN(sessions_and_operations_are_of_both);
    RUN(only_3_0_has_a_name_for_what_policy_forbids);
    RUN(users_have_no_names);
    RUN(cancelling_ends_the_named_operations_and_no_others);
    RUN(what_was_cancelled_leaves_nothing_behind);
    RUN(messages_are_not_supported);
    RUN(nothing_new_works_before_initialize);
    dlclose(module);
    return failed_checks == 0 ? 0 : 1;
}
