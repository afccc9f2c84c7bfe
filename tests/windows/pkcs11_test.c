/* The PKCS#11 DLL as a Windows program sees it: structures packed to one byte, CK_ULONG of four.
 * usage: pkcs11_test remotesigning-pkcs11.dll */
#include "pipe_agent.h"

#include <windows.h>
#undef CreateMutex

#include "pkcs11.h"
/* in this order */
#include "pkcs11-3.0.h"
#include "test.h"

#include <stdlib.h>

static CK_FUNCTION_LIST *p11;
static CK_C_GetInterface get_interface;
static CK_BYTE digest[64];

static CK_SESSION_HANDLE open_session(void)
{
    CK_SESSION_HANDLE session = 0;
    REQUIRE(p11->C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &session) == CKR_OK);
    return session;
}

static CK_OBJECT_HANDLE find_key(CK_SESSION_HANDLE session, CK_KEY_TYPE type)
{
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &class, sizeof class}, {CKA_KEY_TYPE, &type, sizeof type}};
    CK_OBJECT_HANDLE key = 0;
    CK_ULONG count = 0;
    CHECK_EQUAL(CKR_OK, p11->C_FindObjectsInit(session, wanted, 2));
    CHECK_EQUAL(CKR_OK, p11->C_FindObjects(session, &key, 1, &count));
    CHECK_EQUAL(CKR_OK, p11->C_FindObjectsFinal(session));
    CHECK_EQUAL(1, count);
    return key;
}

static void structures_are_packed(void)
{
    CHECK_EQUAL(4, sizeof(CK_ULONG));
    CHECK_EQUAL(8 + sizeof(void *), sizeof(CK_ATTRIBUTE));
    CHECK_EQUAL(8 + sizeof(void *), sizeof(CK_MECHANISM));
    CHECK_EQUAL(2 + 68 * sizeof(void *), sizeof(CK_FUNCTION_LIST));
    CHECK_EQUAL(2 + 32 + 4 + 32 + 2, sizeof(CK_INFO));
    CHECK_EQUAL(2 * sizeof(void *) + 4, sizeof(CK_INTERFACE));
    CHECK_EQUAL(2 + 92 * sizeof(void *), sizeof(CK_FUNCTION_LIST_3_0));
}

/* The table of v3.0 as a program finds it: its functions stand where the packed structure has them.
 */
static void version_3_0_is_packed_too(void)
{
    CK_VERSION version = {3, 0};
    CK_INTERFACE *found = NULL;
    CK_INFO info;
    CHECK_EQUAL(CKR_OK, get_interface((CK_UTF8CHAR *)"PKCS 11", &version, &found, 0));
    REQUIRE(found != NULL);
    const CK_FUNCTION_LIST_3_0 *list = found->pFunctionList;
    CHECK(list->version.major == 3 && list->version.minor == 0);
    CHECK_EQUAL(CKR_OK, list->C_GetInfo(&info));
    CHECK_EQUAL(CKR_SESSION_HANDLE_INVALID, list->C_SessionCancel(0, 0));
    CHECK(list->C_GetInterface == get_interface);
}

static void token_and_objects_are_shown(void)
{
    CK_TOKEN_INFO token;
    CK_ULONG count = 9;
    CK_OBJECT_HANDLE all[64];
    CHECK_EQUAL(CKR_OK, p11->C_GetTokenInfo(0, &token));
    CHECK(memcmp(token.label, "Remote Signing                  ", 32) == 0);
    CHECK((token.flags & CKF_LOGIN_REQUIRED) != 0);
    CK_SESSION_HANDLE session = open_session();
    CHECK_EQUAL(CKR_OK, p11->C_FindObjectsInit(session, NULL, 0));
    CHECK_EQUAL(CKR_OK, p11->C_FindObjects(session, all, 64, &count));
    CHECK(count >= 8); /* of four keys: certificates and public keys, before login */
    CHECK_EQUAL(CKR_OK, p11->C_FindObjectsFinal(session));
    CHECK_EQUAL(CKR_OK, p11->C_CloseSession(session));
}

static void check_sign(CK_SESSION_HANDLE session, CK_MECHANISM mechanism, CK_OBJECT_HANDLE key,
                       CK_BYTE *data, CK_ULONG size, CK_ULONG expected)
{
    CK_BYTE signature[600];
    CK_ULONG length = 0;
    memset(signature, 0xee, sizeof signature);
    CHECK_EQUAL(CKR_OK, p11->C_SignInit(session, &mechanism, key));
    CHECK_EQUAL(CKR_OK, p11->C_Sign(session, data, size, NULL, &length));
    CHECK_EQUAL(expected, length);
    length = expected - 1;
    CHECK_EQUAL(CKR_BUFFER_TOO_SMALL, p11->C_Sign(session, data, size, signature, &length));
    CHECK_EQUAL(0xee, signature[0]);
    length = sizeof signature;
    CHECK_EQUAL(CKR_OK, p11->C_Sign(session, data, size, signature, &length));
    CHECK_EQUAL(expected, length);
    CHECK_EQUAL(0xee, signature[expected]);
    CHECK(memcmp(signature, script.digest, script.digest_length) == 0);
}

static void keys_sign_twice_after_login(void)
{
    CK_RSA_PKCS_PSS_PARAMS pss = {CKM_SHA256, CKG_MGF1_SHA256, 32};
    CK_SESSION_HANDLE session = open_session();
    CHECK_EQUAL(CKR_OK, p11->C_Login(session, CKU_USER, (CK_BYTE *)"12345678", 8));
    CHECK(script.logins == 1 && script.pin_length == 8);
    CK_OBJECT_HANDLE rsa = find_key(session, CKK_RSA);
    CK_OBJECT_HANDLE ec = find_key(session, CKK_EC);
    for (int twice = 0; twice < 2; twice++) {
        check_sign(session, (CK_MECHANISM){CKM_SHA256_RSA_PKCS, NULL, 0}, rsa, digest, 5, 256);
        CHECK_EQUAL(32, script.digest_length); /* hashed here: the data itself stayed */
        CHECK(memcmp(script.digest, digest, 5) != 0);
        check_sign(session, (CK_MECHANISM){CKM_RSA_PKCS_PSS, &pss, sizeof pss}, rsa, digest, 32,
                   256);
        CHECK_EQUAL(RS_RSA_PSS, script.scheme);
        CHECK_EQUAL(32, script.salt_length);
        check_sign(session, (CK_MECHANISM){CKM_ECDSA, NULL, 0}, ec, digest, 48, 64);
        CHECK_EQUAL(RS_SHA384, script.hash);
    }
    CHECK_EQUAL(6, script.signs);
    CHECK_EQUAL(CKR_OK, p11->C_Logout(session));
    CHECK_EQUAL(CKR_OK, p11->C_CloseSession(session));
}

/* SHA-256 of "abc" (FIPS 180-4): the system's cryptography hashes as it should, also in parts. */
static void digests_are_right(void)
{
    static const CK_BYTE expected[] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea};
    CK_MECHANISM sha256 = {CKM_SHA256, NULL, 0};
    CK_BYTE whole[32];
    CK_ULONG length = sizeof whole;
    CK_SESSION_HANDLE session = open_session();
    CHECK_EQUAL(CKR_OK, p11->C_DigestInit(session, &sha256));
    CHECK_EQUAL(CKR_OK, p11->C_DigestUpdate(session, (CK_BYTE *)"a", 1));
    CHECK_EQUAL(CKR_OK, p11->C_DigestUpdate(session, (CK_BYTE *)"bc", 2));
    CHECK_EQUAL(CKR_OK, p11->C_DigestFinal(session, whole, &length));
    CHECK(length == 32 && memcmp(whole, expected, sizeof expected) == 0);
    CHECK_EQUAL(CKR_OK, p11->C_CloseSession(session));
}

/* Windows has no SHA-224: what would need it in the library is neither listed nor begun. A digest
 * that the program made is signed. */
static void sha_224_is_for_the_program_to_make(void)
{
    static const CK_MECHANISM_TYPE hidden[] = {CKM_SHA224_RSA_PKCS, CKM_SHA224_RSA_PKCS_PSS,
                                               CKM_SHA224, CKM_ECDSA_SHA224};
    static const CK_BYTE info[] = {0x30, 0x2d, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                   0x65, 0x03, 0x04, 0x02, 0x04, 0x05, 0x00, 0x04, 0x1c};
    CK_RSA_PKCS_PSS_PARAMS pss = {CKM_SHA224, CKG_MGF1_SHA224, 28};
    CK_BYTE data[sizeof info + 28] = {0};
    CK_BYTE signature[256];
    CK_ULONG length = sizeof signature;
    CK_MECHANISM_TYPE all[64];
    CK_MECHANISM_INFO about;
    CK_ULONG count = 64;
    CK_SESSION_HANDLE session = open_session();
    CHECK_EQUAL(CKR_OK, p11->C_Login(session, CKU_USER, (CK_BYTE *)"12345678", 8));
    CK_OBJECT_HANDLE rsa = find_key(session, CKK_RSA);
    CHECK_EQUAL(CKR_OK, p11->C_GetMechanismList(0, all, &count));
    CHECK(count > 0 && all[0] == CKM_SHA256_RSA_PKCS);
    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++) {
        CK_MECHANISM mechanism = {hidden[i], NULL, 0};
        for (CK_ULONG j = 0; j < count; j++)
            CHECK(all[j] != hidden[i]);
        CHECK_EQUAL(CKR_MECHANISM_INVALID, p11->C_GetMechanismInfo(0, hidden[i], &about));
        CHECK_EQUAL(CKR_MECHANISM_INVALID, p11->C_SignInit(session, &mechanism, rsa));
        CHECK_EQUAL(CKR_MECHANISM_INVALID, p11->C_DigestInit(session, &mechanism));
    }
    for (CK_ULONG j = 0; j < count; j++)
        CHECK_EQUAL(CKR_OK, p11->C_GetMechanismInfo(0, all[j], &about));
    memcpy(data, info, sizeof info);
    CHECK_EQUAL(CKR_OK, p11->C_SignInit(session, &(CK_MECHANISM){CKM_RSA_PKCS, NULL, 0}, rsa));
    CHECK_EQUAL(CKR_OK, p11->C_Sign(session, data, sizeof data, signature, &length));
    CHECK(script.hash == RS_SHA224 && script.digest_length == 28);
    CHECK_EQUAL(CKR_OK,
                p11->C_SignInit(session, &(CK_MECHANISM){CKM_RSA_PKCS_PSS, &pss, sizeof pss}, rsa));
    CHECK_EQUAL(CKR_OK, p11->C_Sign(session, data, 28, signature, &length));
    CHECK(script.hash == RS_SHA224 && script.scheme == RS_RSA_PSS);
    CHECK_EQUAL(CKR_OK, p11->C_Logout(session));
    CHECK_EQUAL(CKR_OK, p11->C_CloseSession(session));
}

static void agent_may_go_and_come_back(void)
{
    CK_SESSION_INFO info;
    CK_MECHANISM mechanism = {CKM_ECDSA, NULL, 0};
    CK_BYTE signature[64];
    CK_ULONG length = sizeof signature;
    CK_SESSION_HANDLE session = open_session();
    CHECK_EQUAL(CKR_OK, p11->C_Login(session, CKU_USER, (CK_BYTE *)"12345678", 8));
    CK_OBJECT_HANDLE key = find_key(session, CKK_EC);
    pipe_agent_stop();
    CHECK_EQUAL(CKR_OK, p11->C_SignInit(session, &mechanism, key));
    CHECK_EQUAL(CKR_DEVICE_REMOVED, p11->C_Sign(session, digest, 32, signature, &length));
    CHECK_EQUAL(CKR_TOKEN_NOT_PRESENT,
                p11->C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &session));
    pipe_agent_start(); /* the new one knows of no login; the session and the handle live on */
    CHECK_EQUAL(CKR_OK, p11->C_Login(session, CKU_USER, (CK_BYTE *)"12345678", 8));
    CHECK_EQUAL(CKR_OK, p11->C_SignInit(session, &mechanism, key));
    CHECK_EQUAL(CKR_OK, p11->C_Sign(session, digest, 32, signature, &length));
    CHECK_EQUAL(CKR_OK, p11->C_GetSessionInfo(session, &info));
    CHECK_EQUAL(CKR_OK, p11->C_CloseAllSessions(0));
}

static DWORD WINAPI wait_for_event(void *argument)
{
    CK_SLOT_ID slot = 9;
    (void)argument;
    return p11->C_WaitForSlotEvent(0, &slot, NULL);
}

static void finalize_ends_a_wait(void)
{
    DWORD answer = 0;
    HANDLE thread = CreateThread(NULL, 0, wait_for_event, NULL, 0, NULL);
    while (script.waits == 0)
        Sleep(1); /* until the wait stands at the agent */
    CHECK_EQUAL(CKR_OK, p11->C_Finalize(NULL));
    (void)WaitForSingleObject(thread, INFINITE);
    CHECK(GetExitCodeThread(thread, &answer));
    CHECK_EQUAL(CKR_CRYPTOKI_NOT_INITIALIZED, answer);
    (void)CloseHandle(thread);
}

int main(int count, char **arguments)
{
    HMODULE library = count == 2 ? LoadLibraryA(arguments[1]) : NULL;
    REQUIRE(library != NULL);
    CK_C_GetFunctionList get =
        (CK_C_GetFunctionList)(void *)GetProcAddress(library, "C_GetFunctionList");
    REQUIRE(get != NULL && get(&p11) == CKR_OK);
    get_interface = (CK_C_GetInterface)(void *)GetProcAddress(library, "C_GetInterface");
    REQUIRE(get_interface != NULL);
    for (size_t i = 0; i < sizeof digest; i++)
        digest[i] = (CK_BYTE)(i + 1);
    script = (pipe_script){.mode = RS_LOGIN_PIN, .signed_in = true};
    pipe_agent_start();
    CHECK_EQUAL(CKR_OK, p11->C_Initialize(NULL));
    RUN(structures_are_packed);
    RUN(version_3_0_is_packed_too);
    RUN(token_and_objects_are_shown);
    RUN(keys_sign_twice_after_login);
    RUN(digests_are_right);
    RUN(sha_224_is_for_the_program_to_make);
    RUN(agent_may_go_and_come_back);
    RUN(finalize_ends_a_wait);
    pipe_agent_stop();
    CHECK(FreeLibrary(library));
    fprintf(stderr, "%d failed checks\n", (int)failed_checks);
    return failed_checks == 0 ? 0 : 1;
}
