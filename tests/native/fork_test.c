/* What a child keeps of its parent's module: nothing that either would notice. */
#include "api.h"

#include <sys/wait.h>
#include <unistd.h>

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
        CHECK_EQUAL(0, api_status_of(child));
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
    CHECK_EQUAL(0, api_status_of(child));
    CHECK_EQUAL(CKR_OK, p11->C_Initialize(NULL));
    api_end();
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
    REQUIRE(pthread_create(&signer, NULL, api_sign_once, &rv) == 0);
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
    CHECK_EQUAL(0, api_status_of(child));
    CHECK_EQUAL(CKR_OK, p11->C_Initialize(NULL));
    api_end();
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
    api_start_waiting(&waiter, &rv);
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
    api_start_waiting(&waiter, &rv);
    CHECK_EQUAL(CKR_OK, p11->C_Finalize(NULL));
    pthread_join(waiter, NULL);
    CHECK_EQUAL(CKR_CRYPTOKI_NOT_INITIALIZED, rv);
    CHECK(fake_wait_open(&agent, 0)); /* the child keeps no copy open */
    close(gate[0]);
    close(gate[1]);
    CHECK_EQUAL(0, api_status_of(child));
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
    CHECK_EQUAL(0, api_status_of(child));
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
    api_start_waiting(&waiter, &rv);
    check_cancelled(waiter);
    SCRIPT(problem[RS_VERB_HELLO] = RS_INTERNAL);
    int before = fake_calls(&agent, RS_VERB_HELLO);
    REQUIRE(pthread_create(&waiter, NULL, api_wait_for_event, &rv) == 0);
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
    REQUIRE(pthread_create(&signer, NULL, api_sign_once, &rv) == 0);
    REQUIRE(fake_wait_calls(&agent, RS_VERB_SIGN, 1));
    pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0)
        _exit(with_a_new_mutex());
    CHECK_EQUAL(0, api_status_of(child));
    fake_hold(&agent, 0);
    pthread_join(signer, NULL);
    CHECK_EQUAL(CKR_OK, rv);
    api_end();
    CHECK_EQUAL(1, created);
    CHECK_EQUAL(1, used[0] % 2); /* balanced, and destroyed */
}

static void tests(void)
{
    RUN(a_child_begins_anew);
    RUN(a_child_keeps_no_connection_open);
    RUN(a_child_keeps_no_connection_of_a_call_that_outlived_finalize);
    RUN(fork_disturbs_no_wait);
#ifndef __SANITIZE_ADDRESS__
    RUN(a_cancelled_wait_does_not_stop_fork);
#endif
    RUN(a_child_leaves_its_parents_mutex_alone);
}

int main(int count, char **arguments)
{
    return api_main(count, arguments, tests);
}
