/* The two interfaces: how a program gets them, and that they hold exactly what they should. */
#include "api.h"

#include <stddef.h>

enum { OLD_COUNT = 68, NEW_COUNT = 92 };

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
        void *exported = dlsym(api_module, names[i]);
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

static void tests(void)
{
    p11_3_0 = api_3_0();
    RUN(structures_are_laid_out_as_on_every_lp64_system);
    RUN(every_entry_is_what_the_module_exports);
    RUN(the_list_of_interfaces_is_exactly_this);
    RUN(a_program_chooses_by_name_version_and_flags);
    RUN(info_names_the_version_of_its_interface);
    RUN(sessions_and_operations_are_of_both);
    RUN(only_3_0_has_a_name_for_what_policy_forbids);
}

int main(int count, char **arguments)
{
    return api_main(count, arguments, tests);
}
