/* What happens to the process around the module: fork, late exit handlers, unloading. */
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

/* ---- fork ---- */

/* Runs in a child: exit code 0 when all is well. The agent's threads stay with the parent, which
 * serves the child. */
static int in_child(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
    CK_SESSION_INFO info;
    int before = failed_checks;
    CHECK_EQUAL(CKR_CRYPTOKI_NOT_INITIALIZED, p11->C_GetSessionInfo(session, &info));
    CHECK_EQUAL(CKR_CRYPTOKI_NOT_INITIALIZED, api_sign_ecdsa(session, key));
    CHECK_EQUAL(CKR_CRYPTOKI_NOT_INITIALIZED, p11->C_Finalize(NULL));
    CHECK_EQUAL(CKR_OK, p11->C_Initialize(NULL));
    CHECK_EQUAL(CKR_SESSION_HANDLE_INVALID, p11->C_GetSessionInfo(session, &info));
    CK_SESSION_HANDLE own = api_open_logged_in();
    CHECK_EQUAL(CKR_OK, api_sign_ecdsa(own, api_find(own, CKO_PRIVATE_KEY, "Signer EC")));
    CHECK_EQUAL(CKR_OK, p11->C_Finalize(NULL));
    return failed_checks == before ? 0 : 1;
}

static int wait_for(pid_t child)
{
    int status = -1;
    CHECK_EQUAL(child, waitpid(child, &status, 0));
    return status;
}

static void a_child_begins_anew(void)
{
    api_begin();
    CK_SESSION_HANDLE session = api_open_logged_in();
    CK_OBJECT_HANDLE key = api_find(session, CKO_PRIVATE_KEY, "Signer EC");
    CHECK_EQUAL(CKR_OK, api_sign_ecdsa(session, key));
    for (int i = 0; i < 3; i++) {
        pid_t child = fork();
        REQUIRE(child >= 0);
        if (child == 0)
            _exit(in_child(session, key));
        CHECK_EQUAL(CKR_OK,
                    api_sign_ecdsa(session, key)); /* at the same time, on its own connection */
        CHECK_EQUAL(0, wait_for(child));
    }
    CHECK_EQUAL(CKR_OK, api_sign_ecdsa(session, key));
    fake_lock(&agent);
    CHECK_EQUAL(4, agent.instance_count); /* each child another one */
    CHECK(agent.instances[0].logged_in);
    fake_unlock(&agent);
    api_end();
}

/* A child that never calls in holds none of its parent's connections: the parent's login ends with
 * the parent's use. */
static void a_child_keeps_no_connection_open(void)
{
    int gate[2];
    char byte = 0;
    api_begin();
    (void)api_open_logged_in();
    REQUIRE(pipe(gate) == 0);
    pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        close(gate[1]);
        _exit(read(gate[0], &byte, 1) == 0 ? 0 : 1); /* until the parent is done */
    }
    CHECK_EQUAL(CKR_OK, p11->C_Finalize(NULL));
    CHECK(fake_wait_open(&agent, 0));
    close(gate[0]);
    close(gate[1]);
    CHECK_EQUAL(0, wait_for(child));
    CHECK_EQUAL(CKR_OK, p11->C_Initialize(NULL));
    api_end();
}

static void *sign_once(void *argument)
{
    CK_RV *rv = argument;
    CK_SESSION_HANDLE session = api_open_logged_in();
    *rv = api_sign_ecdsa(session, api_find(session, CKO_PRIVATE_KEY, "Signer EC"));
    return NULL;
}

/* C_Finalize leaves a call its connection. A child that is forked meanwhile does not keep it. */
static void a_child_keeps_no_connection_of_a_call_that_outlived_finalize(void)
{
    int gate[2];
    char byte = 0;
    CK_RV rv = CKR_GENERAL_ERROR;
    pthread_t signer;
    api_begin();
    fake_hold(&agent, RS_VERB_SIGN);
    REQUIRE(pthread_create(&signer, NULL, sign_once, &rv) == 0);
    REQUIRE(fake_wait_calls(&agent, RS_VERB_SIGN, 1));
    CHECK_EQUAL(CKR_OK, p11->C_Finalize(NULL));
    REQUIRE(pipe(gate) == 0);
    pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        close(gate[1]);
        _exit(read(gate[0], &byte, 1) == 0 ? 0 : 1);
    }
    fake_hold(&agent, 0);
    pthread_join(signer, NULL);
    CHECK_EQUAL(CKR_OK, rv);
    CHECK(fake_wait_open(&agent, 0));
    close(gate[0]);
    close(gate[1]);
    CHECK_EQUAL(0, wait_for(child));
    CHECK_EQUAL(CKR_OK, p11->C_Initialize(NULL));
    api_end();
}

static void *wait_for_event(void *argument)
{
    CK_SLOT_ID slot = 99;
    *(CK_RV *)argument = p11->C_WaitForSlotEvent(0, &slot, NULL);
    return NULL;
}

static void start_waiting(pthread_t *thread, CK_RV *rv)
{
    int before = fake_calls(&agent, RS_VERB_WAIT);
    REQUIRE(pthread_create(thread, NULL, wait_for_event, rv) == 0);
    REQUIRE(fake_wait_calls(&agent, RS_VERB_WAIT, before + 1));
}

static int in_child_of_a_waiter(int gate)
{
    char byte = 0;
    CK_SLOT_ID slot;
    int before = failed_checks;
    CHECK_EQUAL(CKR_CRYPTOKI_NOT_INITIALIZED, p11->C_WaitForSlotEvent(0, &slot, NULL));
    CHECK_EQUAL(0, read(gate, &byte, 1)); /* until the parent's wait is over, and its use */
    CHECK_EQUAL(CKR_OK, p11->C_Initialize(NULL));
    CHECK_EQUAL(CKR_OK, p11->C_WaitForSlotEvent(0, &slot, NULL)); /* it sees the token first */
    CHECK_EQUAL(CKR_OK, p11->C_Finalize(NULL));
    return failed_checks == before ? 0 : 1;
}

static void fork_disturbs_no_wait(void)
{
    pthread_t waiter;
    CK_RV rv = CKR_GENERAL_ERROR;
    int gate[2];
    api_begin();
    (void)api_open();
    start_waiting(&waiter, &rv);
    REQUIRE(pipe(gate) == 0);
    pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        close(gate[1]);
        _exit(in_child_of_a_waiter(gate[0]));
    }
    SCRIPT(generation++);
    pthread_join(waiter, NULL);
    CHECK_EQUAL(CKR_OK, rv);
    start_waiting(&waiter, &rv);
    CHECK_EQUAL(CKR_OK, p11->C_Finalize(NULL));
    pthread_join(waiter, NULL);
    CHECK_EQUAL(CKR_CRYPTOKI_NOT_INITIALIZED, rv);
    CHECK(fake_wait_open(&agent, 0)); /* the child keeps no copy open */
    close(gate[0]);
    close(gate[1]);
    CHECK_EQUAL(0, wait_for(child));
    CHECK_EQUAL(CKR_OK, p11->C_Initialize(NULL));
    api_end();
}

/* Not there: it takes what a cancelled thread leaves on its stack for overflows. */
#ifndef __SANITIZE_ADDRESS__
/* A thread that ended in the middle of a wait has taken no lock along for which fork would wait for
 * ever. */
static void check_cancelled(pthread_t waiter)
{
    CHECK_EQUAL(0, pthread_cancel(waiter));
    pthread_join(waiter, NULL);
    pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0)
        _exit(0);
    CHECK_EQUAL(0, wait_for(child));
    CHECK_EQUAL(CKR_OK, p11->C_Finalize(NULL));
    CHECK_EQUAL(CKR_OK, p11->C_Initialize(NULL));
}

static void a_cancelled_wait_does_not_stop_fork(void)
{
    pthread_t waiter;
    CK_RV rv = CKR_OK;
    CK_ULONG slots = 99;
    api_begin();
    CHECK_EQUAL(CKR_OK, p11->C_GetSlotList(CK_TRUE, NULL, &slots));
    start_waiting(&waiter, &rv);
    check_cancelled(waiter);
    SCRIPT(problem[RS_VERB_HELLO] = RS_INTERNAL);
    int before = fake_calls(&agent, RS_VERB_HELLO);
    REQUIRE(pthread_create(&waiter, NULL, wait_for_event, &rv) == 0);
    REQUIRE(fake_wait_calls(&agent, RS_VERB_HELLO, before + 2)); /* there was a pause */
    check_cancelled(waiter);
    api_end();
}
#endif

/* Mutexes of the program, told apart by number; a child may use none of its parent's. */
static char numbered[2];
static atomic_int created;
static atomic_int used[2];

static CK_RV create_numbered(void **mutex)
{
    REQUIRE(created < 2);
    *mutex = &numbered[created++];
    return CKR_OK;
}

static CK_RV use_numbered(void *mutex)
{
    used[(char *)mutex - numbered]++;
    return CKR_OK;
}

static CK_C_INITIALIZE_ARGS own_mutexes = {
    create_numbered, use_numbered, use_numbered, use_numbered, 0, NULL};

static int with_a_new_mutex(void)
{
    CK_INFO info;
    int before = failed_checks;
    int known = used[0];
    CHECK_EQUAL(CKR_CRYPTOKI_NOT_INITIALIZED, p11->C_GetInfo(&info));
    CHECK_EQUAL(CKR_OK, p11->C_Initialize(&own_mutexes));
    CHECK_EQUAL(CKR_OK, p11->C_GetInfo(&info));
    CHECK_EQUAL(CKR_OK, p11->C_Finalize(NULL));
    CHECK_EQUAL(known, used[0]);
    CHECK_EQUAL(3, used[1]); /* locked, unlocked, destroyed */
    return failed_checks == before ? 0 : 1;
}

/* Forked while another thread holds the mutex, which in the child nobody would ever unlock. */
static void a_child_leaves_its_parents_mutex_alone(void)
{
    CK_RV rv = CKR_GENERAL_ERROR;
    pthread_t signer;
    fake_create(&agent);
    fake_start(&agent);
    CHECK_EQUAL(CKR_OK, p11->C_Initialize(&own_mutexes));
    fake_hold(&agent, RS_VERB_SIGN);
    REQUIRE(pthread_create(&signer, NULL, sign_once, &rv) == 0);
    REQUIRE(fake_wait_calls(&agent, RS_VERB_SIGN, 1));
    pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0)
        _exit(with_a_new_mutex());
    CHECK_EQUAL(0, wait_for(child));
    fake_hold(&agent, 0);
    pthread_join(signer, NULL);
    CHECK_EQUAL(CKR_OK, rv);
    api_end();
    CHECK_EQUAL(1, created);
    CHECK_EQUAL(1, used[0] % 2); /* balanced, and destroyed */
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
    CHECK_EQUAL(0, wait_for(child));
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
    CHECK_EQUAL(0, wait_for(child));
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
    REQUIRE(pthread_create(&signer, NULL, sign_once, &rv) == 0);
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
    start_waiting(&late_waiter, &late_waiter_rv);
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
    CHECK_EQUAL(0, wait_for(child));
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
    RUN(a_child_begins_anew);
    RUN(a_child_keeps_no_connection_open);
    RUN(a_child_keeps_no_connection_of_a_call_that_outlived_finalize);
    RUN(fork_disturbs_no_wait);
#ifndef __SANITIZE_ADDRESS__
    RUN(a_cancelled_wait_does_not_stop_fork);
#endif
    RUN(a_child_leaves_its_parents_mutex_alone);
    RUN(descriptors_of_the_program_are_left_alone);
    RUN(late_calls_in_exit_handlers_work);
    RUN(exit_does_not_wait_for_calls);
    RUN(exit_handlers_end_a_wait);
    RUN(the_module_can_be_unloaded);
    dlclose(module);
    return failed_checks == 0 ? 0 : 1;
}
