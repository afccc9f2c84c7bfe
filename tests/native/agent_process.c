#include "agent_process.h"

#include "test.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

void agent_process_create(agent_process *agent)
{
    snprintf(agent->folder, sizeof agent->folder, "/tmp/remote-signing-test-XXXXXX");
    REQUIRE(mkdtemp(agent->folder) != NULL); /* mode 0700 */
    snprintf(agent->socket, sizeof agent->socket, "%s/card.sock", agent->folder);
    setenv("REMOTESIGNING_SOCKET", agent->socket, 1);
}

void agent_process_start(agent_process *agent, const char *program)
{
    int output[2];
    char line[8] = "";
    REQUIRE(pipe(output) == 0);
    agent->process = fork();
    REQUIRE(agent->process >= 0);
    if (agent->process == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        dup2(output[1], STDOUT_FILENO);
        close(output[0]);
        close(output[1]);
        execl(program, program, agent->socket, "2", "pin", (char *)NULL);
        _exit(127);
    }
    close(output[1]);
    REQUIRE(read(output[0], line, sizeof line) > 0 && memcmp(line, "ready", 5) == 0);
    close(output[0]);
}

void agent_process_stop(agent_process *agent)
{
    kill(agent->process, SIGTERM);
    CHECK_EQUAL(agent->process, waitpid(agent->process, NULL, 0));
}

void agent_process_destroy(agent_process *agent)
{
    rmdir(agent->folder);
}
