/* fake_agent_program as a child of the test, in a folder of its own. */
#ifndef AGENT_PROCESS_H
#define AGENT_PROCESS_H

#include <sys/types.h>

typedef struct agent_process {
    pid_t process;
    char folder[32];
    char socket[48];
} agent_process;

/* Makes the folder and points REMOTESIGNING_SOCKET into it; nothing runs yet. */
void agent_process_create(agent_process *agent);
/* Returns once programs can connect. The card has two credentials; the PIN is that of api.h. */
void agent_process_start(agent_process *agent, const char *program);
void agent_process_stop(agent_process *agent);
void agent_process_destroy(agent_process *agent);

#endif
