/* A thousand programs that use the card at the same moment: each a process of its own that opens a
 * session, logs in when that is needed, finds its key, signs once and finalizes. None may fail.
 *
 * usage: crowd_test MODULE AGENT_PROGRAM
 *        crowd_test MODULE - COUNT LABEL   COUNT programs, an agent that runs already at
 *                                          REMOTESIGNING_SOCKET, the private key of that label */
#include "agent_process.h"
#include "api.h"

#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

typedef struct report {
    const char *step; /* that failed; NULL = none did. A string of this program, in all processes */
    CK_RV rv;
} report;

typedef struct crowd {
    size_t count;
    const char *label;
    int gun[2];     /* closed to start all at once */
    int ready[2];   /* a byte from each that is ready */
    int reports[2]; /* a report from each that is done */
} crowd;

#define TRY(call)                                                                                  \
    do {                                                                                           \
        CK_RV try_rv = (call);                                                                     \
        if (try_rv != CKR_OK)                                                                      \
            return (report){#call, try_rv};                                                        \
    } while (0)

static report sign(CK_SESSION_HANDLE session, const char *label)
{
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_KEY_TYPE type = 0;
    CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof class},
                               {CKA_LABEL, (void *)label, strlen(label)}};
    CK_ATTRIBUTE wanted = {CKA_KEY_TYPE, &type, sizeof type};
    CK_OBJECT_HANDLE key = 0;
    CK_ULONG found = 0;
    CK_BYTE digest[32] = {1, 2, 3};
    CK_BYTE signature[RS_SIGNATURE_MAX];
    CK_ULONG length = sizeof signature;
    TRY(p11->C_FindObjectsInit(session, template, 2));
    TRY(p11->C_FindObjects(session, &key, 1, &found));
    TRY(p11->C_FindObjectsFinal(session));
    TRY(found == 1 ? CKR_OK : CKR_KEY_HANDLE_INVALID);
    TRY(p11->C_GetAttributeValue(session, key, &wanted, 1));
    CK_MECHANISM mechanism = {type == CKK_EC ? CKM_ECDSA : CKM_SHA256_RSA_PKCS, NULL, 0};
    TRY(p11->C_SignInit(session, &mechanism, key));
    TRY(p11->C_Sign(session, digest, sizeof digest, signature, &length));
    return (report){NULL, CKR_OK};
}

static report use_the_card(const char *label)
{
    CK_TOKEN_INFO token;
    CK_SESSION_HANDLE session;
    TRY(p11->C_Initialize(NULL));
    TRY(p11->C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &session));
    TRY(p11->C_GetTokenInfo(0, &token));
    if ((token.flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0)
        TRY(p11->C_Login(session, CKU_USER, NULL, 0));
    else if ((token.flags & CKF_LOGIN_REQUIRED) != 0)
        TRY(p11->C_Login(session, CKU_USER, PIN, PIN_LENGTH));
    report made = sign(session, label);
    TRY(p11->C_Finalize(NULL));
    return made;
}

static void run_one(const crowd *all)
{
    char byte = 0;
    close(all->gun[1]);
    bool fine = write(all->ready[1], "", 1) == 1 && read(all->gun[0], &byte, 1) == 0;
    report mine = fine ? use_the_card(all->label) : (report){"the starting gun", CKR_GENERAL_ERROR};
    _exit(write(all->reports[1], &mine, sizeof mine) == sizeof mine ? 0 : 1);
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* How many ended without a failure. */
static size_t take_reports(const crowd *all)
{
    size_t good = 0;
    report one;
    for (size_t i = 0; i < all->count; i++) {
        REQUIRE(read(all->reports[0], &one, sizeof one) == sizeof one);
        good += one.step == NULL ? 1 : 0;
        if (one.step != NULL)
            fprintf(stderr, "%s: 0x%lx\n", one.step, one.rv);
    }
    return good;
}

static void check_all_succeed(crowd *all)
{
    char byte;
    REQUIRE(pipe(all->gun) == 0 && pipe(all->ready) == 0 && pipe(all->reports) == 0);
    for (size_t i = 0; i < all->count; i++) {
        pid_t child = fork();
        REQUIRE(child >= 0);
        if (child == 0)
            run_one(all);
    }
    close(all->gun[0]);
    close(all->ready[1]);
    close(all->reports[1]); /* so that reading ends when all have died */
    for (size_t i = 0; i < all->count; i++)
        REQUIRE(read(all->ready[0], &byte, 1) == 1);
    double begin = seconds();
    close(all->gun[1]);
    CHECK_EQUAL(all->count, take_reports(all));
    fprintf(stderr, "%zu processes in %.2f s\n", all->count, seconds() - begin);
    close(all->ready[0]);
    close(all->reports[0]);
}

int main(int count, char **arguments)
{
    agent_process other;
    crowd all = {.count = 1000, .label = "key-1"};
    bool own = count == 3;
    if (count != 3 && count != 5)
        return 2;
    if (!own) {
        all.count = strtoul(arguments[3], NULL, 10);
        all.label = arguments[4];
    }
    setenv("REMOTESIGNING_LOG", own ? "/dev/null" : "stderr", 1);
    if (own) {
        agent_process_create(&other);
        agent_process_start(&other, arguments[2]);
    }
    (void)api_load(arguments[1]);
    check_all_succeed(&all);
    if (own) {
        agent_process_stop(&other);
        agent_process_destroy(&other);
    }
    while (wait(NULL) > 0) {
    }
    return failed_checks == 0 ? 0 : 1;
}
