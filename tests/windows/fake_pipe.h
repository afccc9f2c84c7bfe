#ifndef FAKE_PIPE_H
#define FAKE_PIPE_H

#include "fake_link.h"

/* What names of pipes begin with from the next fake_place_listen on. */
extern const char *fake_pipe_prefix;

/* Owner of pipes from the next fake_place_listen on, in SDDL; NULL: the user. */
extern const char *fake_pipe_owner;

/* The same for the integrity level of its mandatory label; NULL: medium. */
extern const char *fake_pipe_level;

/* Says in the registry where the agent of this logon session is; NULL: nowhere. */
void fake_pipe_publish(const char *name);

#endif
