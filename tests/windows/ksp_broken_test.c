/* As native/broken_test.c, for the key storage provider: an agent that ends, or answers what the
 * protocol does not allow, at every point of every call. usage: ksp_broken_test
 * remotesigning-ksp.dll
 */
#include "fake_agent.h"
#include "fake_change.h"
#include "ncrypt_provider.h"
#include "test.h"

#include <windows.h>

#define NAME L"Signer EC [69642d6f]"

static RS_KEY_STORAGE_FUNCTION_TABLE *ksp;
static fake_agent agent;
static NCRYPT_PROV_HANDLE provider;
static NCRYPT_KEY_HANDLE key;
static BYTE digest[32] = {1, 2, 3};
static const char *what; /* for messages */
static size_t where;

static void expect(SECURITY_STATUS expected, SECURITY_STATUS actual)
{
    if (expected != actual)
        fprintf(stderr, "%s, %zu: ", what, where);
    CHECK_EQUAL((DWORD)expected, (DWORD)actual);
}

/* ---- the calls ---- */

static SECURITY_STATUS call_open(void)
{
    NCRYPT_KEY_HANDLE opened = 0;
    SECURITY_STATUS status = ksp->OpenKey(provider, &opened, NAME, 0, 0);
    CHECK((status == ERROR_SUCCESS) == (opened != 0));
    if (status == ERROR_SUCCESS)
        CHECK_EQUAL(ERROR_SUCCESS, ksp->FreeKey(provider, opened));
    return status;
}

static SECURITY_STATUS call_login(void)
{
    return ksp->SetProviderProperty(provider, NCRYPT_PIN_PROPERTY, (PBYTE)L"12345678", 18, 0);
}

static SECURITY_STATUS call_sign(void)
{
    BYTE signature[64] = {0xee};
    DWORD length = 99;
    SECURITY_STATUS status =
        ksp->SignHash(provider, key, NULL, digest, 32, signature, 64, &length, 0);
    if (status == ERROR_SUCCESS)
        CHECK(length == 64 && memcmp(signature, digest, 32) == 0 &&
              memcmp(signature + 32, digest, 32) == 0);
    else
        CHECK(length == 99 && signature[0] == 0xee); /* nothing is written */
    return status;
}

static SECURITY_STATUS call_verify(void)
{
    BYTE signature[64];
    memcpy(signature, digest, 32);
    memcpy(signature + 32, digest, 32);
    return ksp->VerifySignature(provider, key, NULL, digest, 32, signature, 64, 0);
}

static const struct verb_case {
    const char *name;
    rs_verb verb;
    SECURITY_STATUS (*call)(void);
    bool repeated; /* asked again on a new connection, when the connection broke */
} verbs[] = {
    {"HELLO", RS_VERB_HELLO, call_open, false},    {"LIST", RS_VERB_LIST, call_open, true},
    {"LOGIN", RS_VERB_LOGIN, call_login, false},   {"SIGN", RS_VERB_SIGN, call_sign, false},
    {"VERIFY", RS_VERB_VERIFY, call_verify, true},
};
enum { VERBS = sizeof verbs / sizeof verbs[0] };

static void set_fault(const struct verb_case *each, fake_fault kind, int times)
{
    fake_lock(&agent);
    memset(agent.script.fault, 0, sizeof agent.script.fault);
    agent.script.fault[each->verb] = kind;
    agent.script.faults_left = times;
    fake_unlock(&agent);
}

static void set_cut(size_t cut)
{
    fake_lock(&agent);
    agent.script.cut = cut;
    fake_unlock(&agent);
}

static void begin(void)
{
    fake_create(&agent);
    agent.script.mode = RS_LOGIN_AGENT;
    fake_start(&agent);
    REQUIRE(ksp->OpenProvider(&provider, L"any", 0) == ERROR_SUCCESS);
    REQUIRE(ksp->OpenKey(provider, &key, NAME, 0, 0) == ERROR_SUCCESS);
}

static void end(void)
{
    CHECK_EQUAL(ERROR_SUCCESS, ksp->FreeKey(provider, key));
    CHECK_EQUAL(ERROR_SUCCESS, ksp->FreeProvider(provider));
    fake_stop(&agent);
    fake_destroy(&agent);
}

/* Connected, except for HELLO, which comes first on a new connection. */
static void get_ready(const struct verb_case *each)
{
    what = each->name;
    if (each->verb == RS_VERB_HELLO) {
        fake_stop(&agent);
        fake_start(&agent);
    } else {
        expect(ERROR_SUCCESS, call_open());
    }
}

/* The call fails, and is right again when the agent is. `times`: how often the agent errs, -1 =
 * always. */
static void check_fault(const struct verb_case *each, fake_fault kind, int times, bool readable)
{
    bool asks_again = each->repeated && !readable;
    get_ready(each);
    set_fault(each, kind, times);
    int before = fake_calls(&agent, each->verb);
    expect(asks_again && times == 1 ? ERROR_SUCCESS : NTE_DEVICE_NOT_READY, each->call());
    CHECK_EQUAL(before + (asks_again ? 2 : 1), fake_calls(&agent, each->verb));
    set_fault(each, FAKE_NO_FAULT, 0);
    expect(ERROR_SUCCESS, each->call());
    expect(ERROR_SUCCESS, call_sign());
}

/* ---- the tests ---- */

static void an_agent_may_die_at_any_point(void)
{
    begin();
    for (size_t i = 0; i < VERBS; i++) {
        get_ready(&verbs[i]);
        expect(ERROR_SUCCESS, verbs[i].call());
        size_t length = agent.last_answer;
        where = SIZE_MAX;
        check_fault(&verbs[i], FAKE_CLOSE, -1, false);
        check_fault(&verbs[i], FAKE_CLOSE, 1, false);
        for (where = 0; where < length; where += fake_next_cut(where, length)) {
            set_cut(where);
            check_fault(&verbs[i], FAKE_CUT, -1, false);
            check_fault(&verbs[i], FAKE_CUT, 1, false);
        }
    }
    end();
}

static void an_agent_may_die_between_calls(void)
{
    begin();
    for (size_t i = 0; i < VERBS; i++) {
        what = verbs[i].name;
        fake_stop(&agent);
        expect(NTE_DEVICE_NOT_READY, verbs[i].call());
        fake_start(&agent);
        expect(ERROR_SUCCESS, verbs[i].call());
    }
    end();
}

static void nonsense_is_refused_in_every_answer(void)
{
    begin();
    for (size_t i = 0; i < VERBS; i++) {
        for (where = 0; where < FAKE_CHANGES; where++) {
            fake_lock(&agent);
            agent.script.change = fake_changes[where].change;
            fake_unlock(&agent);
            check_fault(&verbs[i], FAKE_CHANGE, -1, !fake_changes[where].unreadable);
        }
    }
    end();
}

static size_t unknown_problem(uint8_t *frame, size_t length)
{
    (void)length;
    return fake_problem_with_message(frame, 99, 0);
}

static void an_unknown_problem_is_an_error_and_no_more(void)
{
    begin();
    fake_lock(&agent);
    agent.script.change = unknown_problem;
    fake_unlock(&agent);
    for (size_t i = 0; i < VERBS; i++) {
        get_ready(&verbs[i]);
        set_fault(&verbs[i], FAKE_CHANGE, -1);
        expect(verbs[i].verb == RS_VERB_HELLO ? NTE_DEVICE_NOT_READY : NTE_INTERNAL_ERROR,
               verbs[i].call());
        set_fault(&verbs[i], FAKE_NO_FAULT, 0);
        expect(ERROR_SUCCESS, verbs[i].call());
    }
    end();
}

int main(int count, char **arguments)
{
    HMODULE library = count == 2 ? LoadLibraryA(arguments[1]) : NULL;
    REQUIRE(library != NULL && SetEnvironmentVariableA("REMOTESIGNING_LOG", "NUL"));
    SECURITY_STATUS(WINAPI * get)
    (LPCWSTR, RS_KEY_STORAGE_FUNCTION_TABLE **, DWORD) =
        (void *)GetProcAddress(library, "GetKeyStorageInterface");
    REQUIRE(get != NULL && get(L"any", &ksp, 0) == ERROR_SUCCESS);
    RUN(an_agent_may_die_at_any_point);
    RUN(an_agent_may_die_between_calls);
    RUN(nonsense_is_refused_in_every_answer);
    RUN(an_unknown_problem_is_an_error_and_no_more);
    CHECK(FreeLibrary(library));
    fprintf(stderr, "%d failed checks\n", (int)failed_checks);
    return failed_checks == 0 ? 0 : 1;
}
