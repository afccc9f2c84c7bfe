/* What the fake agent is made of: the protocol it speaks, and the faults it has. */
#ifndef FAKE_PARTS_H
#define FAKE_PARTS_H

#include "fake_agent.h"

/* Makes the answer to a request, and keeps what tests look at. With the agent's lock held.
 * `instance`: of the connection, SIZE_MAX before HELLO. False: the connection has to end. */
bool fake_answer_request(fake_agent *agent, const fake_request *request, size_t *instance,
                         fake_answer *answer);

/* Sends the answer, or does instead what the script wants. False ends the connection. */
bool fake_deliver(fake_agent *agent, fake_link link, uint16_t verb, rs_bytes answer);

#endif
