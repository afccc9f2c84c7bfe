#include "agent_connection.h"

#include "log.h"

#include <stdlib.h>

static void unlink_connection(rs_agent *agent, const rs_connection *connection)
{
    rs_connection **link = &agent->connections;
    while (*link != connection)
        link = &(*link)->next;
    *link = connection->next;
}

void rs_connection_destroy(rs_agent *agent, rs_connection *connection)
{
    rs_lock_take(&agent->lock);
    unlink_connection(agent, connection);
    rs_pipe_close(&connection->pipe);
    rs_lock_leave(&agent->lock);
    free(connection);
}

void rs_connection_give_back(rs_agent *agent, rs_connection *connection)
{
    size_t kept = 0;
    rs_lock_take(&agent->lock);
    for (const rs_connection *other = agent->connections; other != NULL; other = other->next)
        kept += other->lent ? 0 : 1;
    bool keep = kept < RS_KEPT_CONNECTIONS && !connection->waits;
    if (keep) {
        unlink_connection(agent, connection);
        connection->lent = false;
        connection->next = agent->connections;
        agent->connections = connection;
    }
    rs_lock_leave(&agent->lock);
    if (!keep)
        rs_connection_destroy(agent, connection);
}

/* A kept connection that nobody else has, or NULL. */
static rs_connection *lend(rs_agent *agent)
{
    rs_lock_take(&agent->lock);
    rs_connection *connection = agent->connections;
    while (connection != NULL && connection->lent)
        connection = connection->next;
    if (connection != NULL)
        connection->lent = true;
    rs_lock_leave(&agent->lock);
    return connection;
}

/* A kept connection whose other end is alive, or NULL. */
static rs_connection *take_kept(rs_agent *agent)
{
    for (;;) {
        rs_connection *connection = lend(agent);
        if (connection == NULL || rs_pipe_is_idle(&connection->pipe))
            return connection;
        rs_connection_destroy(agent, connection);
    }
}

void rs_agent_close_idle(rs_agent *agent)
{
    for (;;) {
        rs_connection *connection = lend(agent);
        if (connection == NULL)
            return;
        rs_connection_destroy(agent, connection);
    }
}

bool rs_agent_is_connected(rs_agent *agent)
{
    rs_connection *connection = take_kept(agent);
    if (connection == NULL)
        return false;
    bool listed = connection->listed;
    rs_connection_give_back(agent, connection);
    return listed;
}

/* A new connection in the list, lent, its descriptor open but not connected. */
static rs_status create_connection(rs_agent *agent, rs_connection **connection)
{
    rs_connection *created = calloc(1, sizeof *created);
    if (created == NULL)
        return RS_NO_MEMORY;
    created->lent = true;
    rs_lock_take(&agent->lock);
    rs_status status = rs_pipe_create(&created->pipe);
    if (status == RS_OK) {
        created->next = agent->connections;
        agent->connections = created;
    }
    rs_lock_leave(&agent->lock);
    if (status != RS_OK) {
        free(created);
        return status;
    }
    *connection = created;
    return RS_OK;
}

rs_status rs_connection_exchange(rs_connection *connection, rs_request *request, uint64_t deadline,
                                 bool *sent, uint8_t **frame, size_t *length)
{
    uint8_t field[RS_LENGTH_SIZE];
    uint8_t *answer = NULL;
    size_t size = 0;
    rs_bytes bytes = {request->frame, request->length};
    rs_request_set_id(request, ++connection->last_id);
    rs_status status = rs_pipe_send(&connection->pipe, bytes, deadline);
    *sent = status == RS_OK;
    if (status == RS_OK)
        status = rs_pipe_receive(&connection->pipe, field, sizeof field, deadline);
    if (status == RS_OK)
        status = rs_decode_length(field, &size);
    if (status == RS_OK) {
        answer = malloc(size);
        status = answer == NULL ? RS_NO_MEMORY : RS_OK;
    }
    if (status == RS_OK)
        status = rs_pipe_receive(&connection->pipe, answer, size, deadline);
    if (status != RS_OK) {
        free(answer);
        return status;
    }
    *frame = answer;
    *length = size;
    return RS_OK;
}

/* Why a greeting failed, for the log. */
static const char *greeting_fault(rs_status status, rs_bytes frame)
{
    if (status == RS_UNAVAILABLE)
        return "it does not answer";
    return rs_is_other_version(frame) ? "it speaks another version of the card protocol"
                                      : "it refused the greeting";
}

static rs_status greet(rs_agent *agent, const uint8_t instance[RS_INSTANCE_SIZE],
                       rs_connection *connection, uint64_t deadline, const char **why)
{
    rs_request request;
    rs_answer answer;
    rs_hello hello = {.consent_seconds = 0};
    uint8_t *frame = NULL;
    size_t length = 0;
    bool sent = false;
    rs_status status = rs_encode_hello(&request, instance);
    if (status == RS_OK)
        status = rs_connection_exchange(connection, &request, deadline, &sent, &frame, &length);
    if (status == RS_OK)
        status =
            rs_decode_answer((rs_bytes){frame, length}, request.verb, connection->last_id, &answer);
    if (status == RS_OK)
        status = answer.problem;
    if (status == RS_OK)
        status = rs_decode_hello(&answer, &hello);
    if (status == RS_OK) {
        rs_lock_take(&agent->lock);
        agent->consent_seconds = hello.consent_seconds < RS_CONSENT_SECONDS_MAX
                                     ? hello.consent_seconds
                                     : RS_CONSENT_SECONDS_MAX;
        rs_lock_leave(&agent->lock);
    }
    *why = greeting_fault(status, (rs_bytes){frame, length});
    free(frame);
    return status == RS_OK || status == RS_UNAVAILABLE ? status : RS_AGENT_UNAVAILABLE;
}

/* Programs ask for the token again and again while there is none: one line for each reason is
 * enough. */
static void note_outcome(rs_agent *agent, rs_status status, const char *why)
{
    rs_lock_take(&agent->lock);
    bool news = status != RS_OK && agent->last_fault != why;
    agent->last_fault = status == RS_OK ? NULL : why;
    if (status == RS_UNAVAILABLE)
        agent->quiet_until = rs_clock() + RS_QUIET_MS;
    rs_lock_leave(&agent->lock);
    if (news)
        rs_log("no connection to the agent: %s", why);
}

static rs_status open_connection(rs_agent *agent, const uint8_t instance[RS_INSTANCE_SIZE],
                                 rs_connection **connection)
{
    uint64_t now = rs_clock();
    rs_connection *opened = NULL;
    const char *why = NULL;
    rs_lock_take(&agent->lock);
    bool quiet = now < agent->quiet_until;
    rs_lock_leave(&agent->lock);
    if (quiet)
        return RS_UNAVAILABLE;
    rs_status status = create_connection(agent, &opened);
    if (status != RS_OK)
        return status;
    status = rs_pipe_connect(&opened->pipe, now + RS_QUICK_MS, &why);
    if (status == RS_OK)
        status = greet(agent, instance, opened, now + RS_QUICK_MS, &why);
    note_outcome(agent, status, why);
    if (status == RS_OK)
        *connection = opened;
    else
        rs_connection_destroy(agent, opened);
    return status;
}

rs_status rs_connection_take(rs_agent *agent, rs_connection **connection, bool *fresh)
{
    *connection = take_kept(agent);
    *fresh = *connection == NULL;
    return *fresh ? open_connection(agent, agent->instance, connection) : RS_OK;
}

rs_status rs_connection_open_for_wait(rs_agent *agent, rs_connection **connection)
{
    rs_connection *opened = NULL;
    rs_status status = open_connection(agent, agent->watcher, &opened);
    if (status != RS_OK)
        return status;
    rs_lock_take(&agent->lock);
    opened->waits = true;
    bool ended = agent->waits_ended;
    rs_lock_leave(&agent->lock);
    if (ended) {
        rs_connection_destroy(agent, opened);
        return RS_NOT_INITIALIZED;
    }
    *connection = opened;
    return RS_OK;
}
