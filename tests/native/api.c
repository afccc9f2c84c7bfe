#include "api.h"

#ifdef _WIN32
#include <windows.h>
#else
#include <dlfcn.h>
#include <sys/wait.h>
#include <time.h>
#endif

CK_FUNCTION_LIST *p11;
void *api_module;
fake_agent agent;
CK_SESSION_HANDLE api_session;
CK_OBJECT_HANDLE api_key;
CK_OBJECT_HANDLE api_public_key;

#ifdef _WIN32
void *api_load(const char *path)
{
    HMODULE module = LoadLibraryA(path);
    REQUIRE(module != NULL);
    CK_C_GetFunctionList get =
        (CK_C_GetFunctionList)(void *)GetProcAddress(module, "C_GetFunctionList");
    REQUIRE(get != NULL && get(&p11) == CKR_OK);
    return module;
}

void api_unload(void *module)
{
    CHECK(FreeLibrary(module));
}

void api_log_to(const char *file)
{
    REQUIRE(SetEnvironmentVariableA("REMOTESIGNING_LOG", file == NULL ? "NUL" : file));
}
#else
void *api_load(const char *path)
{
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (module == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        exit(1);
    }
    CK_C_GetFunctionList get = (CK_C_GetFunctionList)dlsym(module, "C_GetFunctionList");
    REQUIRE(get != NULL && get(&p11) == CKR_OK);
    return module;
}

void api_unload(void *module)
{
    CHECK_EQUAL(0, dlclose(module));
}

void api_log_to(const char *file)
{
    setenv("REMOTESIGNING_LOG", file == NULL ? "/dev/null" : file, 1);
}

CK_FUNCTION_LIST_3_0 *api_3_0(void)
{
    CK_INTERFACE *interface = NULL;
    CK_C_GetInterface get = (CK_C_GetInterface)dlsym(api_module, "C_GetInterface");
    REQUIRE(get != NULL && get(NULL, NULL, &interface, 0) == CKR_OK);
    return interface->pFunctionList;
}

int api_status_of(pid_t child)
{
    int status = -1;
    CHECK_EQUAL(child, waitpid(child, &status, 0));
    return status;
}

uint64_t api_milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}
#endif

int api_main(int count, char **arguments, void (*tests)(void))
{
    if (count != 2)
        return 2;
    api_log_to(NULL);
    api_module = api_load(arguments[1]);
    tests();
    api_unload(api_module);
    return failed_checks == 0 ? 0 : 1;
}

void api_begin(void)
{
    fake_create(&agent);
    fake_start(&agent);
    CHECK_EQUAL(CKR_OK, p11->C_Initialize(NULL));
}

void api_end(void)
{
    CHECK_EQUAL(CKR_OK, p11->C_Finalize(NULL));
    fake_stop(&agent);
    fake_destroy(&agent);
}

CK_ULONG api_slots_with_token(void)
{
    CK_ULONG count = 99;
    CHECK_EQUAL(CKR_OK, p11->C_GetSlotList(CK_TRUE, NULL, &count));
    return count;
}

void api_look(void)
{
    CK_SLOT_INFO info = {.flags = 0};
    CHECK_EQUAL(CKR_OK, p11->C_GetSlotInfo(0, &info));
    CHECK((info.flags & CKF_TOKEN_PRESENT) != 0);
}

CK_SESSION_HANDLE api_open(void)
{
    CK_SESSION_HANDLE session = 0;
    REQUIRE(p11->C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &session) == CKR_OK);
    return session;
}

CK_SESSION_HANDLE api_open_logged_in(void)
{
    CK_SESSION_HANDLE session = api_open();
    REQUIRE(p11->C_Login(session, CKU_USER, PIN, PIN_LENGTH) == CKR_OK);
    return session;
}

CK_ULONG api_count(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG count)
{
    CK_OBJECT_HANDLE found[64];
    CK_ULONG number = 0;
    CHECK_EQUAL(CKR_OK, p11->C_FindObjectsInit(session, template, count));
    CHECK_EQUAL(CKR_OK, p11->C_FindObjects(session, found, 64, &number));
    CHECK_EQUAL(CKR_OK, p11->C_FindObjectsFinal(session));
    return number;
}

CK_OBJECT_HANDLE api_find(CK_SESSION_HANDLE session, CK_OBJECT_CLASS class, const char *label)
{
    CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof class},
                               {CKA_LABEL, (void *)label, (CK_ULONG)strlen(label)}};
    CK_OBJECT_HANDLE found[2];
    CK_ULONG number = 0;
    REQUIRE(p11->C_FindObjectsInit(session, template, 2) == CKR_OK);
    REQUIRE(p11->C_FindObjects(session, found, 2, &number) == CKR_OK);
    REQUIRE(p11->C_FindObjectsFinal(session) == CKR_OK);
    REQUIRE(number == 1);
    return found[0];
}

CK_RV api_sign_ecdsa(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
    CK_MECHANISM mechanism = {CKM_ECDSA, NULL, 0};
    CK_BYTE digest[32] = {0, 1, 2};
    CK_BYTE signature[64];
    CK_ULONG length = sizeof signature;
    CK_RV rv = p11->C_SignInit(session, &mechanism, key);
    if (rv != CKR_OK)
        return rv;
    rv = p11->C_Sign(session, digest, sizeof digest, signature, &length);
    if (rv == CKR_OK) {
        CHECK_EQUAL(64, length);
        CHECK(memcmp(signature, digest, 32) == 0 && memcmp(signature + 32, digest, 32) == 0);
    }
    return rv;
}

void *api_wait_for_event(void *rv)
{
    CK_SLOT_ID slot = 99;
    *(CK_RV *)rv = p11->C_WaitForSlotEvent(0, &slot, NULL);
    return NULL;
}

void *api_sign_once(void *rv)
{
    CK_SESSION_HANDLE session = api_open_logged_in();
    *(CK_RV *)rv = api_sign_ecdsa(session, api_find(session, CKO_PRIVATE_KEY, "Signer EC"));
    return NULL;
}

void api_start_waiting(pthread_t *thread, CK_RV *rv)
{
    int before = fake_calls(&agent, RS_VERB_WAIT);
    REQUIRE(pthread_create(thread, NULL, api_wait_for_event, rv) == 0);
    REQUIRE(fake_wait_calls(&agent, RS_VERB_WAIT, before + 1));
}

void api_begin_logged_in(void)
{
    api_begin();
    api_session = api_open_logged_in();
    api_key = api_find(api_session, CKO_PRIVATE_KEY, "Signer EC");
    api_public_key = api_find(api_session, CKO_PUBLIC_KEY, "Signer EC");
}

CK_RV api_call_list(void)
{
    CK_TOKEN_INFO token;
    return p11->C_GetTokenInfo(0, &token);
}

CK_RV api_call_login(void)
{
    return p11->C_Login(api_session, CKU_USER, PIN, PIN_LENGTH);
}

CK_RV api_call_logout(void)
{
    return p11->C_Logout(api_session);
}

CK_RV api_call_sign(void)
{
    return api_sign_ecdsa(api_session, api_key);
}

CK_RV api_call_verify(void)
{
    CK_MECHANISM mechanism = {CKM_ECDSA, NULL, 0};
    CK_BYTE digest[32] = {7};
    CK_BYTE signature[64] = {7};
    signature[32] = 7;
    CK_RV rv = p11->C_VerifyInit(api_session, &mechanism, api_public_key);
    return rv != CKR_OK ? rv : p11->C_Verify(api_session, digest, sizeof digest, signature, 64);
}
