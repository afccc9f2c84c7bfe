/* C_WaitForSlotEvent. */
#include "api.h"

#include <semaphore.h>

enum { WAITERS = 4, ALL_BUT_PRIVATE = 9 };

typedef struct waiter {
    pthread_t thread;
    atomic_bool done;
    CK_RV rv;
    CK_SLOT_ID slot;
} waiter;

static void *wait_for_event(void *argument)
{
    waiter *self = argument;
    self->slot = 99;
    self->rv = p11->C_WaitForSlotEvent(0, &self->slot, NULL);
    self->done = true;
    return NULL;
}

static void start(waiter *self)
{
    self->done = false;
    REQUIRE(pthread_create(&self->thread, NULL, wait_for_event, self) == 0);
}

/* A waiter of which the agent knows. */
static void start_waiting(waiter *self)
{
    int before = fake_calls(&agent, RS_VERB_WAIT);
    start(self);
    REQUIRE(fake_wait_calls(&agent, RS_VERB_WAIT, before + 1));
}

static void check_told(waiter *self)
{
    pthread_join(self->thread, NULL);
    CHECK_EQUAL(CKR_OK, self->rv);
    CHECK_EQUAL(0, self->slot);
}

static void check_ended(waiter *self)
{
    pthread_join(self->thread, NULL);
    CHECK_EQUAL(CKR_CRYPTOKI_NOT_INITIALIZED, self->rv);
}

static CK_RV poll_event(void)
{
    CK_SLOT_ID slot = 99;
    CK_RV rv = p11->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL);
    CHECK_EQUAL(rv == CKR_OK ? 0 : 99, slot);
    return rv;
}

/* ---- which events there are ---- */

static void bad_arguments_are_refused(void)
{
    CK_SLOT_ID slot;
    api_begin();
    CHECK_EQUAL(CKR_ARGUMENTS_BAD, p11->C_WaitForSlotEvent(0, NULL, NULL));
    CHECK_EQUAL(CKR_ARGUMENTS_BAD, p11->C_WaitForSlotEvent(0, &slot, &slot));
    api_end();
    CHECK_EQUAL(CKR_CRYPTOKI_NOT_INITIALIZED, p11->C_WaitForSlotEvent(0, &slot, NULL));
}

static void a_token_that_the_program_saw_is_no_event(void)
{
    api_begin();
    CHECK_EQUAL(1, api_slots_with_token());
    CHECK_EQUAL(CKR_NO_EVENT, poll_event());
    SCRIPT(generation++);
    CHECK_EQUAL(1, api_slots_with_token()); /* seen by other calls: still an event, once */
    CHECK_EQUAL(CKR_OK, poll_event());
    CHECK_EQUAL(CKR_NO_EVENT, poll_event());
    SCRIPT(generation++);
    SCRIPT(generation++);
    CHECK_EQUAL(CKR_OK, poll_event());
    CHECK_EQUAL(CKR_NO_EVENT, poll_event());
    api_end();
}

/* An agent that is not signed in changes its generation too; an empty slot has no contents. */
static void an_empty_slot_stays_an_empty_slot(void)
{
    api_begin();
    SCRIPT(signed_in = false);
    CHECK_EQUAL(0, api_slots_with_token());
    SCRIPT(generation++);
    CHECK_EQUAL(CKR_NO_EVENT, poll_event());
    waiter one;
    start_waiting(&one);
    SCRIPT(generation++);
    REQUIRE(fake_wait_calls(&agent, RS_VERB_WAIT, 2));
    CHECK(!one.done);
    fake_lock(&agent);
    agent.script.signed_in = true;
    agent.script.generation++;
    pthread_cond_broadcast(&agent.released);
    fake_unlock(&agent);
    check_told(&one);
    CHECK_EQUAL(1, api_slots_with_token());
    api_end();
}

static void contents_that_change_end_the_wait(void)
{
    waiter one;
    api_begin();
    CK_SESSION_HANDLE session = api_open();
    CHECK_EQUAL(9, api_count(session, NULL, 0));
    start_waiting(&one);
    CHECK(!one.done);
    fake_lock(&agent);
    agent.script.credentials = 2;
    agent.script.generation++;
    pthread_cond_broadcast(&agent.released);
    fake_unlock(&agent);
    check_told(&one);
    int lists = fake_calls(&agent, RS_VERB_LIST);
    CHECK_EQUAL(7, api_count(session, NULL, 0)); /* known already */
    CHECK_EQUAL(lists, fake_calls(&agent, RS_VERB_LIST));
    CHECK_EQUAL(CKR_NO_EVENT, poll_event());
    api_end();
}

static void an_event_between_two_calls_is_not_lost(void)
{
    waiter one;
    api_begin();
    CHECK_EQUAL(1, api_slots_with_token());
    SCRIPT(generation++);
    start(&one);
    check_told(&one);
    CHECK_EQUAL(0, fake_calls(&agent, RS_VERB_WAIT));
    start_waiting(&one);
    SCRIPT(generation++);
    check_told(&one);
    api_end();
}

static void the_agent_goes_and_comes_under_a_wait(void)
{
    waiter one;
    api_begin();
    CHECK_EQUAL(1, api_slots_with_token());
    start_waiting(&one);
    fake_stop(&agent);
    check_told(&one);
    CHECK_EQUAL(0, api_slots_with_token());
    start(&one);
    fake_start(&agent);
    check_told(&one);
    CHECK_EQUAL(1, api_slots_with_token());
    CHECK_EQUAL(CKR_NO_EVENT, poll_event());
    api_end();
}

static void an_agent_that_comes_late_ends_the_wait(void)
{
    waiter one;
    fake_create(&agent);
    CHECK_EQUAL(CKR_OK, p11->C_Initialize(NULL));
    CHECK_EQUAL(0, api_slots_with_token());
    start(&one);
    fake_start(&agent);
    check_told(&one);
    api_end();
}

static sem_t begun;
static sem_t overtaken;

/* Before the first byte of an answer that is made already. */
static void deliver_late(void)
{
    static _Thread_local bool late;
    if (late)
        return;
    late = true;
    sem_post(&begun);
    sem_wait(&overtaken);
}

static void *look_late(void *argument)
{
    (void)argument;
    api_look();
    return NULL;
}

/* An answer that was made before the event and arrives after it is of no use any more: nobody will
 * tell the program of the new credential a second time. */
static void an_overtaken_listing_hides_nothing(void)
{
    pthread_t thread;
    sem_init(&begun, 0, 0);
    sem_init(&overtaken, 0, 0);
    api_begin();
    CK_SESSION_HANDLE session = api_open();
    fake_lock(&agent);
    agent.script.credentials = 2;
    agent.script.generation++;
    agent.script.before_byte = deliver_late;
    agent.script.faults_left = 1;
    agent.script.fault[RS_VERB_LIST] = FAKE_DRIP;
    fake_unlock(&agent);
    REQUIRE(pthread_create(&thread, NULL, look_late, NULL) == 0);
    sem_wait(&begun);
    fake_lock(&agent);
    agent.script.credentials = 3;
    agent.script.generation++;
    fake_unlock(&agent);
    CHECK_EQUAL(CKR_OK, poll_event());
    CHECK_EQUAL(ALL_BUT_PRIVATE, api_count(session, NULL, 0));
    sem_post(&overtaken);
    pthread_join(thread, NULL);
    CHECK_EQUAL(ALL_BUT_PRIVATE, api_count(session, NULL, 0));
    CHECK_EQUAL(CKR_NO_EVENT, poll_event());
    api_end();
    sem_destroy(&begun);
    sem_destroy(&overtaken);
}

/* ---- several waiters ---- */

static int count_done(const waiter *waiters)
{
    int done = 0;
    for (int i = 0; i < WAITERS; i++)
        done += waiters[i].done ? 1 : 0;
    return done;
}

static void each_event_is_told_to_one_waiter(void)
{
    waiter waiters[WAITERS];
    api_begin();
    CHECK_EQUAL(1, api_slots_with_token());
    for (int i = 0; i < WAITERS; i++)
        start_waiting(&waiters[i]);
    for (int told = 1; told < WAITERS; told++) {
        int calls = fake_calls(&agent, RS_VERB_WAIT);
        SCRIPT(generation++);
        REQUIRE(fake_wait_calls(&agent, RS_VERB_WAIT, calls + WAITERS - told)); /* the others */
        while (count_done(waiters) < told) {
        }
        CHECK_EQUAL(told, count_done(waiters));
    }
    CHECK_EQUAL(CKR_OK, p11->C_Finalize(NULL));
    int good = 0;
    for (int i = 0; i < WAITERS; i++) {
        pthread_join(waiters[i].thread, NULL);
        good += waiters[i].rv == CKR_OK ? 1 : 0;
        CHECK(waiters[i].rv == CKR_OK || waiters[i].rv == CKR_CRYPTOKI_NOT_INITIALIZED);
    }
    CHECK_EQUAL(WAITERS - 1, good);
    CHECK_EQUAL(CKR_OK, p11->C_Initialize(NULL));
    api_end();
}

/* ---- C_Finalize ---- */

static void finalize_ends_all_waits(void)
{
    waiter waiters[WAITERS];
    api_begin();
    CHECK_EQUAL(1, api_slots_with_token());
    for (int i = 0; i < WAITERS; i++)
        start_waiting(&waiters[i]);
    int lists = fake_calls(&agent, RS_VERB_LIST);
    CHECK_EQUAL(CKR_OK, p11->C_Finalize(NULL));
    for (int i = 0; i < WAITERS; i++)
        check_ended(&waiters[i]);
    CHECK(fake_wait_open(&agent, 0));
    CHECK_EQUAL(lists, fake_calls(&agent, RS_VERB_LIST)); /* none looked once more */
    CHECK_EQUAL(CKR_OK, p11->C_Initialize(NULL));
    CHECK_EQUAL(CKR_OK, poll_event()); /* a new module, which has seen nothing */
    api_end();
}

/* Without an agent to wait at, waiters pause: also that ends at once, not with the pause. The best
 * of a few tries counts, for the machine may be busy. */
static void finalize_ends_a_pause(void)
{
    uint64_t best = UINT64_MAX;
    for (int i = 0; i < 3; i++) {
        waiter one;
        api_begin();
        SCRIPT(problem[RS_VERB_HELLO] = RS_INTERNAL);
        start(&one);
        REQUIRE(fake_wait_calls(&agent, RS_VERB_HELLO, 1) && fake_wait_open(&agent, 0));
        uint64_t begin = api_milliseconds();
        CHECK_EQUAL(CKR_OK, p11->C_Finalize(NULL));
        pthread_join(one.thread, NULL);
        CHECK_EQUAL(CKR_CRYPTOKI_NOT_INITIALIZED, one.rv);
        uint64_t took = api_milliseconds() - begin;
        best = took < best ? took : best;
        CHECK_EQUAL(CKR_OK, p11->C_Initialize(NULL));
        api_end();
    }
    CHECK(best < 500);
}

static void initialize_after_finalize_waits_anew(void)
{
    waiter old;
    waiter new;
    api_begin();
    CHECK_EQUAL(1, api_slots_with_token());
    start_waiting(&old);
    CHECK_EQUAL(CKR_OK, p11->C_Finalize(NULL));
    CHECK_EQUAL(CKR_OK, p11->C_Initialize(NULL));
    check_ended(&old);
    CHECK_EQUAL(1, api_slots_with_token());
    start_waiting(&new);
    SCRIPT(generation++);
    check_told(&new);
    api_end();
}

/* ---- an agent that misbehaves ---- */

/* Whatever is wrong with WAIT, the agent is asked about once a second, and changes still show. */
static void check_no_busy_loop(void)
{
    waiter one;
    CHECK_EQUAL(1, api_slots_with_token());
    uint64_t begin = api_milliseconds();
    int lists = fake_calls(&agent, RS_VERB_LIST);
    start(&one);
    REQUIRE(fake_wait_calls(&agent, RS_VERB_WAIT, fake_calls(&agent, RS_VERB_WAIT) + 3));
    CHECK(api_milliseconds() - begin > 1900); /* three WAITs, two pauses */
    CHECK(fake_calls(&agent, RS_VERB_LIST) <=
          lists + 2 + 2 * (int)((api_milliseconds() - begin) / 1000));
    CHECK(!one.done);
    SCRIPT(generation++);
    check_told(&one);
}

static void a_refused_wait_is_no_busy_loop(void)
{
    api_begin();
    SCRIPT(problem[RS_VERB_WAIT] = RS_INTERNAL);
    check_no_busy_loop();
    api_end();
}

static void a_broken_wait_is_no_busy_loop(void)
{
    api_begin();
    SCRIPT(faults_left = -1);
    SCRIPT(fault[RS_VERB_WAIT] = FAKE_CLOSE);
    check_no_busy_loop();
    api_end();
}

static void a_wait_answered_for_nothing_is_no_busy_loop(void)
{
    api_begin();
    SCRIPT(faults_left = -1);
    SCRIPT(fault[RS_VERB_WAIT] = FAKE_DRIP); /* the fake then answers at once */
    check_no_busy_loop();
    api_end();
}

/* WAIT tells of generations that LIST does not know. */
static size_t another_generation(uint8_t *frame, size_t length)
{
    frame[length - 1] ^= 0x80;
    return length;
}

static void a_wait_that_contradicts_the_list_is_no_busy_loop(void)
{
    api_begin();
    SCRIPT(change = another_generation);
    SCRIPT(faults_left = -1);
    SCRIPT(fault[RS_VERB_WAIT] = FAKE_CHANGE);
    check_no_busy_loop();
    api_end();
}

/* ---- login, other calls ---- */

/* A login ends with the program's last connection; the one that waits must not keep it. */
static void a_wait_keeps_no_login(void)
{
    waiter one;
    api_begin();
    CK_SESSION_HANDLE session = api_open_logged_in();
    start_waiting(&one);
    SCRIPT(problem[RS_VERB_LOGOUT] = RS_INTERNAL);
    CHECK_EQUAL(CKR_OK, p11->C_Logout(session));
    CHECK(fake_wait_open(&agent, 1));
    fake_lock(&agent);
    CHECK(!agent.instances[0].logged_in);
    CHECK(!agent.instances[1].logged_in);
    fake_unlock(&agent);
    SCRIPT(generation++);
    check_told(&one);
    api_end();
}

static void other_calls_go_on_under_a_wait(void)
{
    waiter one;
    api_begin();
    CK_SESSION_HANDLE session = api_open_logged_in();
    start_waiting(&one);
    CHECK_EQUAL(CKR_OK, api_sign_ecdsa(session, api_find(session, CKO_PRIVATE_KEY, "Signer EC")));
    CHECK_EQUAL(CKR_OK, p11->C_CloseAllSessions(0));
    CHECK(!one.done);
    CHECK_EQUAL(CKR_OK, p11->C_Finalize(NULL));
    check_ended(&one);
    CHECK_EQUAL(CKR_OK, p11->C_Initialize(NULL));
    api_end();
}

static void tests(void)
{
    RUN(bad_arguments_are_refused);
    RUN(a_token_that_the_program_saw_is_no_event);
    RUN(an_empty_slot_stays_an_empty_slot);
    RUN(contents_that_change_end_the_wait);
    RUN(an_event_between_two_calls_is_not_lost);
    RUN(the_agent_goes_and_comes_under_a_wait);
    RUN(an_agent_that_comes_late_ends_the_wait);
    RUN(an_overtaken_listing_hides_nothing);
    RUN(each_event_is_told_to_one_waiter);
    RUN(finalize_ends_all_waits);
    RUN(finalize_ends_a_pause);
    RUN(initialize_after_finalize_waits_anew);
    RUN(a_refused_wait_is_no_busy_loop);
    RUN(a_broken_wait_is_no_busy_loop);
    RUN(a_wait_answered_for_nothing_is_no_busy_loop);
    RUN(a_wait_that_contradicts_the_list_is_no_busy_loop);
    RUN(a_wait_keeps_no_login);
    RUN(other_calls_go_on_under_a_wait);
}

int main(int count, char **arguments)
{
    return api_main(count, arguments, tests);
}
