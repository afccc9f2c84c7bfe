/* Nothing is sent to a socket that somebody else could have put where the module looks. */
#include "api.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOBODY = 65534 };

static void check_place(const char *path, CK_ULONG expected)
{
    int before = fake_calls(&agent, RS_VERB_HELLO);
    setenv("REMOTESIGNING_SOCKET", path, 1);
    CHECK_EQUAL(CKR_OK, p11->C_Initialize(NULL));
    if (api_slots_with_token() != expected) {
        fprintf(stderr, "%s: ", path);
        CHECK_EQUAL(expected, !expected);
    }
    CHECK_EQUAL(CKR_OK, p11->C_Finalize(NULL));
    CHECK_EQUAL(before + (int)expected, fake_calls(&agent, RS_VERB_HELLO));
}

static void begin(void)
{
    fake_create(&agent);
    fake_start(&agent);
}

static void end(void)
{
    fake_stop(&agent);
    fake_destroy(&agent);
}

static bool is_root(void)
{
    if (geteuid() == 0)
        return true;
    fprintf(stderr, "skipped: only root can give files away and become another user\n");
    return false;
}

static void others_must_not_write_to_the_folder(void)
{
    static const struct {
        mode_t mode;
        CK_ULONG tokens;
    } cases[] = {{0700, 1}, {0750, 1}, {0755, 1},  {0770, 0}, {0720, 0},
                 {0702, 0}, {0707, 0}, {01777, 0}, {0700, 1}};
    begin();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CHECK_EQUAL(0, chmod(agent.place.folder, cases[i].mode));
        check_place(agent.place.path, cases[i].tokens);
    }
    end();
}

static void paths_must_be_absolute_short_and_lead_to_a_socket(void)
{
    char relative[128];
    char file[128];
    char too_long[109] = "/";
    begin();
    snprintf(relative, sizeof relative, "..%s", agent.place.path);
    snprintf(file, sizeof file, "%s/file", agent.place.folder);
    memset(too_long + 1, 'x', sizeof too_long - 2); /* one more than fits */
    FILE *made = fopen(file, "w");
    REQUIRE(made != NULL);
    fclose(made);
    check_place(relative, 0);
    check_place("card.sock", 0);
    check_place(too_long, 0);
    check_place(file, 0);
    check_place(agent.place.folder, 0);
    check_place("/", 0);
    check_place("/card.sock", 0);
    check_place("/dev/null/card.sock", 0);
    check_place(agent.place.path, 1);
    unlink(file);
    end();
}

/* Folders of a runtime directory may be links; it is where they lead that counts. */
static void a_link_is_as_good_as_what_it_leads_to(void)
{
    char link[128];
    char through[256];
    begin();
    snprintf(link, sizeof link, "%s-link", agent.place.folder);
    snprintf(through, sizeof through, "%s/card.sock", link);
    CHECK_EQUAL(0, symlink(agent.place.folder, link));
    check_place(through, 1);
    CHECK_EQUAL(0, chmod(agent.place.folder, 0770));
    check_place(through, 0);
    CHECK_EQUAL(0, chmod(agent.place.folder, 0700));
    if (is_root()) {
        CHECK_EQUAL(0, chown(agent.place.folder, NOBODY, (gid_t)-1));
        check_place(through, 0);
        check_place(agent.place.path, 0);
        CHECK_EQUAL(0, chown(agent.place.folder, 0, (gid_t)-1));
        CHECK_EQUAL(0, lchown(link, NOBODY, (gid_t)-1)); /* whose link it is says nothing */
        check_place(through, 1);
    }
    unlink(link);
    end();
}

static void the_runtime_directory_is_the_default(void)
{
    char runtime[64] = "/tmp/remote-signing-test-XXXXXX";
    char folder[128];
    char link[192];
    begin();
    REQUIRE(mkdtemp(runtime) != NULL);
    snprintf(folder, sizeof folder, "%s/remote-signing", runtime);
    snprintf(link, sizeof link, "%s/card.sock", folder);
    CHECK_EQUAL(0, mkdir(folder, 0700));
    CHECK_EQUAL(0, symlink(agent.place.path, link));
    setenv("XDG_RUNTIME_DIR", runtime, 1);
    check_place("", 1); /* empty is as good as unset */
    CHECK_EQUAL(0, chmod(folder, 0722));
    check_place("", 0);
    CHECK_EQUAL(0, chmod(folder, 0700));
    setenv("XDG_RUNTIME_DIR", runtime + 1, 1); /* relative */
    check_place("", 0);
    unsetenv("XDG_RUNTIME_DIR");
    unlink(link);
    rmdir(folder);
    rmdir(runtime);
    end();
}

/* Runs in a child of another user, to whom the folder now belongs. Exit code: tokens seen. */
static int as_another_user(void)
{
    REQUIRE(setresgid(NOBODY, NOBODY, NOBODY) == 0 && setresuid(NOBODY, NOBODY, NOBODY) == 0);
    CHECK_EQUAL(CKR_OK, p11->C_Initialize(NULL));
    CK_ULONG tokens = api_slots_with_token();
    CHECK_EQUAL(CKR_OK, p11->C_Finalize(NULL));
    return failed_checks == 0 ? (int)tokens : 99;
}

static int tokens_of_another_user(void)
{
    int status = -1;
    pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0)
        _exit(as_another_user());
    CHECK_EQUAL(child, waitpid(child, &status, 0));
    return status;
}

/* The folder is right and the socket can be reached, but the agent at its other end is not the
 * user's: not even HELLO is sent. */
static void an_agent_of_another_user_is_refused(void)
{
    if (!is_root())
        return;
    begin();
    setenv("REMOTESIGNING_SOCKET", agent.place.path, 1);
    CHECK_EQUAL(0, chown(agent.place.folder, NOBODY, NOBODY));
    CHECK_EQUAL(0, chmod(agent.place.path, 0777));
    CHECK_EQUAL(0, tokens_of_another_user());
    CHECK(fake_wait_accepted(&agent, 1)); /* it came as far as that */
    CHECK(fake_wait_open(&agent, 0));     /* and all that it sent has been read */
    CHECK_EQUAL(1, agent.accepted);
    CHECK_EQUAL(0, fake_calls(&agent, RS_VERB_HELLO));
    end();
}

static void tests(void)
{
    RUN(others_must_not_write_to_the_folder);
    RUN(paths_must_be_absolute_short_and_lead_to_a_socket);
    RUN(a_link_is_as_good_as_what_it_leads_to);
    RUN(the_runtime_directory_is_the_default);
    RUN(an_agent_of_another_user_is_refused);
}

int main(int count, char **arguments)
{
    return api_main(count, arguments, tests);
}
