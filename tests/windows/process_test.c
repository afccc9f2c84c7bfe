/* Processes: many at once, some that end in the middle of a call, libraries that are unloaded and
 * loaded again, and a pipe that belongs to somebody else.
 * usage: process_test remotesigning-pkcs11.dll remotesigning-ksp.dll */
#include "api.h"
#include "api_clock.h"
#include "children.h"
#include "fake_pipe.h"
#include "ncrypt_provider.h"

#include <windows.h>

enum { MANY = 200 };

static char *libraries[2];

/* ---- one program of each interface ---- */

static RS_KEY_STORAGE_FUNCTION_TABLE *ksp;
static NCRYPT_PROV_HANDLE provider;
static NCRYPT_KEY_HANDLE key;

static void *ksp_open(const char *path)
{
    HMODULE library = LoadLibraryA(path);
    REQUIRE(library != NULL);
    SECURITY_STATUS(WINAPI * get)
    (LPCWSTR, RS_KEY_STORAGE_FUNCTION_TABLE **, DWORD) =
        (void *)GetProcAddress(library, "GetKeyStorageInterface");
    REQUIRE(get != NULL && get(L"any", &ksp, 0) == ERROR_SUCCESS);
    REQUIRE(ksp->OpenProvider(&provider, L"any", 0) == ERROR_SUCCESS);
    return library;
}

static bool ksp_list(void)
{
    NCryptKeyName *name = NULL;
    void *state = NULL;
    int count = 0;
    while (ksp->EnumKeys(provider, NULL, &name, &state, 0) == ERROR_SUCCESS) {
        count++;
        (void)ksp->FreeBuffer(name);
    }
    (void)ksp->FreeBuffer(state);
    return count == FAKE_CREDENTIALS &&
           ksp->OpenKey(provider, &key, L"Signer EC [69642d6f]", 0, 0) == ERROR_SUCCESS;
}

static bool ksp_sign(void)
{
    BYTE digest[32] = {1, 2, 3};
    BYTE signature[64];
    DWORD length = 0;
    return ksp->SignHash(provider, key, NULL, digest, 32, signature, 64, &length, 0) ==
               ERROR_SUCCESS &&
           memcmp(signature, digest, 32) == 0;
}

static void *p11_open(const char *path)
{
    void *module = api_load(path);
    REQUIRE(p11->C_Initialize(NULL) == CKR_OK);
    return module;
}

static bool p11_list(void)
{
    if (p11->C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &api_session) != CKR_OK ||
        api_count(api_session, NULL, 0) < 3 * FAKE_CREDENTIALS)
        return false;
    api_key = api_find(api_session, CKO_PRIVATE_KEY, "Signer EC");
    return true;
}

static bool p11_sign(void)
{
    return api_call_sign() == CKR_OK;
}

static const struct interface {
    const char *name;
    void *(*open)(const char *path);
    bool (*list)(void);
    bool (*sign)(void);
} interfaces[] = {{"PKCS#11", p11_open, p11_list, p11_sign}, {"KSP", ksp_open, ksp_list, ksp_sign}};

/* ---- children ---- */

static DWORD WINAPI sign_in_thread(void *argument)
{
    const struct interface *each = argument;
    (void)each->sign();
    return 0;
}

/* `what`: "sign" lists and signs, all at the same moment; "leave" ends while it signs. */
static int run_child(const char *what, const struct interface *each, const char *library)
{
    api_clock_stop(); /* how fast this machine can do all that is not the question */
    api_clock_take(each->open(library));
    if (strcmp(what, "leave") == 0) {
        REQUIRE(each->list());
        REQUIRE(CreateThread(NULL, 0, sign_in_thread, (void *)each, 0, NULL) != NULL);
    }
    child_ready();
    if (strcmp(what, "leave") == 0)
        ExitProcess(7);
    return each->list() && each->sign() && each->sign() ? 0 : 1;
}

static void start_child(child *made, const char *what, size_t interface)
{
    char arguments[2 * MAX_PATH];
    snprintf(arguments, sizeof arguments, "%s %zu \"%s\"", what, interface, libraries[interface]);
    child_start(made, arguments);
}

static void begin(void)
{
    fake_create(&agent);
    agent.script.mode = RS_LOGIN_AGENT;
    fake_start(&agent);
    children_hold();
}

static void end(void)
{
    fake_stop(&agent);
    fake_destroy(&agent);
}

/* ---- the tests ---- */

static void many_list_and_sign_at_once(void)
{
    static child children[MANY];
    begin();
    for (size_t i = 0; i < MANY; i++)
        start_child(&children[i], "sign", i % 2);
    children_await_ready(MANY);
    children_go();
    for (size_t i = 0; i < MANY; i++)
        CHECK_EQUAL(0, child_await_end(&children[i]));
    CHECK_EQUAL(2 * MANY, fake_calls(&agent, RS_VERB_SIGN));
    CHECK(fake_wait_open(&agent, 0)); /* nothing of them is left */
    end();
}

/* A process ends, by itself or by force, while the agent has its request: it is gone at once, and
 * the agent serves others. */
static void check_leaving(size_t interface, bool by_force)
{
    child leaving;
    child other;
    begin();
    fake_hold(&agent, RS_VERB_SIGN);
    start_child(&leaving, "leave", interface);
    children_await_ready(1);
    CHECK(fake_wait_calls(&agent, RS_VERB_SIGN, 1));
    if (by_force)
        REQUIRE(TerminateProcess(leaving.process.hProcess, 7));
    else
        children_go();
    CHECK_EQUAL(7, child_await_end(&leaving));
    fake_hold(&agent, 0);
    CHECK(fake_wait_open(&agent, 0));
    start_child(&other, "sign", interface);
    children_await_ready(1);
    children_go();
    CHECK_EQUAL(0, child_await_end(&other));
    end();
}

static void processes_may_end_during_a_call(void)
{
    for (size_t i = 0; i < 2; i++) {
        check_leaving(i, false);
        check_leaving(i, true);
    }
}

/* As programs do that look for plug-ins. Keys and providers that are still open do no harm. */
static void libraries_may_be_unloaded_and_loaded_again(void)
{
    begin();
    for (int i = 0; i < 20; i++) {
        void *module = p11_open(libraries[0]);
        CHECK(p11_list() && p11_sign());
        CHECK_EQUAL(CKR_OK, p11->C_Finalize(NULL));
        CHECK(FreeLibrary(module));
        CHECK(GetModuleHandleA("remotesigning-pkcs11.dll") == NULL);
        void *library = ksp_open(libraries[1]);
        CHECK(ksp_list() && ksp_sign());
        CHECK_EQUAL(ERROR_SUCCESS, ksp->FreeKey(provider, key));
        CHECK_EQUAL(ERROR_SUCCESS, ksp->FreeProvider(provider));
        CHECK(FreeLibrary(library));
        CHECK(GetModuleHandleA("remotesigning-ksp.dll") == NULL);
        CHECK(fake_wait_open(&agent, 0));
    }
    void *library = ksp_open(libraries[1]);
    CHECK(ksp_list() && ksp_sign());
    NCRYPT_PROV_HANDLE before = provider;
    NCRYPT_KEY_HANDLE key_before = key;
    CHECK(FreeLibrary(library));
    library = ksp_open(libraries[1]);
    CHECK(ksp_list() && ksp_sign());
    CHECK(before == provider || ksp->FreeProvider(before) == NTE_INVALID_HANDLE);
    CHECK(key_before == key || ksp->FreeKey(provider, key_before) == NTE_INVALID_HANDLE);
    CHECK_EQUAL(ERROR_SUCCESS, ksp->FreeKey(provider, key));
    CHECK_EQUAL(ERROR_SUCCESS, ksp->FreeProvider(provider));
    CHECK(FreeLibrary(library));
    end();
}

/* To such a pipe not a byte is sent. */
static void check_no_agent_on_pipe_with(const char **property, const char *value)
{
    CK_TOKEN_INFO token;
    NCRYPT_KEY_HANDLE none = 0;
    *property = value;
    begin();
    void *module = p11_open(libraries[0]);
    void *library = ksp_open(libraries[1]);
    CHECK_EQUAL(CKR_TOKEN_NOT_PRESENT, p11->C_GetTokenInfo(0, &token));
    CHECK_EQUAL((DWORD)NTE_DEVICE_NOT_READY,
                (DWORD)ksp->OpenKey(provider, &none, L"Signer EC [69642d6f]", 0, 0));
    CHECK(fake_wait_accepted(&agent, 2));
    CHECK(fake_wait_open(&agent, 0));
    CHECK_EQUAL(0, fake_calls(&agent, RS_VERB_HELLO));
    fake_stop(&agent);
    *property = NULL;
    fake_start(&agent);
    CHECK(p11_list() && p11_sign());
    CHECK(ksp_list() && ksp_sign());
    CHECK_EQUAL(ERROR_SUCCESS, ksp->FreeKey(provider, key));
    CHECK_EQUAL(ERROR_SUCCESS, ksp->FreeProvider(provider));
    CHECK_EQUAL(CKR_OK, p11->C_Finalize(NULL));
    CHECK(FreeLibrary(library) && FreeLibrary(module));
    end();
}

/* Who answers on the published name is another user ... */
static void somebody_elses_pipe_is_no_agent(void)
{
    check_no_agent_on_pipe_with(&fake_pipe_owner, "SY");
}

/* ... or the same one in a sandbox, who knows the name that a killed agent left behind. */
static void pipe_of_a_sandbox_is_no_agent(void)
{
    check_no_agent_on_pipe_with(&fake_pipe_level, "LW");
}

static bool is_wine(void)
{
    return GetProcAddress(GetModuleHandleA("ntdll.dll"), "wine_get_version") != NULL;
}

int main(int count, char **arguments)
{
    if (count == 6) {
        size_t interface = (size_t)strtoul(arguments[2], NULL, 10);
        child_begin(arguments[4], arguments[5]);
        return run_child(arguments[1], &interfaces[interface], arguments[3]);
    }
    REQUIRE(count == 3);
    children_prepare(MANY);
    libraries[0] = arguments[1];
    libraries[1] = arguments[2];
    if (getenv("REMOTESIGNING_LOG") == NULL)
        api_log_to(NULL);
    if (is_wine())
        RUN(somebody_elses_pipe_is_no_agent);
    else
        fprintf(stderr, "left out: Windows lets nobody make a pipe that another user owns\n");
    RUN(pipe_of_a_sandbox_is_no_agent);
    RUN(libraries_may_be_unloaded_and_loaded_again);
    RUN(processes_may_end_during_a_call);
    RUN(many_list_and_sign_at_once);
    fprintf(stderr, "%d failed checks\n", (int)failed_checks);
    return failed_checks == 0 ? 0 : 1;
}
