/* The key storage provider in programs with several threads: handles that are shared, and given
 * back while others use them. usage: ksp_thread_test remotesigning-ksp.dll */
#include "ksp_api.h"

#include <stdlib.h>

enum { THREADS = 4, ROUNDS = 40, KEYS = 3 };

static NCRYPT_PROV_HANDLE provider;
static NCRYPT_KEY_HANDLE key;
static void *state;
static volatile LONG wrong;
static volatile LONG listed;
static volatile LONG done;
static volatile LONG ready;
static volatile LONG going;

static bool is_any(SECURITY_STATUS status, SECURITY_STATUS one, SECURITY_STATUS other)
{
    return status == one || status == other;
}

static void expect(bool right)
{
    if (!right)
        (void)InterlockedIncrement(&wrong);
}

/* Has threads do the same while this one does something else. */
static void run_threads(DWORD WINAPI (*work)(void *), void (*meanwhile)(void))
{
    HANDLE threads[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        threads[i] = CreateThread(NULL, 0, work, NULL, 0, NULL);
        REQUIRE(threads[i] != NULL);
    }
    while (ready < THREADS)
        SwitchToThread();
    (void)InterlockedExchange(&going, 1);
    if (meanwhile != NULL)
        meanwhile();
    (void)WaitForMultipleObjects(THREADS, threads, TRUE, INFINITE);
    for (size_t i = 0; i < THREADS; i++)
        (void)CloseHandle(threads[i]);
    CHECK_EQUAL(0, wrong);
    wrong = ready = going = 0;
}

/* Until all threads are there: what follows is then done at the same moment. */
static void get_ready(void)
{
    (void)InterlockedIncrement(&ready);
    while (going == 0)
        SwitchToThread();
}

static DWORD WINAPI sign_often(void *argument)
{
    (void)argument;
    get_ready();
    for (int i = 0; i < 50; i++) {
        BYTE own[64];
        DWORD length = 0;
        NCRYPT_KEY_HANDLE mine = 0;
        expect(ksp->OpenKey(provider, &mine, P256_NAME, 0, 0) == ERROR_SUCCESS);
        expect(ksp->SignHash(provider, mine, NULL, digest, 32, own, 64, &length, 0) ==
                   ERROR_SUCCESS &&
               memcmp(own, digest, 32) == 0);
        expect(ksp->FreeKey(provider, mine) == ERROR_SUCCESS);
    }
    return 0;
}

static void threads_sign_together(void)
{
    begin(RS_LOGIN_PROTECTED);
    provider = open_provider();
    run_threads(sign_often, NULL);
    ksp->FreeProvider(provider);
    pipe_agent_stop();
}

static DWORD WINAPI list_rest(void *argument)
{
    SECURITY_STATUS status = ERROR_SUCCESS;
    (void)argument;
    get_ready();
    while (status == ERROR_SUCCESS) {
        NCryptKeyName *name = NULL;
        void *own = state;
        status = ksp->EnumKeys(provider, NULL, &name, &own, 0);
        expect(own == state);
        if (status == ERROR_SUCCESS) {
            (void)InterlockedIncrement(&listed);
            expect(ksp->FreeBuffer(name) == ERROR_SUCCESS);
        }
    }
    /* The state may have been given back by now. */
    expect(is_any(status, NTE_NO_MORE_ITEMS, NTE_INVALID_PARAMETER));
    return 0;
}

static void begin_enumeration(void)
{
    NCryptKeyName *name = NULL;
    state = NULL;
    listed = 1;
    REQUIRE(ksp->EnumKeys(provider, NULL, &name, &state, 0) == ERROR_SUCCESS);
    CASE(ERROR_SUCCESS, ksp->FreeBuffer(name));
}

/* However many threads go through it, each key is told once. */
static void one_enumeration_serves_threads(void)
{
    begin(RS_LOGIN_PROTECTED);
    provider = open_provider();
    for (int i = 0; i < ROUNDS; i++) {
        begin_enumeration();
        run_threads(list_rest, NULL);
        CHECK_EQUAL(KEYS, listed);
        CASE(ERROR_SUCCESS, ksp->FreeBuffer(state));
    }
    ksp->FreeProvider(provider);
    pipe_agent_stop();
}

static void free_state(void)
{
    CASE(ERROR_SUCCESS, ksp->FreeBuffer(state));
}

static void enumerations_end_under_their_users(void)
{
    begin(RS_LOGIN_PROTECTED);
    provider = open_provider();
    for (int i = 0; i < ROUNDS; i++) {
        begin_enumeration();
        run_threads(list_rest, free_state);
        CHECK(listed >= 1 && listed <= KEYS);
    }
    ksp->FreeProvider(provider);
    pipe_agent_stop();
}

/* Signs with the shared key until it is gone: right, or refused. */
static DWORD WINAPI sign_until_gone(void *argument)
{
    SECURITY_STATUS status = ERROR_SUCCESS;
    (void)argument;
    get_ready();
    while (status == ERROR_SUCCESS) {
        BYTE own[64];
        DWORD length = 0;
        status = ksp->SignHash(provider, key, NULL, digest, 32, own, 64, &length, 0);
        expect(is_any(status, ERROR_SUCCESS, NTE_INVALID_HANDLE));
        expect(status != ERROR_SUCCESS || (length == 64 && memcmp(own, digest, 32) == 0));
        (void)InterlockedIncrement(&done);
    }
    return 0;
}

static void wait_for_a_few(void)
{
    LONG enough = done + THREADS;
    while (done < enough)
        SwitchToThread();
}

static void free_key(void)
{
    wait_for_a_few();
    CASE(ERROR_SUCCESS, ksp->FreeKey(provider, key));
}

static void free_provider(void)
{
    wait_for_a_few();
    CASE(ERROR_SUCCESS, ksp->FreeProvider(provider));
}

static void keys_are_freed_under_their_users(void)
{
    begin(RS_LOGIN_PROTECTED);
    provider = open_provider();
    for (int i = 0; i < ROUNDS / 4; i++) {
        key = open_key(provider, P256_NAME);
        run_threads(sign_until_gone, free_key);
    }
    ksp->FreeProvider(provider);
    pipe_agent_stop();
}

/* The last provider goes while its key is used: the key lives until it is freed. */
static void providers_are_freed_under_their_users(void)
{
    begin(RS_LOGIN_PROTECTED);
    for (int i = 0; i < ROUNDS / 4; i++) {
        provider = open_provider();
        key = open_key(provider, P256_NAME);
        run_threads(sign_until_gone, free_provider);
        CASE(ERROR_SUCCESS, ksp->FreeKey(provider, key));
        CASE(NTE_INVALID_HANDLE, ksp->FreeKey(provider, key));
    }
    pipe_agent_stop();
}

static DWORD WINAPI set_and_get(void *argument)
{
    static const wchar_t text[] = L"the same from everybody";
    (void)argument;
    get_ready();
    for (int i = 0; i < 200; i++) {
        wchar_t found[64] = L"";
        DWORD length = 0;
        expect(ksp->SetKeyProperty(provider, key, NCRYPT_USE_CONTEXT_PROPERTY, (BYTE *)text,
                                   sizeof text, 0) == ERROR_SUCCESS);
        expect(ksp->GetKeyProperty(provider, key, NCRYPT_USE_CONTEXT_PROPERTY, (BYTE *)found,
                                   sizeof found, &length, 0) == ERROR_SUCCESS &&
               length == sizeof text && memcmp(found, text, sizeof text) == 0);
    }
    return 0;
}

static void settings_are_set_by_threads(void)
{
    begin(RS_LOGIN_PROTECTED);
    provider = open_provider();
    key = open_key(provider, P256_NAME);
    run_threads(set_and_get, NULL);
    CASE(ERROR_SUCCESS, ksp->FreeKey(provider, key));
    ksp->FreeProvider(provider);
    pipe_agent_stop();
}

int main(int count, char **arguments)
{
    HMODULE library = count == 2 ? ksp_load(arguments[1]) : NULL;
    REQUIRE(library != NULL);
    RUN(threads_sign_together);
    RUN(one_enumeration_serves_threads);
    RUN(enumerations_end_under_their_users);
    RUN(keys_are_freed_under_their_users);
    RUN(providers_are_freed_under_their_users);
    RUN(settings_are_set_by_threads);
    CHECK(FreeLibrary(library));
    return ksp_result();
}
