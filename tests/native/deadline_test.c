/* Deadlines, to the millisecond, without waiting for them: this program gives the module its clock
 * and its poll (the linker prefers the program's functions to the C library's). Time stands still
 * until the agent keeps silent; then it jumps to where the module would have woken up. */
#include "api.h"

#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define OURS __attribute__((visibility("default")))

static _Atomic uint64_t now = 1000000; /* milliseconds */
static atomic_bool polling;
static _Atomic uint64_t connect_patience; /* milliseconds */

OURS int clock_gettime(clockid_t clock, struct timespec *time)
{
    if (clock != CLOCK_MONOTONIC)
        return (int)syscall(SYS_clock_gettime, clock, time);
    *time = (struct timespec){(time_t)(now / 1000), (long)(now % 1000 * 1000000)};
    return 0;
}

static bool is_agent_silent(void)
{
    fake_lock(&agent);
    bool silent = agent.silent > 0;
    fake_unlock(&agent);
    return silent;
}

OURS int poll(struct pollfd *entries, nfds_t count, int milliseconds)
{
    struct timespec moment = {0, 1000000};
    uint64_t end = now + (uint64_t)milliseconds;
    for (polling = true;;) {
        int ready = ppoll(entries, count, &moment, NULL);
        if (ready != 0)
            return ready;
        if (now < end && is_agent_silent())
            now = end;
        if (now >= end)
            return 0;
    }
}

/* How long a connect may wait is up to the system: noted, and made short. */
OURS int setsockopt(int fd, int level, int name, const void *value, socklen_t length)
{
    static const struct timeval shortly = {0, 1000};
    const struct timeval *wanted = value;
    if (level == SOL_SOCKET && name == SO_SNDTIMEO) {
        connect_patience = (uint64_t)wanted->tv_sec * 1000 + (uint64_t)wanted->tv_usec / 1000;
        value = &shortly;
    }
    return (int)syscall(SYS_setsockopt, fd, level, name, value, length);
}

static void set_fault(rs_verb verb, fake_fault kind)
{
    fake_lock(&agent);
    memset(agent.script.fault, 0, sizeof agent.script.fault);
    agent.script.fault[verb] = kind;
    agent.script.faults_left = -1;
    fake_unlock(&agent);
}

static void check_lasts(uint64_t milliseconds, CK_RV expected, CK_RV (*call)(void))
{
    uint64_t start = now;
    CHECK_EQUAL(expected, call());
    CHECK_EQUAL(milliseconds, now - start);
}

/* ---- the tests ---- */

static void each_verb_has_its_deadline(void)
{
    static const struct {
        rs_verb verb;
        uint64_t milliseconds;
        CK_RV (*call)(void);
        CK_RV expected;
        bool logged_in;
    } cases[] = {
        {RS_VERB_LIST, 5000, api_call_list, CKR_DEVICE_ERROR, true},
        {RS_VERB_LOGIN, 31000, api_call_login, CKR_DEVICE_ERROR,
         false}, /* the consent deadline is 1 s */
        {RS_VERB_SIGN, 31000, api_call_sign, CKR_DEVICE_ERROR, true},
        {RS_VERB_VERIFY, 10000, api_call_verify, CKR_DEVICE_ERROR, true},
        {RS_VERB_LOGOUT, 5000, api_call_logout, CKR_OK, true}, /* the login is over all the same */
    };
    api_begin_logged_in();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CK_RV rv = cases[i].logged_in ? api_call_login() : api_call_logout();
        CHECK(rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN);
        set_fault(cases[i].verb, FAKE_SILENCE);
        now += 1000; /* a listing is trusted for a second */
        int before = fake_calls(&agent, cases[i].verb);
        check_lasts(cases[i].milliseconds, cases[i].expected, cases[i].call);
        CHECK_EQUAL(before + 1, fake_calls(&agent, cases[i].verb)); /* not asked again */
        CHECK(fake_wait_open(&agent, 0)); /* a passed deadline closes the connection */
        set_fault(cases[i].verb, FAKE_NO_FAULT);
        now += 5000; /* the module leaves a silent agent alone for a while */
        rv = api_call_login();
        CHECK(rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN);
        CHECK_EQUAL(CKR_OK, api_call_sign());
    }
    api_end();
}

static void a_silent_greeting_is_waited_for_once(void)
{
    api_begin();
    set_fault(RS_VERB_HELLO, FAKE_SILENCE);
    check_lasts(5000, CKR_DEVICE_ERROR, api_call_list);
    CHECK(fake_wait_open(&agent, 0));
    CHECK_EQUAL(1, fake_calls(&agent, RS_VERB_HELLO));
    now += 4999;
    check_lasts(0, CKR_DEVICE_ERROR, api_call_list);
    CHECK_EQUAL(1, fake_calls(&agent, RS_VERB_HELLO));
    set_fault(RS_VERB_HELLO, FAKE_NO_FAULT);
    now += 1;
    check_lasts(0, CKR_OK, api_call_list);
    api_end();
}

/* However often a program asks. */
static void an_agent_that_hangs_is_waited_for_once(void)
{
    api_begin_logged_in();
    set_fault(RS_VERB_LIST, FAKE_SILENCE);
    now += 1000; /* a listing is trusted for a second */
    check_lasts(5000, CKR_DEVICE_ERROR, api_call_list);
    for (int i = 0; i < 10; i++) {
        CK_ULONG count = 99;
        CHECK_EQUAL(CKR_OK, p11->C_GetSlotList(CK_TRUE, NULL, &count));
        CHECK_EQUAL(0, count);
        check_lasts(0, CKR_DEVICE_ERROR, api_call_list);
        CHECK_EQUAL(CKR_DEVICE_ERROR, p11->C_FindObjectsInit(api_session, NULL, 0));
    }
    CHECK(fake_wait_open(&agent, 0));
    api_end();
}

static size_t consent_for_ever(uint8_t *frame, size_t length)
{
    memset(frame + length - 5, 0xff, 4); /* u32 seconds, then u8 mode */
    return length;
}

static void the_consent_deadline_has_a_limit(void)
{
    api_begin();
    SCRIPT(change = consent_for_ever);
    set_fault(RS_VERB_HELLO, FAKE_CHANGE);
    api_session = api_open_logged_in();
    api_key = api_find(api_session, CKO_PRIVATE_KEY, "Signer EC");
    set_fault(RS_VERB_SIGN, FAKE_SILENCE);
    check_lasts(3630 * 1000, CKR_DEVICE_ERROR, api_call_sign);
    CHECK(fake_wait_open(&agent, 0));
    api_end();
}

static uint64_t slow_until;
static atomic_bool given_up;

/* A second for each byte, once the module waits for it; none when the deadline has passed. */
static void a_second_later(void)
{
    while (!atomic_exchange(&polling, false))
        sched_yield();
    now += 1000;
    while (now >= slow_until && !given_up)
        sched_yield();
}

/* The deadline is for the whole answer: bytes that trickle in do not prolong it. */
static void a_trickling_answer_has_one_deadline(void)
{
    api_begin_logged_in();
    SCRIPT(before_byte = a_second_later);
    now += 1000; /* a listing is trusted for a second */
    slow_until = now + 5000;
    polling = false;
    set_fault(RS_VERB_LIST, FAKE_DRIP);
    check_lasts(5000, CKR_DEVICE_ERROR, api_call_list);
    given_up = true;
    polling = true;
    CHECK(fake_wait_open(&agent, 0));
    api_end();
}

/* A listener whose queue is full: nobody accepts. */
static void an_agent_that_does_not_accept_is_busy(void)
{
    enum { MOST = 8 };
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int waiting[MOST];
    size_t count = 0;
    fake_create(&agent);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", agent.place.path);
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    REQUIRE(bind(listener, (struct sockaddr *)&address, sizeof address) == 0);
    REQUIRE(listen(listener, 0) == 0);
    do {
        REQUIRE(count < MOST);
        waiting[count] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    } while (connect(waiting[count++], (struct sockaddr *)&address, sizeof address) == 0);
    CHECK_EQUAL(CKR_OK, p11->C_Initialize(NULL));
    CHECK_EQUAL(CKR_DEVICE_ERROR, api_call_list());
    CHECK_EQUAL(5001, connect_patience); /* one more than left: 0 would be for ever */
    while (count > 0)
        close(waiting[--count]);
    close(listener);
    unlink(agent.place.path);
    fake_start(&agent);
    CHECK_EQUAL(CKR_DEVICE_ERROR, api_call_list()); /* still left alone */
    now += 5000;
    CHECK_EQUAL(CKR_OK, api_call_list());
    api_end();
}

static void tests(void)
{
    RUN(each_verb_has_its_deadline);
    RUN(a_silent_greeting_is_waited_for_once);
    RUN(an_agent_that_hangs_is_waited_for_once);
    RUN(the_consent_deadline_has_a_limit);
    RUN(a_trickling_answer_has_one_deadline);
    RUN(an_agent_that_does_not_accept_is_busy);
}

int main(int count, char **arguments)
{
    return api_main(count, arguments, tests);
}
