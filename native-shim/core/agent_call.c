#include "agent_call.h"

#include "agent_connection.h"
#include "log.h"
#include "random.h"

#include <stdlib.h>
#include <string.h>

rs_status rs_agent_create(rs_agent **agent)
{
    rs_agent *created = calloc(1, sizeof *created);
    if (created == NULL)
        return RS_NO_MEMORY;
    rs_status status = rs_random(created->instance, sizeof created->instance);
    if (status == RS_OK)
        status = rs_random(created->watcher, sizeof created->watcher);
    if (status != RS_OK) {
        free(created);
        return status;
    }
    rs_lock_init(&created->lock);
    rs_change_init(&created->ended);
    *agent = created;
    return RS_OK;
}

void rs_agent_free(rs_agent *agent)
{
    if (agent == NULL)
        return;
    rs_agent_close_idle(agent);
    rs_change_destroy(&agent->ended);
    rs_lock_destroy(&agent->lock);
    free(agent);
}

void rs_agent_hold(rs_agent *agent)
{
    rs_lock_take(&agent->lock);
}

void rs_agent_leave(rs_agent *agent)
{
    rs_lock_leave(&agent->lock);
}

void rs_agent_drop(rs_agent *agent)
{
    for (rs_connection *each = agent->connections; each != NULL; each = each->next)
        rs_pipe_close(&each->pipe);
}

static const char *verb_name(rs_verb verb)
{
    static const char *const names[] = {"?",    "HELLO",  "LIST", "LOGIN",   "LOGOUT",
                                        "SIGN", "VERIFY", "WAIT", "DECRYPT", "SIGN_FOR"};
    return names[verb <= RS_VERB_SIGN_FOR ? verb : 0];
}

static bool signs(rs_verb verb)
{
    return verb == RS_VERB_SIGN || verb == RS_VERB_SIGN_FOR;
}

static uint64_t deadline_of(rs_agent *agent, rs_verb verb)
{
    uint64_t patience = RS_QUICK_MS;
    if (verb == RS_VERB_WAIT)
        return UINT64_MAX;
    if (verb == RS_VERB_VERIFY)
        patience = RS_VERIFY_MS;
    if (signs(verb) || verb == RS_VERB_LOGIN) {
        rs_lock_take(&agent->lock);
        patience = (uint64_t)agent->consent_seconds * 1000 + RS_CONSENT_EXTRA_MS;
        rs_lock_leave(&agent->lock);
    }
    return rs_clock() + patience;
}

/* A request that reached the agent may have had its effect: a signature was made, a wrong PIN was
 * counted. */
static bool may_repeat(rs_verb verb, bool sent)
{
    return !sent || (!signs(verb) && verb != RS_VERB_LOGIN);
}

/* An agent that does not even answer LIST or LOGOUT, for which it asks nobody, has stopped. */
static void note_failure(rs_agent *agent, rs_verb verb, rs_status status)
{
    if (status == RS_UNAVAILABLE && (verb == RS_VERB_LIST || verb == RS_VERB_LOGOUT)) {
        rs_lock_take(&agent->lock);
        agent->quiet_until = rs_clock() + RS_QUIET_MS;
        rs_lock_leave(&agent->lock);
        rs_agent_close_idle(agent);
    }
    if (verb == RS_VERB_WAIT)
        return; /* it ends with its connection: nothing that a program has to be told */
    rs_log("%s: %s", verb_name(verb),
           status == RS_UNAVAILABLE ? "the agent did not answer in time"
                                    : "the connection to the agent broke");
}

/* One try. `again` tells whether another, on a new connection, could do better. */
static rs_status attempt(rs_agent *agent, rs_request *request, bool *again, uint8_t **frame,
                         rs_answer *answer)
{
    rs_connection *connection = NULL;
    bool fresh = true;
    bool sent = false;
    size_t length = 0;
    *again = false;
    rs_status status = request->verb == RS_VERB_WAIT
                           ? rs_connection_open_for_wait(agent, &connection)
                           : rs_connection_take(agent, &connection, &fresh);
    if (status != RS_OK)
        return status;
    /* A connection may lead to another agent than the one whose generation is known. */
    if (request->verb == RS_VERB_LIST && !connection->listed)
        rs_request_forget_generation(request);
    status = rs_connection_exchange(connection, request, deadline_of(agent, request->verb), &sent,
                                    frame, &length);
    if (status == RS_OK) {
        status = rs_decode_answer((rs_bytes){*frame, length}, request->verb, connection->last_id,
                                  answer);
        if (status == RS_OK) {
            if (request->verb == RS_VERB_LIST && answer->problem == RS_OK)
                connection->listed = true;
            rs_connection_give_back(agent, connection);
            return RS_OK;
        }
        rs_log("%s: the agent sent what the protocol does not allow", verb_name(request->verb));
        free(*frame);
        *frame = NULL;
    } else {
        *again = status == RS_AGENT_UNAVAILABLE && !fresh && may_repeat(request->verb, sent);
        if (!*again)
            note_failure(agent, request->verb, status);
    }
    rs_connection_destroy(agent, connection);
    return status;
}

/* On RS_OK the fields of the answer are views into `frame`, to be freed by the caller. */
static rs_status call(rs_agent *agent, rs_request *request, uint8_t **frame, rs_answer *answer)
{
    bool again = true;
    rs_status status = RS_OK;
    while (again)
        status = attempt(agent, request, &again, frame, answer);
    if (status == RS_OK && answer->problem != RS_OK) {
        char text[RS_PRINTABLE_SIZE];
        rs_log("%s: the agent answered problem %d: %s", verb_name(request->verb),
               (int)answer->problem, rs_printable(answer->message, text));
        status = rs_problem_at(request->verb, answer->problem);
    }
    return status;
}

static rs_status check_fields(rs_status status, rs_verb verb)
{
    if (status == RS_AGENT_UNAVAILABLE)
        rs_log("%s: the fields of the agent's answer are wrong", verb_name(verb));
    return status;
}

static rs_status decode_listing(rs_answer *answer, uint64_t known, rs_listing *listing)
{
    rs_card *card = NULL;
    rs_status status = rs_decode_card(answer, &card);
    if (status != RS_OK)
        return status;
    listing->generation = card->generation;
    listing->state = card->state;
    listing->mode = card->mode;
    listing->card = card;
    if (known != 0 && card->generation == known) {
        rs_card_release(card);
        listing->card = NULL;
    }
    return RS_OK;
}

rs_status rs_agent_list(rs_agent *agent, uint64_t known, rs_listing *listing)
{
    rs_request request;
    rs_answer answer;
    uint8_t *frame = NULL;
    rs_status status = rs_encode_list(&request, known);
    if (status == RS_OK)
        status = call(agent, &request, &frame, &answer);
    if (status == RS_OK)
        status =
            check_fields(decode_listing(&answer, request.known_generation, listing), request.verb);
    free(frame);
    return status;
}

rs_status rs_agent_wait(rs_agent *agent, uint64_t known)
{
    rs_request request;
    rs_answer answer;
    uint64_t generation = 0;
    uint8_t *frame = NULL;
    rs_status status = rs_encode_wait(&request, known);
    if (status == RS_OK)
        status = call(agent, &request, &frame, &answer);
    if (status == RS_OK)
        status = check_fields(rs_decode_generation(&answer, &generation), request.verb);
    if (status == RS_OK && generation == known) {
        rs_log("WAIT: the agent answered, but nothing has changed");
        status = RS_AGENT_UNAVAILABLE;
    }
    free(frame);
    return status != RS_OK && rs_agent_waits_ended(agent) ? RS_NOT_INITIALIZED : status;
}

static rs_status call_for_nothing(rs_agent *agent, rs_request *request)
{
    rs_answer answer;
    uint8_t *frame = NULL;
    rs_status status = call(agent, request, &frame, &answer);
    if (status == RS_OK)
        status = check_fields(rs_decode_nothing(&answer), request->verb);
    free(frame);
    return status;
}

rs_status rs_agent_login(rs_agent *agent, rs_bytes pin)
{
    rs_request request;
    rs_status status = rs_encode_login(&request, pin);
    if (status == RS_OK)
        status = call_for_nothing(agent, &request);
    rs_request_wipe(&request);
    return status;
}

rs_status rs_agent_logout(rs_agent *agent)
{
    rs_request request;
    rs_status status = rs_encode_logout(&request);
    return status == RS_OK ? call_for_nothing(agent, &request) : status;
}

static rs_status sign(rs_agent *agent, const rs_credential *credential,
                      const rs_signature_input *input, const rs_consent *consent,
                      uint8_t *signature, size_t length)
{
    rs_request request;
    rs_answer answer;
    rs_bytes made = {NULL, 0};
    uint8_t *frame = NULL;
    rs_status status = rs_encode_sign(&request, credential->id, input, consent);
    if (status == RS_OK)
        status = call(agent, &request, &frame, &answer);
    if (status == RS_OK)
        status = check_fields(rs_decode_signature(&answer, &made), request.verb);
    if (status == RS_OK && made.length != length) {
        rs_log("SIGN: the agent's signature has %zu bytes instead of %zu", made.length, length);
        status = RS_INTERNAL;
    }
    if (status == RS_OK)
        memcpy(signature, made.data, length);
    rs_request_wipe(&request);
    free(frame);
    return status;
}

rs_status rs_agent_sign(rs_agent *agent, const rs_credential *credential,
                        const rs_signature_input *input, const rs_consent *consent,
                        uint8_t *signature, size_t length)
{
    rs_consent plain = *consent;
    rs_status status = sign(agent, credential, input, consent, signature, length);
    if (status != RS_INVALID_REQUEST || consent->use.length == 0)
        return status;
    plain.use = (rs_bytes){NULL, 0};
    return sign(agent, credential, input, &plain, signature, length);
}

rs_status rs_agent_verify(rs_agent *agent, const rs_credential *credential,
                          const rs_signature_input *input, rs_bytes signature, bool *valid)
{
    rs_request request;
    rs_answer answer;
    uint8_t *frame = NULL;
    rs_status status = rs_encode_verify(&request, credential->id, input, signature);
    if (status == RS_OK)
        status = call(agent, &request, &frame, &answer);
    if (status == RS_OK)
        status = check_fields(rs_decode_valid(&answer, valid), request.verb);
    free(frame);
    return status;
}
