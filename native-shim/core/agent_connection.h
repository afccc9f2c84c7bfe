/* The connections of an agent: opened, greeted, lent out, kept. Private to agent_*.c. */
#ifndef RS_AGENT_CONNECTION_H
#define RS_AGENT_CONNECTION_H

#include "agent_call.h"
#include "lock.h"
#include "pipe.h"

enum {
    RS_QUICK_MS = 5000, /* connecting, HELLO, LIST, LOGOUT */
    RS_VERIFY_MS = 10000,
    RS_CONSENT_EXTRA_MS = 30000, /* on top of the consent deadline: LOGIN, SIGN */
    RS_QUIET_MS =
        5000, /* no new try after a deadline passed: a stopped agent must not stop programs */
    RS_CONSENT_SECONDS_MAX = 3600,
    RS_KEPT_CONNECTIONS = 16,
};

typedef struct rs_connection {
    rs_pipe pipe;
    bool lent;
    bool waits;  /* opened for a WAIT, which only the agent's answer or the end of the pipe ends */
    bool listed; /* LIST was answered on it: its agent is the one whose generation is known */
    uint32_t last_id;
    struct rs_connection *next;
} rs_connection;

struct rs_agent {
    rs_lock lock; /* guards all below but the instances */
    uint8_t instance[RS_INSTANCE_SIZE];
    uint8_t watcher[RS_INSTANCE_SIZE]; /* of WAITs: they must not keep a login alive */
    rs_connection *connections;        /* all there are, last used first */
    uint32_t consent_seconds;
    uint64_t quiet_until;   /* after a deadline passed: no new try before this */
    const char *last_fault; /* the last reason logged for not connecting; each is logged once */
    bool waits_ended;       /* rs_agent_end_waits was called ... */
    rs_change ended;        /* ... which ends pauses too */
};

/* Opens a connection for one WAIT. RS_NOT_INITIALIZED: none may begin any more. */
RS_MUST_CHECK rs_status rs_connection_open_for_wait(rs_agent *agent, rs_connection **connection);

/* Lends a connection; `fresh` when it was opened for this. */
RS_MUST_CHECK rs_status rs_connection_take(rs_agent *agent, rs_connection **connection,
                                           bool *fresh);
void rs_connection_give_back(rs_agent *agent, rs_connection *connection);
void rs_connection_destroy(rs_agent *agent, rs_connection *connection);

/* One round trip. On success `frame` is the answer without its length field, to be freed. `sent`
 * tells, also on failure, whether the whole request went out. */
RS_MUST_CHECK rs_status rs_connection_exchange(rs_connection *connection, rs_request *request,
                                               uint64_t deadline, bool *sent, uint8_t **frame,
                                               size_t *length);

#endif
