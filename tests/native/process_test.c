/* What happens to the process around the module: descriptors, late exit handlers, unloading. */
#include "api.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *module_path;

/* ---- initialize and finalize ---- */

static CK_RV create_mutex(void **mutex)
{
    *mutex = NULL;
    return CKR_OK;
}

static CK_RV use_mutex(void *mutex)
{
    (void)mutex;
    return CKR_OK;
}

static void initialize_checks_its_arguments(void)
{
    CK_C_INITIALIZE_ARGS none = {0};
    CK_C_INITIALIZE_ARGS system = {.flags = CKF_OS_LOCKING_OK | CKF_LIBRARY_CANT_CREATE_OS_THREADS};
    CK_C_INITIALIZE_ARGS own = {create_mutex, use_mutex, use_mutex, use_mutex, 0, NULL};
    CK_C_INITIALIZE_ARGS either = {create_mutex, use_mutex,         use_mutex,
                                   use_mutex,    CKF_OS_LOCKING_OK, NULL};
    CK_C_INITIALIZE_ARGS half = {create_mutex, NULL, use_mutex, use_mutex, CKF_OS_LOCKING_OK, NULL};
    CK_C_INITIALIZE_ARGS reserved = {.flags = CKF_OS_LOCKING_OK, .pReserved = &none};
    CK_C_INITIALIZE_ARGS *const good[] = {NULL, &none, &system, &own, &either};
    for (size_t i = 0; i < 5; i++) {
        CHECK_EQUAL(CKR_OK, p11->C_Initialize(good[i]));
        CHECK_EQUAL(CKR_CRYPTOKI_ALREADY_INITIALIZED, p11->C_Initialize(good[i]));
        CHECK_EQUAL(CKR_ARGUMENTS_BAD, p11->C_Finalize(&none));
        CHECK_EQUAL(CKR_OK, p11->C_Finalize(NULL));
        CHECK_EQUAL(CKR_CRYPTOKI_NOT_INITIALIZED, p11->C_Finalize(NULL));
    }
    CHECK_EQUAL(CKR_ARGUMENTS_BAD, p11->C_Initialize(&half));
    CHECK_EQUAL(CKR_ARGUMENTS_BAD, p11->C_Initialize(&reserved));
    CHECK_EQUAL(CKR_CRYPTOKI_NOT_INITIALIZED, p11->C_Finalize(NULL));
}

static void finalize_forgets_sessions(void)
{
    CK_SESSION_INFO info;
    api_begin();
    CK_SESSION_HANDLE session = api_open_logged_in();
    CHECK_EQUAL(CKR_OK, p11->C_Finalize(NULL));
    CHECK_EQUAL(CKR_OK, p11->C_Initialize(NULL));
    CHECK_EQUAL(CKR_SESSION_HANDLE_INVALID, p11->C_GetSessionInfo(session, &info));
    api_end();
}

/* ---- descriptors ---- */

enum { FIRST = 3, LAST = 40 };

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

/* A program that starts without standard streams, and one that closes every descriptor it does not
 * know and opens files of its own: both in a child, whose descriptors are its own. */
static int with_careless_descriptors(void)
{
    int before = failed_checks;
    close(STDIN_FILENO);
    CHECK_EQUAL(CKR_OK, p11->C_Initialize(NULL));
    CK_SESSION_HANDLE session = api_open();
    CK_OBJECT_HANDLE key = api_find(session, CKO_PRIVATE_KEY, "Signer EC");
    CHECK(!is_open(STDIN_FILENO));
    for (int fd = FIRST; fd < LAST; fd++)
        close(fd);
    REQUIRE(open("/dev/null", O_RDWR) == STDIN_FILENO);
    for (int fd = FIRST; fd < LAST; fd++)
        REQUIRE(open("/dev/null", O_RDWR) == fd);
    CHECK_EQUAL(CKR_OK, api_sign_ecdsa(session, key));
    CHECK_EQUAL(CKR_OK, p11->C_Finalize(NULL));
    for (int fd = FIRST; fd < LAST; fd++)
        CHECK(is_open(fd)); /* the program's files, under numbers that were the module's */
    return failed_checks == before ? 0 : 1;
}

static void descriptors_of_the_program_are_left_alone(void)
{
    api_begin();
    SCRIPT(mode = RS_LOGIN_AGENT);
    pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0)
        _exit(with_careless_descriptors());
    CHECK_EQUAL(0, api_status_of(child));
    api_end();
}

/* ---- exit and unloading ---- */

/* In a process of their own, by this program run again. Such a process leaves behind what it is
 * about: sanitizers are told not to count that. */
static void run_apart(const char *part)
{
    pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
        setenv("TSAN_OPTIONS", "report_thread_leaks=0", 1);
        execl("/proc/self/exe", "process_test", module_path, part, (char *)NULL);
        _exit(127);
    }
    CHECK_EQUAL(0, api_status_of(child));
}

static void late_calls(void)
{
    CK_ULONG count = 0;
    if (p11->C_GetSlotList(CK_TRUE, NULL, &count) != CKR_OK || count != 1 ||
        p11->C_CloseAllSessions(0) != CKR_OK || p11->C_Finalize(NULL) != CKR_OK ||
        p11->C_Finalize(NULL) != CKR_CRYPTOKI_NOT_INITIALIZED)
        _exit(1);
    unlink(agent.place.path);
    rmdir(agent.place.folder);
}

/* NSS closes sessions and finalizes in an exit handler that may run after the module's own. */
static int late_exit(void)
{
    atexit(late_calls); /* registered before the module is loaded: runs after its destructors */
    (void)api_load(module_path); /* never closed */
    fake_create(&agent);
    fake_start(&agent);
    CHECK_EQUAL(CKR_OK, p11->C_Initialize(NULL));
    (void)api_open_logged_in();
    return failed_checks == 0 ? 0 : 1;
}

static void late_calls_in_exit_handlers_work(void)
{
    run_apart("late-exit");
}

/* The agent never answers: only a process that does not wait for the call ends before the alarm. */
static int busy_exit(void)
{
    static CK_RV rv;
    pthread_t signer;
    alarm(20);
    (void)api_load(module_path);
    api_begin();
    fake_hold(&agent, RS_VERB_SIGN);
    REQUIRE(pthread_create(&signer, NULL, api_sign_once, &rv) == 0);
    REQUIRE(fake_wait_calls(&agent, RS_VERB_SIGN, 1));
    unlink(agent.place.path);
    rmdir(agent.place.folder);
    return failed_checks == 0 ? 0 : 1;
}

static void exit_does_not_wait_for_calls(void)
{
    run_apart("busy-exit");
}

static pthread_t late_waiter;
static CK_RV late_waiter_rv = CKR_GENERAL_ERROR;

static void end_wait_late(void)
{
    late_calls();
    pthread_join(late_waiter, NULL);
    if (late_waiter_rv != CKR_CRYPTOKI_NOT_INITIALIZED)
        _exit(1);
}

/* A thread waits for events while the program exits; an exit handler ends the wait, after the
 * module's own ones have run. */
static int waiting_exit(void)
{
    alarm(20);
    atexit(end_wait_late);
    (void)api_load(module_path);
    fake_create(&agent);
    fake_start(&agent);
    CHECK_EQUAL(CKR_OK, p11->C_Initialize(NULL));
    (void)api_open_logged_in();
    api_start_waiting(&late_waiter, &late_waiter_rv);
    return failed_checks == 0 ? 0 : 1;
}

static void exit_handlers_end_a_wait(void)
{
    run_apart("waiting-exit");
}

/* Also without C_Finalize: connections and fork handlers go with the module. */
static int unload(void)
{
    void *module = api_load(module_path);
    api_begin();
    (void)api_open_logged_in();
    CHECK_EQUAL(0, dlclose(module));
    CHECK(dlopen(module_path, RTLD_NOW | RTLD_NOLOAD) == NULL); /* really gone */
    CHECK(fake_wait_open(&agent, 0));
    pid_t child = fork(); /* would run handlers that are gone */
    REQUIRE(child >= 0);
    if (child == 0)
        _exit(0);
    CHECK_EQUAL(0, api_status_of(child));
    module = api_load(module_path);
    CHECK_EQUAL(CKR_OK, p11->C_Initialize(NULL));
    (void)api_open_logged_in();
    api_end();
    CHECK_EQUAL(0, dlclose(module));
    return failed_checks == 0 ? 0 : 1;
}

static void the_module_can_be_unloaded(void)
{
    run_apart("unload");
}

int main(int count, char **arguments)
{
    if (count < 2)
        return 2;
    module_path = arguments[1];
    setenv("REMOTESIGNING_LOG", "/dev/null", 1);
    if (count == 3 && strcmp(arguments[2], "unload") == 0)
        return unload();
    if (count == 3 && strcmp(arguments[2], "waiting-exit") == 0)
        return waiting_exit();
    if (count == 3)
        return strcmp(arguments[2], "late-exit") == 0 ? late_exit() : busy_exit();
    void *module = api_load(module_path);
    RUN(initialize_checks_its_arguments);
    RUN(finalize_forgets_sessions);
    RUN(descriptors_of_the_program_are_left_alone);
    RUN(late_calls_in_exit_handlers_work);
    RUN(exit_does_not_wait_for_calls);
    RUN(exit_handlers_end_a_wait);
    RUN(the_module_can_be_unloaded);
    dlclose(module);
    return failed_checks == 0 ? 0 : 1;
}
