/* An agent that refuses, breaks off, sends nonsense, hangs, or goes and comes back. */
#include "api.h"

#include <unistd.h>

static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE ec;

/* Mode `agent`: no login to lose. */
static void begin(void)
{
    api_begin();
    SCRIPT(mode = RS_LOGIN_AGENT);
    session = api_open();
    ec = api_find(session, CKO_PRIVATE_KEY, "Signer EC");
}

static void fault(rs_verb verb, fake_fault kind, int times)
{
    fake_lock(&agent);
    memset(agent.script.fault, 0, sizeof agent.script.fault);
    agent.script.fault[verb] = kind;
    agent.script.faults_left = times;
    fake_unlock(&agent);
}

/* conventions, section 3: number on the wire, at C_Sign, at C_Login. */
static const struct {
    uint16_t problem;
    CK_RV at_sign;
    CK_RV at_login;
} problems[] = {
    {RS_INVALID_REQUEST, CKR_ARGUMENTS_BAD, CKR_ARGUMENTS_BAD},
    {RS_UNSUPPORTED_ALGORITHM, CKR_MECHANISM_INVALID, CKR_GENERAL_ERROR},
    {RS_DATA_INVALID, CKR_DATA_INVALID, CKR_GENERAL_ERROR},
    {RS_DATA_LENGTH, CKR_DATA_LEN_RANGE, CKR_GENERAL_ERROR},
    {RS_UNKNOWN_KEY, CKR_KEY_HANDLE_INVALID, CKR_GENERAL_ERROR},
    {RS_CREDENTIAL_UNUSABLE, CKR_KEY_FUNCTION_NOT_PERMITTED, CKR_GENERAL_ERROR},
    {RS_NOT_SIGNED_IN, CKR_USER_NOT_LOGGED_IN, CKR_DEVICE_REMOVED},
    {RS_NOT_ALLOWED, CKR_FUNCTION_REJECTED, CKR_FUNCTION_REJECTED},
    {RS_PIN_INCORRECT, CKR_USER_NOT_LOGGED_IN, CKR_PIN_INCORRECT},
    {RS_PIN_LOCKED, CKR_FUNCTION_REJECTED, CKR_PIN_LOCKED},
    {RS_DECLINED, CKR_FUNCTION_REJECTED, CKR_FUNCTION_CANCELED},
    {RS_CONSENT_NEEDED, CKR_USER_NOT_LOGGED_IN, CKR_GENERAL_ERROR},
    {RS_LIMIT_REACHED, CKR_FUNCTION_REJECTED, CKR_FUNCTION_REJECTED},
    {RS_AGENT_UNAVAILABLE, CKR_DEVICE_REMOVED, CKR_DEVICE_REMOVED},
    {RS_UNAVAILABLE, CKR_DEVICE_ERROR, CKR_DEVICE_ERROR},
    {RS_INTERNAL, CKR_GENERAL_ERROR, CKR_GENERAL_ERROR},
    {17, CKR_GENERAL_ERROR, CKR_GENERAL_ERROR},
    {0xffff, CKR_GENERAL_ERROR, CKR_GENERAL_ERROR},
};

static void every_problem_has_its_code(void)
{
    begin();
    for (size_t i = 0; i < sizeof problems / sizeof problems[0]; i++) {
        SCRIPT(problem[RS_VERB_SIGN] = problems[i].problem);
        CHECK_EQUAL(problems[i].at_sign, api_sign_ecdsa(session, ec));
        SCRIPT(problem[RS_VERB_SIGN] = 0);
        CHECK_EQUAL(CKR_OK, api_sign_ecdsa(session, ec));
    }
    SCRIPT(mode = RS_LOGIN_PIN);
    for (size_t i = 0; i < sizeof problems / sizeof problems[0]; i++) {
        SCRIPT(problem[RS_VERB_LOGIN] = problems[i].problem);
        CHECK_EQUAL(problems[i].at_login, p11->C_Login(session, CKU_USER, PIN, PIN_LENGTH));
    }
    SCRIPT(problem[RS_VERB_LOGIN] = 0);
    CHECK_EQUAL(CKR_OK, p11->C_Login(session, CKU_USER, PIN, PIN_LENGTH));
    api_end();
}

/* Nor does a problem of SIGN, told for LIST, become an outcome that C_Login cannot have. */
static void a_listing_has_no_problem_of_a_signature(void)
{
    begin();
    for (size_t i = 0; i < sizeof problems / sizeof problems[0]; i++) {
        CK_RV expected = CKR_GENERAL_ERROR;
        if (problems[i].problem == RS_INVALID_REQUEST)
            expected = CKR_ARGUMENTS_BAD;
        if (problems[i].problem == RS_AGENT_UNAVAILABLE)
            expected = CKR_DEVICE_REMOVED;
        if (problems[i].problem == RS_UNAVAILABLE)
            expected = CKR_DEVICE_ERROR;
        SCRIPT(problem[RS_VERB_LIST] = problems[i].problem);
        CHECK_EQUAL(expected, p11->C_Login(session, CKU_USER, PIN, PIN_LENGTH));
    }
    SCRIPT(problem[RS_VERB_LIST] = 0);
    CHECK_EQUAL(CKR_OK, p11->C_Login(session, CKU_USER, PIN, PIN_LENGTH));
    api_end();
}

/* A request that was received is never sent again: it may have been carried out. */
static void a_signature_cut_anywhere_fails_once(void)
{
    begin();
    enum { ANSWER = 4 + 8 + 2 + 4 + 4 + 64 };
    for (size_t cut = 0; cut < ANSWER; cut++) {
        int before = fake_calls(&agent, RS_VERB_SIGN);
        SCRIPT(cut = cut);
        fault(RS_VERB_SIGN, FAKE_CUT, 1);
        CHECK_EQUAL(CKR_DEVICE_REMOVED, api_sign_ecdsa(session, ec));
        CHECK_EQUAL(before + 1, fake_calls(&agent, RS_VERB_SIGN));
        CHECK_EQUAL(CKR_OK, api_sign_ecdsa(session, ec));
    }
    fault(RS_VERB_SIGN, FAKE_CLOSE, 1);
    CHECK_EQUAL(CKR_DEVICE_REMOVED, api_sign_ecdsa(session, ec));
    CHECK_EQUAL(CKR_OK, api_sign_ecdsa(session, ec));
    api_end();
}

/* Harmless requests are asked again on a new connection, once. */
static void a_list_cut_anywhere_is_asked_again(void)
{
    begin();
    for (size_t cut = 0; cut < 700; cut += 7) {
        int before = fake_calls(&agent, RS_VERB_LIST);
        SCRIPT(generation++); /* so that the answer is a whole list */
        SCRIPT(cut = cut);
        fault(RS_VERB_LIST, FAKE_CUT, 1);
        CHECK_EQUAL(1, api_slots_with_token());
        CHECK_EQUAL(before + 2, fake_calls(&agent, RS_VERB_LIST));
        SCRIPT(generation++);
        fault(RS_VERB_LIST, FAKE_CUT, -1);
        CHECK_EQUAL(0, api_slots_with_token());
        CHECK_EQUAL(before + 4, fake_calls(&agent, RS_VERB_LIST));
        fault(RS_VERB_LIST, FAKE_NO_FAULT, 0);
        CHECK_EQUAL(1, api_slots_with_token());
    }
    api_end();
}

static void a_greeting_that_fails_is_an_absent_token(void)
{
    api_begin();
    fault(RS_VERB_HELLO, FAKE_CLOSE, -1);
    CHECK_EQUAL(0, api_slots_with_token());
    fault(RS_VERB_HELLO, FAKE_NO_FAULT, 0);
    SCRIPT(problem[RS_VERB_HELLO] = RS_INVALID_REQUEST);
    CHECK_EQUAL(0, api_slots_with_token());
    SCRIPT(problem[RS_VERB_HELLO] = 0);
    CHECK_EQUAL(1, api_slots_with_token());
    api_end();
}

/* A PIN that was received may have been counted: not sent twice. */
static void a_login_is_never_repeated(void)
{
    api_begin();
    session = api_open();
    fault(RS_VERB_LOGIN, FAKE_CLOSE, 1);
    CHECK_EQUAL(CKR_DEVICE_REMOVED, p11->C_Login(session, CKU_USER, PIN, PIN_LENGTH));
    CHECK_EQUAL(1, fake_calls(&agent, RS_VERB_LOGIN));
    CHECK_EQUAL(CKR_OK, p11->C_Login(session, CKU_USER, PIN, PIN_LENGTH));
    api_end();
}

static void answers_may_come_byte_by_byte(void)
{
    begin();
    fault(RS_VERB_SIGN, FAKE_DRIP, -1);
    CHECK_EQUAL(CKR_OK, api_sign_ecdsa(session, ec));
    fault(RS_VERB_LIST, FAKE_DRIP, -1);
    SCRIPT(generation++);
    CHECK_EQUAL(1, api_slots_with_token());
    api_end();
}

static void nonsense_is_not_a_signature(void)
{
    static const uint8_t nothing[] = {0, 0, 0, 0};
    static const uint8_t short_frame[] = {7, 0, 0, 0, 1, 0, 5, 0x80, 0, 0, 0};
    static const uint8_t too_long[] = {1, 0, 16, 0, 1, 0, 5, 0x80};
    static const uint8_t huge[] = {0xff, 0xff, 0xff, 0xff};
    static const uint8_t wrong_version[] = {14, 0, 0, 0, 2, 0, 5, 0x80, 3,
                                            0,  0, 0, 0, 0, 0, 0, 0,    0};
    static const uint8_t wrong_verb[] = {14, 0, 0, 0, 1, 0, 4, 0x80, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    static const uint8_t wrong_id[] = {14, 0, 0, 0, 1, 0, 5, 0x80, 99, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    static const rs_bytes cases[] = {{nothing, sizeof nothing},
                                     {short_frame, sizeof short_frame},
                                     {too_long, sizeof too_long},
                                     {huge, sizeof huge},
                                     {wrong_version, sizeof wrong_version},
                                     {wrong_verb, sizeof wrong_verb},
                                     {wrong_id, sizeof wrong_id}};
    begin();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        SCRIPT(raw = cases[i]);
        fault(RS_VERB_SIGN, FAKE_RAW, 1);
        CHECK_EQUAL(CKR_DEVICE_REMOVED, api_sign_ecdsa(session, ec));
        CHECK_EQUAL(CKR_OK, api_sign_ecdsa(session, ec));
    }
    static const size_t lengths[] = {63, 65, 1, 2048};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        SCRIPT(signature_length = lengths[i]);
        CHECK_EQUAL(CKR_GENERAL_ERROR, api_sign_ecdsa(session, ec));
    }
    SCRIPT(signature_length = 0);
    CHECK_EQUAL(CKR_OK, api_sign_ecdsa(session, ec));
    api_end();
}

/* The session and the handles of a program live through a restart of the agent; what it had proven
 * does not. */
static void the_agent_comes_back_under_a_living_program(void)
{
    CK_OBJECT_HANDLE handle;
    CK_TOKEN_INFO token;
    api_begin();
    session = api_open_logged_in();
    ec = api_find(session, CKO_PRIVATE_KEY, "Signer EC");
    CHECK_EQUAL(CKR_OK, api_sign_ecdsa(session, ec));
    fake_stop(&agent);
    CHECK_EQUAL(CKR_DEVICE_REMOVED, api_sign_ecdsa(session, ec));
    CHECK_EQUAL(CKR_TOKEN_NOT_PRESENT, p11->C_GetTokenInfo(0, &token));
    CHECK_EQUAL(CKR_DEVICE_REMOVED, p11->C_FindObjectsInit(session, NULL, 0));
    CHECK_EQUAL(CKR_TOKEN_NOT_PRESENT,
                p11->C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &handle));
    fake_start(&agent); /* same generation, other process */
    CHECK_EQUAL(CKR_OK, p11->C_GetTokenInfo(0, &token));
    CHECK_EQUAL(CKR_USER_NOT_LOGGED_IN, api_sign_ecdsa(session, ec));
    CHECK_EQUAL(CKR_OK,
                p11->C_Login(session, CKU_USER, PIN, PIN_LENGTH)); /* not "already logged in" */
    CHECK_EQUAL(ec, api_find(session, CKO_PRIVATE_KEY, "Signer EC"));
    CHECK_EQUAL(CKR_OK, api_sign_ecdsa(session, ec));
    api_end();
}

/* Without a call in between: the stale connection is noticed, nothing is lost. */
static void a_restart_between_two_calls_is_not_even_noticed(void)
{
    begin();
    fake_stop(&agent);
    SCRIPT(credentials = 2); /* the new process lists something else under the same generation */
    fake_start(&agent);
    CHECK_EQUAL(CKR_OK, api_sign_ecdsa(session, ec));
    fake_stop(&agent);
    fake_start(&agent);
    CHECK_EQUAL(9, api_count(session, NULL, 0));
    api_end();
}

/* The connection that a signature opened leads to the new process, of whose card nothing is known.
 */
static void a_listing_after_a_restart_is_of_the_new_agent(void)
{
    begin();
    fake_stop(&agent);
    SCRIPT(credentials = 2); /* under the same generation */
    fake_start(&agent);
    CHECK_EQUAL(CKR_OK, api_sign_ecdsa(session, ec));
    CHECK_EQUAL(9, api_count(session, NULL, 0)); /* without a second of waiting */
    SCRIPT(credentials = 3);
    fake_stop(&agent);
    fake_start(&agent);
    CHECK_EQUAL(CKR_OK, api_sign_ecdsa(session, ec));
    api_look();
    CHECK_EQUAL(12, api_count(session, NULL, 0));
    api_end();
}

static void another_programs_logout_is_its_own(void)
{
    api_begin();
    session = api_open_logged_in();
    fake_lock(&agent); /* as another instance of the protocol would */
    CHECK_EQUAL(1, agent.instance_count);
    CHECK(agent.instances[0].logged_in);
    fake_unlock(&agent);
    CHECK_EQUAL(CKR_OK, p11->C_Finalize(NULL));
    CHECK(fake_wait_open(&agent, 0)); /* and with the last connection the login is over */
    fake_lock(&agent);
    CHECK(!agent.instances[0].logged_in);
    fake_unlock(&agent);
    CHECK_EQUAL(CKR_OK, p11->C_Initialize(NULL));
    session = api_open();
    fake_lock(&agent);
    CHECK_EQUAL(2, agent.instance_count); /* a new instance each time */
    fake_unlock(&agent);
    api_end();
}

/* Each reason once, however often a program asks. */
static void an_absent_agent_is_logged_once(void)
{
    char path[128];
    char line[1024];
    int lines = 0;
    fake_create(&agent);
    snprintf(path, sizeof path, "%s/log", agent.place.folder);
    setenv("REMOTESIGNING_LOG", path, 1);
    CHECK_EQUAL(CKR_OK, p11->C_Initialize(NULL));
    for (int i = 0; i < 20; i++)
        CHECK_EQUAL(0, api_slots_with_token());
    FILE *file = fopen(path, "r");
    REQUIRE(file != NULL);
    while (fgets(line, sizeof line, file) != NULL) {
        CHECK(strstr(line, "no connection to the agent: the agent is not running") != NULL);
        lines++;
    }
    fclose(file);
    CHECK_EQUAL(1, lines);
    unlink(path);
    setenv("REMOTESIGNING_LOG", "/dev/null", 1);
    fake_start(&agent);
    api_end();
}

static void tests(void)
{
    RUN(every_problem_has_its_code);
    RUN(a_listing_has_no_problem_of_a_signature);
    RUN(a_signature_cut_anywhere_fails_once);
    RUN(a_list_cut_anywhere_is_asked_again);
    RUN(a_greeting_that_fails_is_an_absent_token);
    RUN(a_login_is_never_repeated);
    RUN(answers_may_come_byte_by_byte);
    RUN(nonsense_is_not_a_signature);
    RUN(the_agent_comes_back_under_a_living_program);
    RUN(a_restart_between_two_calls_is_not_even_noticed);
    RUN(a_listing_after_a_restart_is_of_the_new_agent);
    RUN(another_programs_logout_is_its_own);
    RUN(an_absent_agent_is_logged_once);
}

int main(int count, char **arguments)
{
    return api_main(count, arguments, tests);
}
