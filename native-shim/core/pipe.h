/* One connection to the agent: bytes, deadlines, and the identity of both ends. The only file, with
 * posix/pipe.c and windows/pipe.c, that knows what the transport is (docs/card-protocol.md,
 * "Transport"). */
#ifndef RS_PIPE_H
#define RS_PIPE_H

#include "frame.h"
#include "status.h"

/* Milliseconds of a clock that only goes forward. Deadlines are points on it. */
uint64_t rs_clock(void);

#ifdef _WIN32
typedef struct rs_pipe {
    void *handle; /* of the named pipe, for overlapped transfers; INVALID_HANDLE_VALUE: none */
    void *done;   /* event: the transfer under way is done */
    void *ended;  /* event: rs_pipe_end was called */
} rs_pipe;
#else
typedef struct rs_pipe {
    int fd;         /* -1: none */
    uint64_t inode; /* of the socket: programs close descriptors that are not theirs, and the number
                       goes to another file */
} rs_pipe;
#endif

/* Takes a descriptor, without connecting: fast, so that it can be recorded under a lock that fork
 * waits for. */
RS_MUST_CHECK rs_status rs_pipe_create(rs_pipe *pipe);

/* Connects, and refuses anything but an agent of this process's own user (on a socket behind a
 * folder that only this user can write to, or on a named pipe that this user owns).
 * RS_AGENT_UNAVAILABLE: nobody there or not to be trusted, with the reason (a static string) in
 * `why`; RS_UNAVAILABLE: deadline passed. */
RS_MUST_CHECK rs_status rs_pipe_connect(rs_pipe *pipe, uint64_t deadline, const char **why);

/* RS_AGENT_UNAVAILABLE: the agent closed; RS_UNAVAILABLE: deadline passed. Never raises SIGPIPE. */
RS_MUST_CHECK rs_status rs_pipe_send(rs_pipe *pipe, rs_bytes data, uint64_t deadline);
RS_MUST_CHECK rs_status rs_pipe_receive(rs_pipe *pipe, uint8_t *data, size_t length,
                                        uint64_t deadline);

/* False when the agent has closed, or sent something nobody asked for. Does not wait. */
bool rs_pipe_is_idle(rs_pipe *pipe);

/* Ends the connection under a transfer that waits in another thread: it fails at once. The
 * descriptor stays until rs_pipe_close. */
void rs_pipe_end(rs_pipe *pipe);

void rs_pipe_close(rs_pipe *pipe);

#endif
