/* Signals in the middle of calls: interrupted system calls go on, and a peer that went raises none.
 */
#include "api.h"

#include <signal.h>
#include <sys/time.h>

static atomic_int alarms;
static atomic_int broken_pipes;

static void count_alarm(int number)
{
    (void)number;
    alarms++;
}

static void count_broken_pipe(int number)
{
    (void)number;
    broken_pipes++;
}

/* Without SA_RESTART: system calls end early. Only this thread, in which the module runs, gets it;
 * those of the agent, which are started with the signal blocked, do not. */
static void begin(void)
{
    struct sigaction action = {.sa_handler = count_alarm};
    sigset_t alarm_set;
    sigemptyset(&alarm_set);
    sigaddset(&alarm_set, SIGALRM);
    REQUIRE(sigaction(SIGALRM, &action, NULL) == 0);
    action.sa_handler = count_broken_pipe;
    REQUIRE(sigaction(SIGPIPE, &action, NULL) == 0);
    REQUIRE(pthread_sigmask(SIG_BLOCK, &alarm_set, NULL) == 0);
    api_begin();
}

static void interrupt_every(suseconds_t microseconds)
{
    struct itimerval timer = {{0, microseconds}, {0, microseconds}};
    sigset_t alarm_set;
    sigemptyset(&alarm_set);
    sigaddset(&alarm_set, SIGALRM);
    REQUIRE(setitimer(ITIMER_REAL, &timer, NULL) == 0);
    REQUIRE(pthread_sigmask(microseconds == 0 ? SIG_BLOCK : SIG_UNBLOCK, &alarm_set, NULL) == 0);
}

static void wait_for_an_alarm(void)
{
    int before = alarms;
    while (alarms == before) {
    }
}

static void interrupted_calls_go_on(void)
{
    begin();
    CK_SESSION_HANDLE session = api_open_logged_in();
    CK_OBJECT_HANDLE key = api_find(session, CKO_PRIVATE_KEY, "Signer EC");
    fake_lock(&agent);
    agent.script.fault[RS_VERB_SIGN] = FAKE_DRIP; /* each byte of an answer is waited for */
    agent.script.before_byte = wait_for_an_alarm;
    agent.script.faults_left = 5;
    fake_unlock(&agent);
    interrupt_every(300);
    for (int i = 0; i < 50; i++)
        CHECK_EQUAL(CKR_OK, api_sign_ecdsa(session, key));
    interrupt_every(0);
    CHECK(alarms > 300); /* one for each byte of the five answers, at least */
    CHECK_EQUAL(50, fake_calls(&agent, RS_VERB_SIGN)); /* and nothing was asked twice */
    api_end();
}

static void an_agent_that_went_raises_no_signal(void)
{
    CK_ULONG count;
    begin();
    CK_SESSION_HANDLE session = api_open_logged_in();
    CK_OBJECT_HANDLE key = api_find(session, CKO_PRIVATE_KEY, "Signer EC");
    for (int i = 0; i < 20; i++) {
        fake_stop(&agent);
        (void)api_sign_ecdsa(session, key);
        CHECK_EQUAL(CKR_OK, p11->C_GetSlotList(CK_TRUE, NULL, &count));
        CHECK_EQUAL(0, count);
        fake_start(&agent);
        SCRIPT(faults_left = 1);
        SCRIPT(fault[RS_VERB_HELLO] = FAKE_LAST); /* closes before the next request */
        (void)p11->C_GetSlotList(CK_TRUE, NULL, &count);
        CHECK_EQUAL(CKR_OK, p11->C_GetSlotList(CK_TRUE, NULL, &count));
        CHECK_EQUAL(1, count);
    }
    CHECK_EQUAL(0, broken_pipes);
    api_end();
}

static void tests(void)
{
    RUN(interrupted_calls_go_on);
    RUN(an_agent_that_went_raises_no_signal);
}

int main(int count, char **arguments)
{
    return api_main(count, arguments, tests);
}
