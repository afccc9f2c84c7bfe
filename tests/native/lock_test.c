/* The four ways to call C_Initialize (PKCS#11 v2.40, 5.4), and a program that has its own mutexes:
 * they are used rightly, and nothing else is waited for. */
#include "api.h"

enum { THREADS = 8, ROUNDS = 20 };

/* ---- a program's mutexes, which mistrust the module ---- */

typedef struct mutex {
    pthread_mutex_t system;
    bool alive;
    bool held;
} mutex;

static atomic_int created;
static atomic_int destroyed;
static atomic_int locked;
static atomic_int unlocked;
static atomic_int waiting; /* for a mutex, or about to take it */
static CK_RV create_fails;
static CK_RV lock_fails;
static CK_RV unlock_fails;
static CK_RV destroy_fails;
static _Thread_local int depth; /* mutexes that this thread holds */

static CK_RV create_mutex(void **made)
{
    if (create_fails != CKR_OK)
        return create_fails;
    mutex *fresh = calloc(1, sizeof *fresh);
    REQUIRE(fresh != NULL && pthread_mutex_init(&fresh->system, NULL) == 0);
    fresh->alive = true;
    *made = fresh;
    created++;
    return CKR_OK;
}

static CK_RV destroy_mutex(void *given)
{
    mutex *self = given;
    CHECK(self->alive && !self->held);
    CHECK_EQUAL(0, depth);
    destroyed++;
    pthread_mutex_destroy(&self->system);
    free(self);
    return destroy_fails;
}

static CK_RV lock_mutex(void *given)
{
    mutex *self = given;
    CHECK_EQUAL(0, depth); /* one at a time: never nested */
    if (lock_fails != CKR_OK)
        return lock_fails;
    waiting++;
    pthread_mutex_lock(&self->system);
    waiting--;
    CHECK(self->alive && !self->held);
    self->held = true;
    depth = 1;
    locked++;
    return CKR_OK;
}

static CK_RV unlock_mutex(void *given)
{
    mutex *self = given;
    CHECK_EQUAL(1, depth); /* by the thread that took it */
    CHECK(self->held);
    self->held = false;
    depth = 0;
    unlocked++;
    pthread_mutex_unlock(&self->system);
    return unlock_fails;
}

static CK_C_INITIALIZE_ARGS own_locks = {create_mutex, destroy_mutex, lock_mutex, unlock_mutex, 0,
                                         NULL};

static void begin_with(CK_C_INITIALIZE_ARGS *arguments)
{
    created = 0;
    destroyed = 0;
    locked = 0;
    unlocked = 0;
    fake_create(&agent);
    fake_start(&agent);
    CHECK_EQUAL(CKR_OK, p11->C_Initialize(arguments));
}

static void end_agent(void)
{
    fake_stop(&agent);
    fake_destroy(&agent);
}

static void end(void)
{
    CHECK_EQUAL(CKR_OK, p11->C_Finalize(NULL));
    end_agent();
    CHECK_EQUAL(created, destroyed);
    CHECK_EQUAL(locked, unlocked);
}

/* ---- the four ways ---- */

static void *list_and_sign(void *argument)
{
    atomic_int *good = argument;
    for (int i = 0; i < ROUNDS; i++) {
        CK_ULONG slots = 0;
        CK_RV rv = p11->C_GetSlotList(CK_TRUE, NULL, &slots);
        CK_SESSION_HANDLE session = api_open();
        CK_OBJECT_HANDLE key = api_find(session, CKO_PRIVATE_KEY, "Signer EC");
        *good += rv == CKR_OK && slots == 1 && api_sign_ecdsa(session, key) == CKR_OK &&
                 p11->C_CloseSession(session) == CKR_OK;
        CHECK_EQUAL(0, depth);
    }
    return NULL;
}

static void run_threads(int count)
{
    pthread_t threads[THREADS];
    atomic_int good = 0;
    CK_SESSION_HANDLE lasting = api_open_logged_in();
    for (int i = 0; i < count; i++)
        REQUIRE(pthread_create(&threads[i], NULL, list_and_sign, &good) == 0);
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    CHECK_EQUAL(count * ROUNDS, good);
    CHECK_EQUAL(CKR_OK, p11->C_CloseSession(lasting));
}

static void every_way_of_locking_serves_threads(void)
{
    CK_C_INITIALIZE_ARGS none = {0};
    CK_C_INITIALIZE_ARGS system = {.flags = CKF_OS_LOCKING_OK};
    CK_C_INITIALIZE_ARGS either = own_locks;
    CK_C_INITIALIZE_ARGS no_threads = own_locks;
    either.flags = CKF_OS_LOCKING_OK;
    no_threads.flags = CKF_LIBRARY_CANT_CREATE_OS_THREADS;
    const struct {
        CK_C_INITIALIZE_ARGS *arguments;
        int mutexes;
        int threads; /* a program of the first way has one */
    } ways[] = {{NULL, 0, 1},
                {&none, 0, 1},
                {&system, 0, THREADS},
                {&either, 0, THREADS},
                {&own_locks, 1, THREADS},
                {&no_threads, 1, THREADS}};
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        begin_with(ways[i].arguments);
        run_threads(ways[i].threads);
        CHECK_EQUAL(ways[i].mutexes, created);
        CHECK_EQUAL(0, destroyed);
        /* C_GetSlotList, C_OpenSession, three to find, two to sign, C_CloseSession; and around */
        CHECK_EQUAL(ways[i].mutexes * (ways[i].threads * ROUNDS * 8 + 3), locked);
        end();
    }
}

static void finding_the_functions_takes_no_lock(void)
{
    CK_FUNCTION_LIST *list = NULL;
    begin_with(&own_locks);
    CHECK_EQUAL(CKR_OK, p11->C_GetFunctionList(&list));
    CHECK_EQUAL(0, locked);
    end();
}

static void only_one_initialize_counts(void)
{
    begin_with(&own_locks);
    CHECK_EQUAL(CKR_CRYPTOKI_ALREADY_INITIALIZED, p11->C_Initialize(&own_locks));
    CHECK_EQUAL(1, created - destroyed);
    CHECK_EQUAL(CKR_CRYPTOKI_ALREADY_INITIALIZED, p11->C_Initialize(NULL));
    run_threads(1);
    end();
}

/* ---- calls that take long ---- */

typedef struct call {
    pthread_t thread;
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE key;
    atomic_bool done;
    CK_RV rv;
} call;

static void *sign(void *argument)
{
    call *self = argument;
    self->rv = api_sign_ecdsa(self->session, self->key);
    self->done = true;
    return NULL;
}

static void *ask_info(void *argument)
{
    call *self = argument;
    CK_INFO info;
    self->rv = p11->C_GetInfo(&info);
    self->done = true;
    return NULL;
}

static void *wait_for_event(void *argument)
{
    call *self = argument;
    CK_SLOT_ID slot;
    self->rv = p11->C_WaitForSlotEvent(0, &slot, NULL);
    self->done = true;
    return NULL;
}

static void start(call *self, void *(*work)(void *))
{
    REQUIRE(pthread_create(&self->thread, NULL, work, self) == 0);
}

/* A signature that the agent is asking its user about, and another call behind it. */
static void start_both(call *signer, call *other)
{
    signer->session = api_open_logged_in();
    signer->key = api_find(signer->session, CKO_PRIVATE_KEY, "Signer EC");
    fake_hold(&agent, RS_VERB_SIGN);
    start(signer, sign);
    REQUIRE(fake_wait_calls(&agent, RS_VERB_SIGN, 1));
    start(other, ask_info);
    while (waiting == 0) {
    }
}

static void calls_follow_one_another(void)
{
    call signer = {.rv = CKR_GENERAL_ERROR};
    call other = {.rv = CKR_GENERAL_ERROR};
    begin_with(&own_locks);
    start_both(&signer, &other);
    CHECK(!signer.done && !other.done);
    fake_hold(&agent, 0);
    pthread_join(signer.thread, NULL);
    pthread_join(other.thread, NULL);
    CHECK_EQUAL(CKR_OK, signer.rv);
    CHECK_EQUAL(CKR_OK, other.rv);
    end();
}

/* C_Finalize does not wait for the mutex. Those who hold it or wait for it end with an answer, and
 * the last of them destroys it. */
static void finalize_waits_for_no_mutex(void)
{
    call signer = {.rv = CKR_GENERAL_ERROR};
    call other = {.rv = CKR_GENERAL_ERROR};
    begin_with(&own_locks);
    start_both(&signer, &other);
    CHECK_EQUAL(CKR_OK, p11->C_Finalize(NULL));
    CHECK(!signer.done && !other.done);
    CHECK_EQUAL(0, destroyed);
    CHECK_EQUAL(CKR_CRYPTOKI_NOT_INITIALIZED, p11->C_Finalize(NULL));
    CHECK_EQUAL(CKR_OK, p11->C_Initialize(&own_locks)); /* with a mutex of its own */
    (void)api_open();
    CHECK_EQUAL(2, created);
    fake_hold(&agent, 0);
    pthread_join(signer.thread, NULL);
    pthread_join(other.thread, NULL);
    CHECK_EQUAL(CKR_OK, signer.rv);
    CHECK_EQUAL(CKR_OK, other.rv);
    CHECK_EQUAL(1, destroyed);
    end();
}

static void change_card(void)
{
    fake_lock(&agent);
    agent.script.generation++;
    pthread_cond_broadcast(&agent.released);
    fake_unlock(&agent);
}

static void a_wait_for_events_stands_in_nobodys_way(void)
{
    call first = {.rv = CKR_GENERAL_ERROR};
    call second = {.rv = CKR_GENERAL_ERROR};
    begin_with(&own_locks);
    (void)api_open();
    start(&first, wait_for_event);
    REQUIRE(fake_wait_calls(&agent, RS_VERB_WAIT, 1));
    run_threads(THREADS);
    CHECK(!first.done);
    change_card();
    pthread_join(first.thread, NULL);
    CHECK_EQUAL(CKR_OK, first.rv);
    start(&second, wait_for_event);
    REQUIRE(fake_wait_calls(&agent, RS_VERB_WAIT, 2));
    CHECK(!second.done);
    CHECK_EQUAL(CKR_OK, p11->C_Finalize(NULL));
    pthread_join(second.thread, NULL);
    CHECK_EQUAL(CKR_CRYPTOKI_NOT_INITIALIZED, second.rv);
    end_agent();
    CHECK_EQUAL(1, destroyed);
    CHECK_EQUAL(locked, unlocked);
}

/* Finalized while it asks the agent what there is, which it does holding the mutex. */
static void a_look_for_events_gives_the_mutex_back(void)
{
    call waiter = {.rv = CKR_GENERAL_ERROR};
    begin_with(&own_locks);
    fake_hold(&agent, RS_VERB_LIST);
    start(&waiter, wait_for_event);
    REQUIRE(fake_wait_calls(&agent, RS_VERB_LIST, 1));
    CHECK_EQUAL(1, locked - unlocked);
    CHECK_EQUAL(CKR_OK, p11->C_Finalize(NULL));
    fake_hold(&agent, 0);
    pthread_join(waiter.thread, NULL);
    CHECK_EQUAL(CKR_CRYPTOKI_NOT_INITIALIZED, waiter.rv);
    end_agent();
    CHECK_EQUAL(1, destroyed);
    CHECK_EQUAL(locked, unlocked);
}

/* ---- callbacks that fail ---- */

static void a_failed_create_is_told(void)
{
    CK_INFO info;
    create_fails = CKR_HOST_MEMORY;
    CHECK_EQUAL(CKR_HOST_MEMORY, p11->C_Initialize(&own_locks));
    create_fails = CKR_GENERAL_ERROR;
    CHECK_EQUAL(CKR_CANT_LOCK, p11->C_Initialize(&own_locks));
    CHECK_EQUAL(CKR_CRYPTOKI_NOT_INITIALIZED, p11->C_GetInfo(&info));
    create_fails = CKR_OK;
}

static void a_failed_lock_ends_the_call(void)
{
    CK_INFO info;
    CK_SLOT_ID slot;
    CK_SESSION_INFO state;
    begin_with(&own_locks);
    CK_SESSION_HANDLE session = api_open();
    int before = locked;
    lock_fails = CKR_MUTEX_BAD;
    CHECK_EQUAL(CKR_GENERAL_ERROR, p11->C_GetInfo(&info));
    CHECK_EQUAL(CKR_GENERAL_ERROR, p11->C_GetSessionInfo(session, &state));
    CHECK_EQUAL(CKR_GENERAL_ERROR, p11->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL));
    lock_fails = CKR_HOST_MEMORY;
    CHECK_EQUAL(CKR_HOST_MEMORY, p11->C_CloseSession(session));
    CHECK_EQUAL(before, locked);
    CHECK_EQUAL(before, unlocked);
    lock_fails = CKR_OK;
    CHECK_EQUAL(CKR_OK, p11->C_GetSessionInfo(session, &state));
    lock_fails = CKR_MUTEX_BAD; /* C_Finalize takes none */
    end();
    lock_fails = CKR_OK;
}

static void failures_at_the_end_undo_nothing(void)
{
    CK_INFO info;
    begin_with(&own_locks);
    unlock_fails = CKR_MUTEX_NOT_LOCKED;
    CHECK_EQUAL(CKR_OK, p11->C_GetInfo(&info));
    unlock_fails = CKR_OK;
    destroy_fails = CKR_MUTEX_BAD;
    end();
    destroy_fails = CKR_OK;
    CHECK_EQUAL(CKR_CRYPTOKI_NOT_INITIALIZED, p11->C_GetInfo(&info));
}

static void tests(void)
{
    RUN(every_way_of_locking_serves_threads);
    RUN(finding_the_functions_takes_no_lock);
    RUN(only_one_initialize_counts);
    RUN(calls_follow_one_another);
    RUN(finalize_waits_for_no_mutex);
    RUN(a_wait_for_events_stands_in_nobodys_way);
    RUN(a_look_for_events_gives_the_mutex_back);
    RUN(a_failed_create_is_told);
    RUN(a_failed_lock_ends_the_call);
    RUN(failures_at_the_end_undo_nothing);
}

int main(int count, char **arguments)
{
    return api_main(count, arguments, tests);
}
