/* What the module takes it gives back: descriptors and memory of the process stay the same over
 * thousands of rounds. The agent is another process, so that only the module's are counted. */
#include "agent_process.h"
#include "api.h"

#include <dirent.h>
#include <malloc.h>
#include <sys/resource.h>

static const char *module_path;
static const char *agent_program;
static agent_process served;

static size_t open_descriptors(void)
{
    size_t count = 0;
    DIR *all = opendir("/proc/self/fd");
    REQUIRE(all != NULL);
    while (readdir(all) != NULL)
        count++;
    closedir(all);
    return count;
}

static size_t memory_in_use(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

/* The first rounds may fill what the C library keeps; all others must leave nothing. */
static void repeat(void (*round)(void), int times)
{
    enum { FIRST_ROUNDS = 20 };
    for (int i = 0; i < FIRST_ROUNDS; i++)
        round();
    size_t descriptors = open_descriptors();
    size_t memory = memory_in_use();
    for (int i = 0; i < times; i++)
        round();
    CHECK_EQUAL(descriptors, open_descriptors());
    CHECK_EQUAL(memory, memory_in_use());
}

static void sign_in_a_session(void)
{
    CK_SESSION_HANDLE session = api_open_logged_in();
    CHECK_EQUAL(CKR_OK, api_sign_ecdsa(session, api_find(session, CKO_PRIVATE_KEY, "key-1")));
    CHECK_EQUAL(CKR_OK, p11->C_CloseSession(session));
}

static void sessions_leave_nothing(void)
{
    CHECK_EQUAL(CKR_OK, p11->C_Initialize(NULL));
    repeat(sign_in_a_session, 10000);
    CHECK_EQUAL(CKR_OK, p11->C_Finalize(NULL));
}

/* Every operation under way, and a signature that fails. */
static void begin_all(void)
{
    CK_MECHANISM rsa = {CKM_SHA256_RSA_PKCS, NULL, 0};
    CK_MECHANISM digest = {CKM_SHA256, NULL, 0};
    CK_MECHANISM ecdsa = {CKM_ECDSA, NULL, 0};
    CK_BYTE signature[64];
    CK_ULONG length = sizeof signature;
    CK_SESSION_HANDLE session = api_open_logged_in();
    CK_SESSION_HANDLE other = api_open();
    CHECK_EQUAL(CKR_OK,
                p11->C_SignInit(session, &rsa, api_find(session, CKO_PRIVATE_KEY, "key-0")));
    CHECK_EQUAL(CKR_OK,
                p11->C_VerifyInit(session, &rsa, api_find(session, CKO_PUBLIC_KEY, "key-0")));
    CHECK_EQUAL(CKR_OK, p11->C_DigestInit(session, &digest));
    CHECK_EQUAL(CKR_OK, p11->C_FindObjectsInit(session, NULL, 0));
    CHECK_EQUAL(CKR_OK, p11->C_SignInit(other, &ecdsa, api_find(other, CKO_PRIVATE_KEY, "key-1")));
    CHECK_EQUAL(CKR_DATA_LEN_RANGE, p11->C_Sign(other, (CK_BYTE *)"short", 5, signature, &length));
}

static void abandon_operations(void)
{
    begin_all();
    CHECK_EQUAL(CKR_OK, p11->C_CloseAllSessions(0));
}

static void abandoned_operations_leave_nothing(void)
{
    CHECK_EQUAL(CKR_OK, p11->C_Initialize(NULL));
    repeat(abandon_operations, 1000);
    CHECK_EQUAL(CKR_OK, p11->C_Finalize(NULL));
}

static void initialize_and_finalize(void)
{
    CHECK_EQUAL(CKR_OK, p11->C_Initialize(NULL));
    begin_all();
    CHECK_EQUAL(CKR_OK, p11->C_Finalize(NULL));
}

static void finalizing_leaves_nothing(void)
{
    repeat(initialize_and_finalize, 1000);
}

static void find_no_token(void)
{
    CK_ULONG count = 9;
    CHECK_EQUAL(CKR_OK, p11->C_GetSlotList(CK_TRUE, NULL, &count));
    CHECK_EQUAL(0, count);
}

static void an_absent_agent_costs_nothing(void)
{
    agent_process_stop(&served);
    CHECK_EQUAL(CKR_OK, p11->C_Initialize(NULL));
    repeat(find_no_token, 1000);
    CHECK_EQUAL(CKR_OK, p11->C_Finalize(NULL));
    agent_process_start(&served, agent_program);
}

static void allow_descriptors(rlim_t most)
{
    struct rlimit limit;
    REQUIRE(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = most;
    REQUIRE(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

/* A program that has used up its descriptors: no new connection, but those that there are go on. */
static void descriptors_may_run_out(void)
{
    CK_SESSION_HANDLE session;
    struct rlimit before;
    REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK_EQUAL(CKR_OK, p11->C_Initialize(NULL));
    allow_descriptors(3);
    for (int i = 0; i < 100; i++) {
        find_no_token();
        CHECK_EQUAL(CKR_TOKEN_NOT_PRESENT,
                    p11->C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &session));
    }
    allow_descriptors(before.rlim_cur);
    session = api_open_logged_in();
    CK_OBJECT_HANDLE key = api_find(session, CKO_PRIVATE_KEY, "key-1");
    allow_descriptors(3);
    CHECK_EQUAL(CKR_OK, api_sign_ecdsa(session, key));
    allow_descriptors(before.rlim_cur);
    CHECK_EQUAL(CKR_OK, p11->C_Finalize(NULL));
}

static void load_and_unload(void)
{
    void *module = api_load(module_path);
    CHECK_EQUAL(CKR_OK, p11->C_Initialize(NULL));
    sign_in_a_session();
    CHECK_EQUAL(CKR_OK, p11->C_Finalize(NULL));
    CHECK_EQUAL(0, dlclose(module));
}

/* Without C_Finalize what is in use stays behind, as when a program exits; descriptors do not. */
static void load_and_unload_carelessly(void)
{
    void *module = api_load(module_path);
    CHECK_EQUAL(CKR_OK, p11->C_Initialize(NULL));
    (void)api_open_logged_in();
    CHECK_EQUAL(0, dlclose(module));
}

static void unloading_leaves_nothing(void)
{
    repeat(load_and_unload, 100);
    CHECK(dlopen(module_path, RTLD_NOW | RTLD_NOLOAD) == NULL); /* it really went each time */
}

static void careless_unloading_leaves_no_descriptor(void)
{
    size_t before = open_descriptors();
    for (int i = 0; i < 100; i++)
        load_and_unload_carelessly();
    CHECK_EQUAL(before, open_descriptors());
}

int main(int count, char **arguments)
{
    if (count != 3)
        return 2;
    module_path = arguments[1];
    agent_program = arguments[2];
    setenv("REMOTESIGNING_LOG", "/dev/null", 1);
    agent_process_create(&served);
    agent_process_start(&served, agent_program);
    RUN(unloading_leaves_nothing);
    void *module = api_load(module_path);
    RUN(sessions_leave_nothing);
    RUN(abandoned_operations_leave_nothing);
    RUN(finalizing_leaves_nothing);
    RUN(an_absent_agent_costs_nothing);
    RUN(descriptors_may_run_out);
    dlclose(module);
    RUN(careless_unloading_leaves_no_descriptor);
    agent_process_stop(&served);
    agent_process_destroy(&served);
    return failed_checks == 0 ? 0 : 1;
}
