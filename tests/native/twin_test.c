/* The module loaded twice in one process under two paths, as when a program and a library of it
 * name different files: two applications, which have nothing in common but the agent. */
#include "api.h"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TWINS = 2 };

typedef struct twin {
    void *module;
    CK_FUNCTION_LIST *functions;
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE key;
} twin;

static const char *paths[TWINS];
static twin twins[TWINS];

/* The helpers of api.h use the one chosen last. */
static void choose(size_t which)
{
    p11 = twins[which].functions;
}

static void copy_module(const char *from, const char *to)
{
    struct stat status;
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
    REQUIRE(in >= 0 && out >= 0 && fstat(in, &status) == 0);
    for (off_t done = 0; done < status.st_size;)
        REQUIRE(sendfile(out, in, &done, (size_t)(status.st_size - done)) > 0);
    close(in);
    close(out);
}

static void load(size_t which)
{
    twins[which].module = api_load(paths[which]);
    twins[which].functions = p11;
}

static void log_in(size_t which)
{
    choose(which);
    twins[which].session = api_open_logged_in();
    twins[which].key = api_find(twins[which].session, CKO_PRIVATE_KEY, "Signer EC");
}

static CK_RV sign(size_t which)
{
    choose(which);
    return api_sign_ecdsa(twins[which].session, twins[which].key);
}

/* Both loaded, initialized, logged in. */
static void begin(void)
{
    fake_create(&agent);
    fake_start(&agent);
    for (size_t i = 0; i < TWINS; i++) {
        load(i);
        CHECK_EQUAL(CKR_OK, p11->C_Initialize(NULL));
        log_in(i);
        CHECK_EQUAL(CKR_OK, sign(i));
    }
    CHECK(twins[0].functions != twins[1].functions);
}

static void end(void)
{
    for (size_t i = 0; i < TWINS; i++) {
        CHECK_EQUAL(CKR_OK, twins[i].functions->C_Finalize(NULL));
        CHECK_EQUAL(0, dlclose(twins[i].module));
    }
    fake_stop(&agent);
    fake_destroy(&agent);
}

static void check_logins(bool first, bool second)
{
    fake_lock(&agent);
    CHECK_EQUAL(2, agent.instance_count);
    CHECK_EQUAL(first, agent.instances[0].logged_in);
    CHECK_EQUAL(second, agent.instances[1].logged_in);
    fake_unlock(&agent);
}

static void each_has_a_login_of_its_own(void)
{
    begin();
    check_logins(true, true);
    CHECK_EQUAL(CKR_SESSION_HANDLE_INVALID, twins[1].functions->C_CloseSession(
                                                twins[0].session)); /* nor each other's handles */
    CHECK_EQUAL(CKR_OK, twins[1].functions->C_Logout(twins[1].session));
    check_logins(true, false);
    CHECK_EQUAL(CKR_OK, sign(0));
    CHECK_EQUAL(CKR_KEY_HANDLE_INVALID,
                twins[1].functions->C_SignInit(twins[1].session,
                                               &(CK_MECHANISM){CKM_ECDSA, NULL, 0}, twins[0].key));
    CHECK_EQUAL(CKR_USER_NOT_LOGGED_IN, sign(1));
    log_in(1);
    CHECK_EQUAL(CKR_OK, twins[0].functions->C_CloseAllSessions(0));
    check_logins(false, true);
    CHECK_EQUAL(CKR_OK, sign(1));
    end();
}

static void one_is_finalized_the_other_goes_on(void)
{
    CK_SLOT_ID slot;
    begin();
    CHECK_EQUAL(CKR_OK, twins[1].functions->C_Finalize(NULL));
    CHECK_EQUAL(CKR_CRYPTOKI_NOT_INITIALIZED, sign(1));
    CHECK_EQUAL(CKR_CRYPTOKI_NOT_INITIALIZED,
                twins[1].functions->C_WaitForSlotEvent(0, &slot, NULL));
    CHECK_EQUAL(CKR_OK, sign(0));
    CHECK_EQUAL(CKR_OK, twins[1].functions->C_Initialize(NULL));
    log_in(1);
    CHECK_EQUAL(CKR_OK, sign(1));
    CHECK_EQUAL(CKR_OK, sign(0));
    end();
}

static void the_agent_restarts_under_both(void)
{
    begin();
    fake_stop(&agent);
    CHECK_EQUAL(CKR_DEVICE_REMOVED, sign(0));
    fake_start(&agent);
    for (size_t i = 0; i < TWINS; i++) {
        choose(i);
        api_look();
        CHECK_EQUAL(CKR_USER_NOT_LOGGED_IN, sign(i)); /* the login went with the agent */
        CHECK_EQUAL(CKR_OK, p11->C_Login(twins[i].session, CKU_USER, PIN, PIN_LENGTH));
        CHECK_EQUAL(CKR_OK, sign(i)); /* in the same session, with the same handle */
    }
    check_logins(true, true);
    end();
}

static void *sign_with_the_first(void *argument)
{
    *(CK_RV *)argument = sign(0);
    return NULL;
}

static void one_is_unloaded_while_the_other_signs(void)
{
    pthread_t signer;
    CK_RV rv = CKR_GENERAL_ERROR;
    begin();
    int signs = fake_calls(&agent, RS_VERB_SIGN);
    fake_hold(&agent, RS_VERB_SIGN);
    REQUIRE(pthread_create(&signer, NULL, sign_with_the_first, &rv) == 0);
    REQUIRE(fake_wait_calls(&agent, RS_VERB_SIGN, signs + 1));
    CHECK_EQUAL(CKR_OK, twins[1].functions->C_Finalize(NULL));
    CHECK_EQUAL(0, dlclose(twins[1].module));
    CHECK(dlopen(paths[1], RTLD_NOW | RTLD_NOLOAD) == NULL);
    CHECK(fake_wait_open(&agent, 1));
    pid_t child = fork(); /* runs the handlers of one module only */
    REQUIRE(child >= 0);
    if (child == 0)
        _exit(twins[0].functions->C_Finalize(NULL) == CKR_CRYPTOKI_NOT_INITIALIZED ? 0 : 1);
    int status = -1;
    CHECK_EQUAL(child, waitpid(child, &status, 0));
    CHECK_EQUAL(0, status);
    fake_hold(&agent, 0);
    pthread_join(signer, NULL);
    CHECK_EQUAL(CKR_OK, rv);
    load(1);
    CHECK_EQUAL(CKR_OK, p11->C_Initialize(NULL));
    end();
}

static int in_child(void)
{
    int before = failed_checks;
    for (size_t i = 0; i < TWINS; i++) {
        choose(i);
        CHECK_EQUAL(CKR_CRYPTOKI_NOT_INITIALIZED, p11->C_Finalize(NULL));
        CHECK_EQUAL(CKR_OK, p11->C_Initialize(NULL));
        log_in(i);
    }
    for (size_t i = 0; i < TWINS; i++)
        CHECK_EQUAL(CKR_OK, sign(i));
    CHECK_EQUAL(CKR_OK, twins[0].functions->C_Finalize(NULL));
    CHECK_EQUAL(CKR_OK, sign(1));
    CHECK_EQUAL(CKR_OK, twins[1].functions->C_Finalize(NULL));
    return failed_checks == before ? 0 : 1;
}

static void check_child(void)
{
    int status = -1;
    pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0)
        _exit(in_child());
    CHECK_EQUAL(child, waitpid(child, &status, 0));
    CHECK_EQUAL(0, status);
}

static void fork_in_use_separates_all_four(void)
{
    begin();
    check_child();
    CHECK_EQUAL(CKR_OK, sign(0));
    CHECK_EQUAL(CKR_OK, sign(1));
    fake_lock(&agent);
    CHECK_EQUAL(4, agent.instance_count);
    fake_unlock(&agent);
    end();
}

static void fork_before_use_gives_both_to_the_child(void)
{
    fake_create(&agent);
    fake_start(&agent);
    load(0);
    load(1);
    check_child();
    for (size_t i = 0; i < TWINS; i++) {
        choose(i);
        CHECK_EQUAL(CKR_OK, p11->C_Initialize(NULL));
        log_in(i);
        CHECK_EQUAL(CKR_OK, sign(i));
    }
    end();
}

int main(int count, char **arguments)
{
    char folder[] = "/tmp/remote-signing-test-XXXXXX";
    char copy[64];
    if (count != 2)
        return 2;
    setenv("REMOTESIGNING_LOG", "/dev/null", 1);
    REQUIRE(mkdtemp(folder) != NULL);
    snprintf(copy, sizeof copy, "%s/copy.so", folder);
    copy_module(arguments[1], copy);
    paths[0] = arguments[1];
    paths[1] = copy;
    RUN(each_has_a_login_of_its_own);
    RUN(one_is_finalized_the_other_goes_on);
    RUN(the_agent_restarts_under_both);
    RUN(one_is_unloaded_while_the_other_signs);
    RUN(fork_in_use_separates_all_four);
    RUN(fork_before_use_gives_both_to_the_child);
    unlink(copy);
    rmdir(folder);
    return failed_checks == 0 ? 0 : 1;
}
