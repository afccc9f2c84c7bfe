/* What asks the agent, and how soon a running program sees what changed there. */
#include "api.h"

/* What a browser does for a page, a hundred times over. One session stays open throughout. */
static void work_like_a_browser(void)
{
    CK_SESSION_HANDLE session;
    CK_SESSION_INFO session_info;
    CK_TOKEN_INFO token;
    CK_SLOT_ID slot;
    CK_ULONG count = 1;
    CK_BBOOL yes = CK_TRUE;
    CK_ATTRIBUTE template = {CKA_TOKEN, &yes, sizeof yes};
    CHECK_EQUAL(CKR_OK, p11->C_GetSlotList(CK_FALSE, &slot, &count));
    CHECK_EQUAL(CKR_OK, p11->C_GetTokenInfo(0, &token));
    CHECK_EQUAL(CKR_OK, p11->C_GetMechanismList(0, NULL, &count));
    CHECK_EQUAL(CKR_OK, p11->C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &session));
    CHECK_EQUAL(CKR_OK, p11->C_GetSessionInfo(session, &session_info));
    for (int i = 0; i < 10; i++)
        CHECK_EQUAL(12, api_count(session, &template, 1));
    CHECK_EQUAL(CKR_OK, p11->C_CloseSession(session));
}

static void look_ups_cost_no_round_trip(void)
{
    api_begin();
    CHECK_EQUAL(0, fake_calls(&agent, RS_VERB_HELLO)); /* C_Initialize asks nobody */
    (void)api_open_logged_in();
    CHECK_EQUAL(2, fake_calls(&agent, RS_VERB_LIST)); /* the session, the login */
    uint64_t begin = api_milliseconds();
    for (int i = 0; i < 100; i++)
        work_like_a_browser();
    /* One for each second begun. */
    CHECK(fake_calls(&agent, RS_VERB_LIST) <= 3 + (int)((api_milliseconds() - begin) / 1000));
    CHECK_EQUAL(1, fake_calls(&agent, RS_VERB_HELLO));
    api_end();
}

static void who_asks_for_the_slot_gets_todays_answer(void)
{
    api_begin();
    for (int i = 1; i <= 3; i++) {
        CHECK_EQUAL(1, api_slots_with_token());
        CHECK_EQUAL(2 * i - 1, fake_calls(&agent, RS_VERB_LIST));
        api_look();
        CHECK_EQUAL(2 * i, fake_calls(&agent, RS_VERB_LIST));
    }
    fake_stop(&agent);
    CHECK_EQUAL(0, api_slots_with_token());
    fake_start(&agent);
    api_end();
}

/* Without C_WaitForSlotEvent, by look-ups alone. */
static void a_change_shows_within_a_second(void)
{
    api_begin();
    CK_SESSION_HANDLE session = api_open();
    CHECK_EQUAL(9, api_count(session, NULL, 0));
    uint64_t before = api_milliseconds();
    SCRIPT(credentials = 2);
    SCRIPT(generation++);
    uint64_t now = before;
    uint64_t asked = before;
    while (now - before < 20000 && api_count(session, NULL, 0) != 7) {
        asked = now; /* the last look-up that showed the old card began before this */
        now = api_milliseconds();
    }
    CHECK(now - before < 20000);
    CHECK(asked - before <= 1000);
    api_end();
}

/* An agent that went away is noticed by the next look-up, whatever the listing's age. */
static void an_agent_that_went_is_noticed_at_once(void)
{
    CK_SESSION_HANDLE other;
    api_begin();
    CK_SESSION_HANDLE session = api_open();
    CHECK_EQUAL(9, api_count(session, NULL, 0));
    fake_stop(&agent);
    CHECK_EQUAL(CKR_DEVICE_REMOVED, p11->C_FindObjectsInit(session, NULL, 0));
    CHECK_EQUAL(CKR_TOKEN_NOT_PRESENT,
                p11->C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &other));
    fake_start(&agent);
    api_end();
}

static void tests(void)
{
    RUN(look_ups_cost_no_round_trip);
    RUN(who_asks_for_the_slot_gets_todays_answer);
    RUN(a_change_shows_within_a_second);
    RUN(an_agent_that_went_is_noticed_at_once);
}

int main(int count, char **arguments)
{
    return api_main(count, arguments, tests);
}
