/* Calls to the agent: one request, one answer, on a connection of its own while it lasts.
 * Connections are kept for re-use. Safe for parallel use. */
#ifndef RS_AGENT_CALL_H
#define RS_AGENT_CALL_H

#include "protocol.h"
#include "status.h"

typedef struct rs_agent rs_agent;

/* Does not connect: that is for the first call. Draws the application instance. */
RS_MUST_CHECK rs_status rs_agent_create(rs_agent **agent);
/* No call may be under way. */
void rs_agent_free(rs_agent *agent);

/* For fork: hold before, leave after in the parent; drop in the child, which has no use for its
 * parent's connections and would keep them (and the login) alive. After a drop the agent can only
 * be abandoned. */
void rs_agent_hold(rs_agent *agent);
void rs_agent_leave(rs_agent *agent);
void rs_agent_drop(rs_agent *agent);

/* Closes connections that nobody uses now. */
void rs_agent_close_idle(rs_agent *agent);

/* Is there a kept connection whose other end is alive, and is the agent that answered LIST? Costs
 * no round trip. */
bool rs_agent_is_connected(rs_agent *agent);

/* Ends rs_agent_wait and rs_agent_pause in other threads, and all that begin later: they fail with
 * RS_NOT_INITIALIZED. */
void rs_agent_end_waits(rs_agent *agent);
bool rs_agent_waits_ended(rs_agent *agent);
RS_MUST_CHECK rs_status rs_agent_pause(rs_agent *agent, uint64_t milliseconds);

/* All calls: RS_AGENT_UNAVAILABLE when there is no agent, RS_UNAVAILABLE after the deadline, else
 * the problem that the agent named; every failure is logged with its reason. */

/* `card`: the card, or NULL when `known` still is its generation; `state` and `mode` always. */
typedef struct rs_listing {
    rs_card *card;
    uint64_t generation;
    uint8_t state;
    rs_login_mode mode;
} rs_listing;

RS_MUST_CHECK rs_status rs_agent_list(rs_agent *agent, uint64_t known, rs_listing *listing);
/* Waits until the agent's generation is another than `known`, however long that takes. */
RS_MUST_CHECK rs_status rs_agent_wait(rs_agent *agent, uint64_t known);
RS_MUST_CHECK rs_status rs_agent_login(rs_agent *agent, rs_bytes pin);
RS_MUST_CHECK rs_status rs_agent_logout(rs_agent *agent);
/* Fills exactly `length` bytes: what a signature of this credential has. An older agent that cannot
 * be told what a signature is for is asked without. */
RS_MUST_CHECK rs_status rs_agent_sign(rs_agent *agent, const rs_credential *credential,
                                      const rs_signature_input *input, const rs_consent *consent,
                                      uint8_t *signature, size_t length);
RS_MUST_CHECK rs_status rs_agent_verify(rs_agent *agent, const rs_credential *credential,
                                        const rs_signature_input *input, rs_bytes signature,
                                        bool *valid);

#endif
