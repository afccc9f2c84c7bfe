/* A program of many threads: calls in parallel, logins and logouts that cross, C_Finalize among
 * them. */
#include "api.h"

enum { THREADS = 16, SIGNATURES = 50 };

typedef struct worker {
    pthread_t thread;
    int number;
    int good;
} worker;

/* Each message has a digest of its own, so an answer that reached the wrong thread would show. */
static void *sign_many(void *argument)
{
    worker *self = argument;
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE key;
    CK_MECHANISM mechanism = {CKM_ECDSA, NULL, 0};
    if (p11->C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &session) != CKR_OK)
        return NULL;
    key = api_find(session, CKO_PRIVATE_KEY, "Signer EC");
    for (int i = 0; i < SIGNATURES; i++) {
        CK_BYTE digest[32] = {(CK_BYTE)self->number, (CK_BYTE)i, 3};
        CK_BYTE signature[64];
        CK_ULONG length = sizeof signature;
        if (p11->C_SignInit(session, &mechanism, key) == CKR_OK &&
            p11->C_Sign(session, digest, sizeof digest, signature, &length) == CKR_OK &&
            memcmp(signature, digest, 32) == 0 && memcmp(signature + 32, digest, 32) == 0)
            self->good++;
    }
    (void)p11->C_CloseSession(session);
    return NULL;
}

static void run_threads(void *(*work)(void *))
{
    worker workers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (worker){.number = i};
        REQUIRE(pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(workers[i].thread, NULL);
        CHECK_EQUAL(SIGNATURES, workers[i].good);
    }
}

static void threads_sign_in_parallel(void)
{
    api_begin();
    (void)api_open_logged_in(); /* stays open: the login lasts */
    run_threads(sign_many);
    CHECK_EQUAL(THREADS * SIGNATURES, fake_calls(&agent, RS_VERB_SIGN));
    api_end();
}

static CK_SESSION_HANDLE shared;
static CK_OBJECT_HANDLE shared_key;

/* One session used by all, which PKCS#11 forbids: wrong answers are fine, damage is not. */
static void *misuse_session(void *argument)
{
    worker *self = argument;
    CK_MECHANISM mechanism = {CKM_SHA256_RSA_PKCS, NULL, 0};
    for (int i = 0; i < SIGNATURES; i++) {
        CK_BYTE signature[256];
        CK_ULONG length = sizeof signature;
        CK_OBJECT_HANDLE found;
        CK_ULONG count;
        (void)p11->C_SignInit(shared, &mechanism, shared_key);
        (void)p11->C_SignUpdate(shared, (CK_BYTE *)"x", 1);
        (void)p11->C_SignFinal(shared, signature, &length);
        (void)p11->C_FindObjectsInit(shared, NULL, 0);
        (void)p11->C_FindObjects(shared, &found, 1, &count);
        (void)p11->C_FindObjectsFinal(shared);
        if (self->number == 0 && i % 10 == 0) {
            CK_SESSION_HANDLE fresh = api_open();
            (void)p11->C_CloseSession(shared == fresh ? 0 : fresh);
        }
        self->good++;
    }
    return NULL;
}

static void a_session_shared_by_threads_does_no_damage(void)
{
    api_begin();
    shared = api_open_logged_in();
    shared_key = api_find(shared, CKO_PRIVATE_KEY, "Signer RSA");
    run_threads(misuse_session);
    api_end();
}

static void *list_and_login(void *argument)
{
    worker *self = argument;
    for (int i = 0; i < SIGNATURES; i++) {
        CK_SESSION_HANDLE session = api_open();
        CK_RV rv = p11->C_Login(session, CKU_USER, PIN, PIN_LENGTH);
        CK_RV out = CKR_OK;
        if (i % 5 == 0)
            out = p11->C_Logout(session);
        bool good = (rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN) &&
                    (out == CKR_OK || out == CKR_USER_NOT_LOGGED_IN);
        if (i % 7 == 0)
            SCRIPT(generation++);
        (void)api_count(session, NULL, 0);
        good = p11->C_CloseSession(session) == CKR_OK && good;
        self->good += good;
    }
    return NULL;
}

static void logins_and_renewals_race_safely(void)
{
    api_begin();
    run_threads(list_and_login);
    api_end();
}

/* C_Finalize while others call: they end with an answer. */
static void *call_until_finalized(void *argument)
{
    worker *self = argument;
    CK_RV rv = CKR_OK;
    while (rv != CKR_CRYPTOKI_NOT_INITIALIZED) {
        CK_ULONG count;
        rv = p11->C_GetSlotList(CK_TRUE, NULL, &count);
    }
    self->good = SIGNATURES;
    return NULL;
}

static void *finalize_soon(void *argument)
{
    (void)argument;
    CHECK(fake_wait_calls(&agent, RS_VERB_LIST, 200));
    CHECK_EQUAL(CKR_OK, p11->C_Finalize(NULL));
    return NULL;
}

static void finalize_waits_for_nobody(void)
{
    pthread_t finalizer;
    api_begin();
    REQUIRE(pthread_create(&finalizer, NULL, finalize_soon, NULL) == 0);
    run_threads(call_until_finalized);
    pthread_join(finalizer, NULL);
    CHECK_EQUAL(CKR_OK, p11->C_Initialize(NULL));
    api_end();
}

/* Opens, signs, closes, whatever comes of it, until told to stop. */
static atomic_bool stop;

static void *use_until_stopped(void *argument)
{
    worker *self = argument;
    CK_MECHANISM mechanism = {CKM_ECDSA, NULL, 0};
    while (!stop) {
        CK_SESSION_HANDLE session = 0;
        CK_OBJECT_HANDLE found[16] = {0};
        CK_ULONG count = 0;
        CK_BYTE signature[64] = {0};
        CK_ULONG length = sizeof signature;
        (void)p11->C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &session);
        (void)p11->C_Login(session, CKU_USER, PIN, PIN_LENGTH);
        (void)p11->C_FindObjectsInit(session, NULL, 0);
        (void)p11->C_FindObjects(session, found, 16, &count);
        (void)p11->C_FindObjectsFinal(session);
        for (CK_ULONG i = 0; i < count; i++) {
            if (p11->C_SignInit(session, &mechanism, found[i]) == CKR_OK)
                (void)p11->C_Sign(session, signature, 32, signature, &length);
        }
        (void)p11->C_CloseSession(session);
    }
    self->good = SIGNATURES;
    return NULL;
}

static void *finalize_again_and_again(void *argument)
{
    enum { ROUNDS = 20, SOME = 30 };
    (void)argument;
    for (int i = 0; i < ROUNDS; i++) {
        CHECK(fake_wait_calls(&agent, RS_VERB_LIST, fake_calls(&agent, RS_VERB_LIST) + SOME));
        CHECK_EQUAL(CKR_OK, p11->C_Finalize(NULL));
        CHECK_EQUAL(CKR_OK, p11->C_Initialize(NULL));
    }
    stop = true;
    return NULL;
}

static void finalize_takes_nothing_away_from_calls_under_way(void)
{
    pthread_t finalizer;
    api_begin();
    stop = false;
    REQUIRE(pthread_create(&finalizer, NULL, finalize_again_and_again, NULL) == 0);
    run_threads(use_until_stopped);
    pthread_join(finalizer, NULL);
    api_end();
}

/* ---- the last session and the login ---- */

/* Nobody logs out, and each has a session open: a login lasts, whoever else closes its own. */
static void *login_and_sign(void *argument)
{
    worker *self = argument;
    for (int i = 0; i < SIGNATURES; i++) {
        CK_SESSION_HANDLE session = api_open();
        CK_RV rv = p11->C_Login(session, CKU_USER, PIN, PIN_LENGTH);
        bool good = rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN;
        CK_OBJECT_HANDLE key = api_find(session, CKO_PRIVATE_KEY, "Signer EC");
        good = api_sign_ecdsa(session, key) == CKR_OK && good;
        self->good += p11->C_CloseSession(session) == CKR_OK && good;
    }
    return NULL;
}

static void a_login_lasts_while_any_session_does(void)
{
    api_begin();
    run_threads(login_and_sign);
    fake_lock(&agent);
    CHECK(!agent.instances[0].logged_in); /* and no longer */
    fake_unlock(&agent);
    api_end();
}

static void *close_session(void *argument)
{
    CHECK_EQUAL(CKR_OK, p11->C_CloseSession(*(CK_SESSION_HANDLE *)argument));
    return NULL;
}

typedef struct login {
    CK_SESSION_HANDLE session;
    CK_RV rv;
    atomic_bool done;
} login;

static void *log_in(void *argument)
{
    login *self = argument;
    self->rv = p11->C_Login(self->session, CKU_USER, PIN, PIN_LENGTH);
    self->done = true;
    return NULL;
}

/* The agent takes its time for the LOGOUT of the last session closed. A login that begins meanwhile
 * is not ended by it; nor is it taken for done because the old one is not over yet. */
static void a_late_logout_does_not_end_a_new_login(void)
{
    enum { SOME = 200 };
    pthread_t closer;
    pthread_t user;
    CK_ULONG count;
    api_begin();
    CK_SESSION_HANDLE last = api_open_logged_in();
    fake_hold(&agent, RS_VERB_LOGOUT);
    REQUIRE(pthread_create(&closer, NULL, close_session, &last) == 0);
    REQUIRE(fake_wait_calls(&agent, RS_VERB_LOGOUT, 1));
    login fresh = {.session = api_open()};
    REQUIRE(pthread_create(&user, NULL, log_in, &fresh) == 0);
    for (int i = 0; i < SOME && !fresh.done; i++) /* time for a login that does not wait */
        CHECK_EQUAL(CKR_OK, p11->C_GetSlotList(CK_TRUE, NULL, &count));
    fake_hold(&agent, 0);
    pthread_join(closer, NULL);
    pthread_join(user, NULL);
    CHECK_EQUAL(CKR_OK, fresh.rv);
    CK_SESSION_INFO info;
    CHECK_EQUAL(CKR_OK, p11->C_GetSessionInfo(fresh.session, &info));
    CHECK_EQUAL(CKS_RO_USER_FUNCTIONS, info.state);
    fake_lock(&agent);
    CHECK(agent.instances[0].logged_in);
    fake_unlock(&agent);
    api_end();
}

/* A new session begins without the login that the last one had, also before the agent knows. */
static void a_session_does_not_inherit_a_login_that_is_ending(void)
{
    pthread_t closer;
    CK_SESSION_INFO info;
    api_begin();
    CK_SESSION_HANDLE last = api_open_logged_in();
    fake_hold(&agent, RS_VERB_LOGOUT);
    REQUIRE(pthread_create(&closer, NULL, close_session, &last) == 0);
    REQUIRE(fake_wait_calls(&agent, RS_VERB_LOGOUT, 1));
    CK_SESSION_HANDLE fresh = api_open(); /* lists a card that is logged in */
    CHECK_EQUAL(CKR_OK, p11->C_GetSessionInfo(fresh, &info));
    CHECK_EQUAL(CKS_RO_PUBLIC_SESSION, info.state);
    fake_hold(&agent, 0);
    pthread_join(closer, NULL);
    api_end();
}

/* The user types the PIN while another thread closes the session it is for. */
static void a_login_without_a_session_left_ends_at_once(void)
{
    pthread_t user;
    api_begin();
    login late = {.session = api_open()};
    fake_hold(&agent, RS_VERB_LOGIN);
    REQUIRE(pthread_create(&user, NULL, log_in, &late) == 0);
    REQUIRE(fake_wait_calls(&agent, RS_VERB_LOGIN, 1));
    CHECK_EQUAL(CKR_OK, p11->C_CloseSession(late.session));
    fake_hold(&agent, 0);
    pthread_join(user, NULL);
    CHECK_EQUAL(1, fake_calls(&agent, RS_VERB_LOGOUT));
    fake_lock(&agent);
    CHECK(!agent.instances[0].logged_in);
    fake_unlock(&agent);
    api_end();
}

static void *sign_while_held(void *argument)
{
    CK_SESSION_HANDLE session = *(CK_SESSION_HANDLE *)argument;
    CHECK_EQUAL(CKR_OK, api_sign_ecdsa(session, api_find(session, CKO_PRIVATE_KEY, "Signer EC")));
    return NULL;
}

/* The agent refuses LOGOUT, and the connection of a signature keeps the login there: for the
 * program it is over all the same. */
static void a_refused_logout_ends_the_programs_login(void)
{
    pthread_t signer;
    CK_SESSION_INFO info;
    api_begin();
    CK_SESSION_HANDLE busy = api_open_logged_in();
    CK_SESSION_HANDLE session = api_open();
    fake_hold(&agent, RS_VERB_SIGN);
    REQUIRE(pthread_create(&signer, NULL, sign_while_held, &busy) == 0);
    REQUIRE(fake_wait_calls(&agent, RS_VERB_SIGN, 1));
    SCRIPT(problem[RS_VERB_LOGOUT] = RS_INTERNAL);
    CHECK_EQUAL(CKR_OK, p11->C_Logout(session));
    api_look();
    fake_lock(&agent);
    CHECK(agent.instances[0].logged_in);
    fake_unlock(&agent);
    CHECK_EQUAL(CKR_OK, p11->C_GetSessionInfo(session, &info));
    CHECK_EQUAL(CKS_RO_PUBLIC_SESSION, info.state);
    CHECK_EQUAL(CKR_USER_NOT_LOGGED_IN, p11->C_Logout(session));
    SCRIPT(problem[RS_VERB_LOGOUT] = 0);
    CHECK_EQUAL(CKR_OK, p11->C_Login(session, CKU_USER, PIN, PIN_LENGTH));
    CHECK_EQUAL(CKR_OK, p11->C_GetSessionInfo(session, &info));
    CHECK_EQUAL(CKS_RO_USER_FUNCTIONS, info.state);
    fake_hold(&agent, 0);
    pthread_join(signer, NULL);
    api_end();
}

static void tests(void)
{
    RUN(threads_sign_in_parallel);
    RUN(a_session_shared_by_threads_does_no_damage);
    RUN(logins_and_renewals_race_safely);
    RUN(finalize_waits_for_nobody);
    RUN(finalize_takes_nothing_away_from_calls_under_way);
    RUN(a_login_lasts_while_any_session_does);
    RUN(a_late_logout_does_not_end_a_new_login);
    RUN(a_session_does_not_inherit_a_login_that_is_ending);
    RUN(a_login_without_a_session_left_ends_at_once);
    RUN(a_refused_logout_ends_the_programs_login);
}

int main(int count, char **arguments)
{
    return api_main(count, arguments, tests);
}
