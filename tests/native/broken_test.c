/* An agent that is killed, or sends something wrong, at every point of every call: the call has its
 * error, nothing is asked twice that may not be, and the next call works. */
#include "api.h"
#include "api_clock.h"
#include "fake_change.h"

static const char *what; /* for messages */
static size_t where;

#define EXPECT(expected, actual)                                                                   \
    do {                                                                                           \
        unsigned long long expect_got = (unsigned long long)(actual);                              \
        if (expect_got != (unsigned long long)(expected)) {                                        \
            fprintf(stderr, "%s, %zu: ", what, where);                                             \
            CHECK_EQUAL(expected, expect_got);                                                     \
        }                                                                                          \
    } while (0)

/* ---- the calls ---- */

/* A listing is trusted for a second, which nobody has to wait for. */
static CK_RV call_list(void)
{
    api_clock_forward(1000);
    return api_call_list();
}

static const struct verb_case {
    const char *name;
    rs_verb verb;
    CK_RV (*call)(void);
    bool logged_in; /* before the call */
    bool repeated;  /* asked again on a new connection, when the connection broke */
    CK_RV broken;   /* when that did not help */
    CK_RV nonsense; /* when the answer is not what the protocol allows */
} verbs[] = {
    {"HELLO", RS_VERB_HELLO, call_list, false, false, CKR_TOKEN_NOT_PRESENT, CKR_TOKEN_NOT_PRESENT},
    {"LIST", RS_VERB_LIST, call_list, true, true, CKR_TOKEN_NOT_PRESENT, CKR_TOKEN_NOT_PRESENT},
    {"LOGIN", RS_VERB_LOGIN, api_call_login, false, false, CKR_DEVICE_REMOVED, CKR_DEVICE_REMOVED},
    {"SIGN", RS_VERB_SIGN, api_call_sign, true, false, CKR_DEVICE_REMOVED, CKR_DEVICE_REMOVED},
    {"VERIFY", RS_VERB_VERIFY, api_call_verify, true, true, CKR_DEVICE_REMOVED, CKR_DEVICE_REMOVED},
    /* Whatever becomes of LOGOUT, the login is over: with the connections at the latest. */
    {"LOGOUT", RS_VERB_LOGOUT, api_call_logout, true, true, CKR_OK, CKR_OK},
};
enum { VERBS = sizeof verbs / sizeof verbs[0] };

static void set_fault(const struct verb_case *each, fake_fault kind, int times)
{
    fake_lock(&agent);
    memset(agent.script.fault, 0, sizeof agent.script.fault);
    agent.script.fault[each->verb] = kind;
    agent.script.faults_left = times;
    agent.script.generation++; /* so that a LIST is answered in full */
    fake_unlock(&agent);
}

static void log_in(bool wanted)
{
    CK_RV rv = wanted ? api_call_login() : api_call_logout();
    CHECK(rv == CKR_OK || rv == (wanted ? CKR_USER_ALREADY_LOGGED_IN : CKR_USER_NOT_LOGGED_IN));
}

/* Session and keys, and connected: except for HELLO, which comes first on a new connection. */
static void get_ready(const struct verb_case *each)
{
    what = each->name;
    log_in(each->logged_in);
    if (each->verb == RS_VERB_HELLO) {
        fake_stop(&agent);
        fake_start(&agent);
    }
}

/* The same call, in the same program, once the agent is well. */
static void check_recovery(const struct verb_case *each)
{
    fake_lock(&agent);
    memset(agent.script.fault, 0, sizeof agent.script.fault);
    fake_unlock(&agent);
    log_in(each->logged_in);
    EXPECT(CKR_OK, each->call());
    log_in(true);
    EXPECT(CKR_OK, api_call_sign());
}

static void check_broken(const struct verb_case *each, fake_fault kind)
{
    get_ready(each);
    set_fault(each, kind, -1);
    int before = fake_calls(&agent, each->verb);
    EXPECT(each->broken, each->call());
    EXPECT(before + (each->repeated ? 2 : 1), fake_calls(&agent, each->verb));
    check_recovery(each);
}

static void check_broken_once(const struct verb_case *each, fake_fault kind)
{
    get_ready(each);
    set_fault(each, kind, 1);
    EXPECT(each->repeated ? CKR_OK : each->broken, each->call());
    check_recovery(each);
}

/* ---- the tests ---- */

/* The agent ends: before the connection, after the greeting, with the request in its hands, and
 * after each byte of its answer. */
static void an_agent_may_die_at_any_point(void)
{
    api_begin_logged_in();
    for (size_t i = 0; i < VERBS; i++) {
        get_ready(&verbs[i]);
        EXPECT(CKR_OK, verbs[i].call());
        size_t length = agent.last_answer;
        CHECK(length > 4 + 8 + 2 + 4 - 1);
        where = SIZE_MAX;
        check_broken(&verbs[i], FAKE_CLOSE);
        check_broken_once(&verbs[i], FAKE_CLOSE);
        for (where = 0; where < length; where += fake_next_cut(where, length)) {
            SCRIPT(cut = where);
            check_broken(&verbs[i], FAKE_CUT);
            check_broken_once(&verbs[i], FAKE_CUT);
        }
    }
    api_end();
}

/* Between two calls: the module finds out before it sends anything that may not be sent twice. */
static void an_agent_may_die_between_calls(void)
{
    api_begin_logged_in();
    SCRIPT(mode = RS_LOGIN_AGENT); /* no login to lose */
    EXPECT(CKR_OK, call_list());
    for (size_t i = 0; i < VERBS; i++) {
        if (verbs[i].verb == RS_VERB_LOGIN || verbs[i].verb == RS_VERB_LOGOUT)
            continue; /* not sent in this mode */
        what = verbs[i].name;
        fake_stop(&agent);
        EXPECT(verbs[i].broken, verbs[i].call());
        fake_start(&agent);
        EXPECT(CKR_OK, verbs[i].call());
        /* A HELLO is answered, and then the agent ends: the request goes nowhere. */
        set_fault(&verbs[0], FAKE_LAST, -1);
        fake_stop(&agent);
        fake_start(&agent);
        CK_RV rv = verbs[i].call();
        CHECK(rv == CKR_OK || rv == verbs[i].broken);
        set_fault(&verbs[0], FAKE_NO_FAULT, 0);
        EXPECT(CKR_OK, verbs[i].call());
    }
    api_end();
}

/* ---- answers that are wrong ---- */

/* Each of them, in the answer to each verb: an error, with a second try only where the bytes could
 * not even be received, and the next call goes over a new connection. */
static void nonsense_is_refused_in_every_answer(void)
{
    char name[128];
    api_begin_logged_in();
    for (size_t i = 0; i < VERBS; i++) {
        for (size_t j = 0; j < FAKE_CHANGES; j++) {
            snprintf(name, sizeof name, "%s: %s", verbs[i].name, fake_changes[j].name);
            get_ready(&verbs[i]);
            what = name;
            where = 0;
            SCRIPT(change = fake_changes[j].change);
            set_fault(&verbs[i], FAKE_CHANGE, -1);
            int before = fake_calls(&agent, verbs[i].verb);
            EXPECT(verbs[i].nonsense, verbs[i].call());
            EXPECT(before + (fake_changes[j].unreadable && verbs[i].repeated ? 2 : 1),
                   fake_calls(&agent, verbs[i].verb));
            check_recovery(&verbs[i]);
        }
    }
    api_end();
}

/* ---- C_WaitForSlotEvent ---- */

static void *wait_for_event(void *argument)
{
    CK_SLOT_ID slot = 99;
    CK_RV *rv = argument;
    *rv = p11->C_WaitForSlotEvent(0, &slot, NULL);
    EXPECT(0, slot);
    return NULL;
}

/* The answer to a WAIT goes wrong when there is news: the module looks for itself. */
static void check_told(fake_fault kind)
{
    static const struct verb_case wait = {.verb = RS_VERB_WAIT};
    CK_RV rv = CKR_GENERAL_ERROR;
    CK_SLOT_ID slot;
    pthread_t waiter;
    int before = fake_calls(&agent, RS_VERB_WAIT);
    (void)p11->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL); /* takes what is no news any more */
    REQUIRE(pthread_create(&waiter, NULL, wait_for_event, &rv) == 0);
    REQUIRE(fake_wait_calls(&agent, RS_VERB_WAIT, before + 1));
    set_fault(&wait, kind, 1);
    fake_hold(&agent, 0); /* wakes the WAIT, which sees the new generation */
    pthread_join(waiter, NULL);
    EXPECT(CKR_OK, rv);
    EXPECT(before + 1, fake_calls(&agent, RS_VERB_WAIT));
    set_fault(&wait, FAKE_NO_FAULT, 0);
    EXPECT(CKR_OK, api_call_sign());
}

static void a_wait_that_breaks_at_the_news_still_tells_them(void)
{
    enum { ANSWER = 4 + 8 + 2 + 4 + 8 };
    api_begin_logged_in();
    what = "WAIT";
    check_told(FAKE_NO_FAULT);
    check_told(FAKE_CLOSE);
    for (where = 0; where < ANSWER; where++) {
        SCRIPT(cut = where);
        check_told(FAKE_CUT);
    }
    where = 0;
    for (size_t i = 0; i < FAKE_CHANGES; i++) {
        what = fake_changes[i].name;
        SCRIPT(change = fake_changes[i].change);
        check_told(FAKE_CHANGE);
    }
    api_end();
}

/* ---- answers that are unusual, and right ---- */

static size_t unknown_problem(uint8_t *frame, size_t length)
{
    (void)length;
    return fake_problem_with_message(frame, 99, 0);
}

static size_t longest_message(uint8_t *frame, size_t length)
{
    (void)length;
    return fake_problem_with_message(frame, 16, 4096);
}

static void a_problem_that_is_not_known_is_an_error_and_no_more(void)
{
    api_begin_logged_in();
    for (size_t i = 0; i < VERBS; i++) {
        CK_RV expected = verbs[i].verb == RS_VERB_LOGOUT  ? CKR_OK
                         : verbs[i].verb == RS_VERB_HELLO ? CKR_TOKEN_NOT_PRESENT
                                                          : CKR_GENERAL_ERROR;
        what = verbs[i].name;
        get_ready(&verbs[i]);
        SCRIPT(change = unknown_problem);
        set_fault(&verbs[i], FAKE_CHANGE, -1);
        EXPECT(expected, verbs[i].call());
        check_recovery(&verbs[i]);
        get_ready(&verbs[i]);
        SCRIPT(change = longest_message);
        set_fault(&verbs[i], FAKE_CHANGE, -1);
        EXPECT(expected, verbs[i].call());
        check_recovery(&verbs[i]);
    }
    api_end();
}

static size_t bytes_after_the_answer(uint8_t *frame, size_t length)
{
    memset(frame + length, 0, 3);
    return length + 3;
}

/* What comes unasked belongs to no call: the connection is not used again. */
static void a_connection_with_bytes_left_is_given_up(void)
{
    api_begin_logged_in();
    for (size_t i = 1; i < VERBS; i++) {
        get_ready(&verbs[i]);
        SCRIPT(change = bytes_after_the_answer);
        set_fault(&verbs[i], FAKE_CHANGE, 1);
        int before = fake_calls(&agent, RS_VERB_HELLO);
        EXPECT(CKR_OK, verbs[i].call());
        EXPECT(CKR_OK, call_list());
        EXPECT(before + 1, fake_calls(&agent, RS_VERB_HELLO));
        check_recovery(&verbs[i]);
    }
    api_end();
}

static void every_answer_may_come_byte_by_byte(void)
{
    api_begin_logged_in();
    for (size_t i = 0; i < VERBS; i++) {
        get_ready(&verbs[i]);
        set_fault(&verbs[i], FAKE_DRIP, -1);
        EXPECT(CKR_OK, verbs[i].call());
        check_recovery(&verbs[i]);
    }
    api_end();
}

/* What an agent of the future that has forgotten version 1 says to HELLO. */
static size_t refusal_in_version_2(uint8_t *frame, size_t length)
{
    frame[FAKE_VERSION_AT] = 2;
    (void)length;
    return fake_problem_with_message(frame, RS_INVALID_REQUEST, 40);
}

static void an_agent_of_another_version_is_named_in_the_log(void)
{
    char path[128];
    char line[1024] = "";
    api_begin();
    snprintf(path, sizeof path, "%s/log", agent.place.folder);
    api_log_to(path);
    SCRIPT(change = refusal_in_version_2);
    set_fault(&verbs[0], FAKE_CHANGE, -1);
    for (int i = 0; i < 3; i++)
        CHECK_EQUAL(CKR_TOKEN_NOT_PRESENT, call_list());
    api_log_to(NULL);
    FILE *file = fopen(path, "r");
    REQUIRE(file != NULL);
    CHECK(fgets(line, sizeof line, file) != NULL);
    CHECK(strstr(line, "it speaks another version of the card protocol") != NULL);
    CHECK(fgets(line, sizeof line, file) == NULL); /* once */
    fclose(file);
    CHECK_EQUAL(0, remove(path));
    set_fault(&verbs[0], FAKE_NO_FAULT, 0); /* replaced by one that speaks version 1 */
    CHECK_EQUAL(CKR_OK, call_list());
    api_end();
}

int main(int count, char **arguments)
{
    if (count != 2)
        return 2;
    api_log_to(NULL);
    void *module = api_load(arguments[1]);
    api_clock_take(module);
    RUN(an_agent_may_die_at_any_point);
    RUN(an_agent_may_die_between_calls);
    RUN(nonsense_is_refused_in_every_answer);
    RUN(a_wait_that_breaks_at_the_news_still_tells_them);
    RUN(a_problem_that_is_not_known_is_an_error_and_no_more);
    RUN(a_connection_with_bytes_left_is_given_up);
    RUN(every_answer_may_come_byte_by_byte);
    RUN(an_agent_of_another_version_is_named_in_the_log);
    api_unload(module);
    return failed_checks == 0 ? 0 : 1;
}
