#include "fake_parts.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* WAIT: with the lock held, until the generation is another one or nobody waits any more. */
static void await_generation(fake_agent *agent, fake_link link, uint64_t known)
{
    struct timespec next;
    while (agent->script.generation == known && agent->script.problem[RS_VERB_WAIT] == 0 &&
           agent->script.fault[RS_VERB_WAIT] == FAKE_NO_FAULT && !fake_link_is_closed(link)) {
        clock_gettime(CLOCK_REALTIME, &next);
        next.tv_nsec = (next.tv_nsec + 5000000) % 1000000000;
        next.tv_sec += next.tv_nsec < 5000000 ? 1 : 0;
        pthread_cond_timedwait(&agent->released, &agent->lock, &next);
    }
}

typedef struct connection {
    fake_agent *agent;
    fake_link link;
} connection;

static void keep_request(fake_agent *agent, rs_bytes frame)
{
    if (!agent->recording)
        return;
    if (frame.length > FAKE_RECORD - agent->recorded)
        abort();
    memcpy(agent->record + agent->recorded, frame.data, frame.length);
    agent->recorded += frame.length;
}

static bool serve_one(fake_agent *agent, fake_link link, fake_answer *answer, size_t *instance)
{
    uint8_t field[RS_LENGTH_SIZE];
    static _Thread_local uint8_t frame[1 << 16];
    fake_request request;
    if (!fake_link_receive(link, field, sizeof field))
        return false;
    rs_reader reader = {field, sizeof field, false};
    uint32_t length = rs_get_u32(&reader);
    if (length > sizeof frame || !fake_link_receive(link, frame, length) ||
        !fake_decode((rs_bytes){frame, length}, &request))
        return false;
    fake_lock(agent);
    keep_request(agent, (rs_bytes){frame, length});
    agent->calls[request.verb]++;
    while (agent->script.held == request.verb)
        pthread_cond_wait(&agent->released, &agent->lock);
    if (request.verb == RS_VERB_WAIT)
        await_generation(agent, link, request.generation);
    bool answered = fake_answer_request(agent, &request, instance, answer);
    fake_unlock(agent);
    return answered && fake_deliver(agent, link, request.verb, fake_end(answer));
}

static void *serve(void *argument)
{
    connection *served = argument;
    fake_agent *agent = served->agent;
    size_t instance = SIZE_MAX;
    fake_answer *answer = malloc(sizeof *answer);
    if (answer == NULL)
        abort();
    while (serve_one(agent, served->link, answer, &instance)) {
    }
    fake_lock(agent);
    if (instance != SIZE_MAX && --agent->instances[instance].connections == 0)
        agent->instances[instance].logged_in = false;
    agent->open--;
    for (size_t i = 0; i < agent->accepted; i++) {
        if (agent->connections[i] == served->link)
            agent->connections[i] = FAKE_NO_LINK;
    }
    fake_link_close(served->link);
    fake_unlock(agent);
    free(answer);
    free(served);
    return NULL;
}

static void *accept_all(void *argument)
{
    fake_agent *agent = argument;
    for (;;) {
        fake_link link = fake_place_accept(&agent->place);
        if (link == FAKE_NO_LINK)
            return NULL;
        connection *accepted = malloc(sizeof *accepted);
        if (accepted == NULL)
            abort();
        *accepted = (connection){agent, link};
        fake_lock(agent);
        if (agent->accepted == FAKE_CONNECTIONS)
            abort();
        agent->connections[agent->accepted] = link;
        agent->open++;
        if (pthread_create(&agent->threads[agent->accepted++], NULL, serve, accepted) != 0)
            abort();
        fake_unlock(agent);
    }
}

void fake_create(fake_agent *agent)
{
    (void)fake_card(); /* is made before there are threads */
    memset(agent, 0, sizeof *agent);
    pthread_mutex_init(&agent->lock, NULL);
    pthread_cond_init(&agent->released, NULL);
    fake_place_make(&agent->place);
    agent->script = (fake_script){.mode = RS_LOGIN_PIN,
                                  .signed_in = true,
                                  .generation = 7,
                                  .credentials = 3,
                                  .pin = "12345678"};
}

void fake_start(fake_agent *agent)
{
    agent->accepted = 0;
    agent->instance_count = 0;
    memset(agent->instances, 0, sizeof agent->instances);
    fake_place_listen(&agent->place);
    if (pthread_create(&agent->acceptor, NULL, accept_all, agent) != 0)
        abort();
}

void fake_stop(fake_agent *agent)
{
    fake_place_end(&agent->place);
    pthread_join(agent->acceptor, NULL);
    fake_place_close(&agent->place);
    fake_lock(agent);
    for (size_t i = 0; i < agent->accepted; i++) {
        if (agent->connections[i] != FAKE_NO_LINK)
            fake_link_end(agent->connections[i]);
    }
    fake_unlock(agent);
    for (size_t i = 0; i < agent->accepted; i++)
        pthread_join(agent->threads[i], NULL);
}

void fake_destroy(fake_agent *agent)
{
    fake_place_remove(&agent->place);
    pthread_cond_destroy(&agent->released);
    pthread_mutex_destroy(&agent->lock);
}

void fake_lock(fake_agent *agent)
{
    pthread_mutex_lock(&agent->lock);
}

void fake_unlock(fake_agent *agent)
{
    pthread_mutex_unlock(&agent->lock);
}

void fake_hold(fake_agent *agent, rs_verb verb)
{
    fake_lock(agent);
    agent->script.held = verb;
    pthread_cond_broadcast(&agent->released);
    fake_unlock(agent);
}

int fake_calls(fake_agent *agent, rs_verb verb)
{
    fake_lock(agent);
    int calls = agent->calls[verb];
    fake_unlock(agent);
    return calls;
}

static bool is_open(const fake_agent *agent, int verb, int open)
{
    (void)verb;
    return agent->open == open;
}

static bool has_accepted(const fake_agent *agent, int verb, int accepted)
{
    (void)verb;
    return agent->accepted >= (size_t)accepted;
}

static bool has_calls(const fake_agent *agent, int verb, int calls)
{
    return agent->calls[verb] >= calls;
}

static bool wait_until(fake_agent *agent, bool (*is_reached)(const fake_agent *, int, int),
                       int verb, int number)
{
    struct timespec pause = {0, 1000000};
    for (int i = 0; i < 30000; i++) {
        fake_lock(agent);
        bool reached = is_reached(agent, verb, number);
        fake_unlock(agent);
        if (reached)
            return true;
        nanosleep(&pause, NULL);
    }
    return false;
}

bool fake_wait_open(fake_agent *agent, int open)
{
    return wait_until(agent, is_open, 0, open);
}

bool fake_wait_accepted(fake_agent *agent, int accepted)
{
    return wait_until(agent, has_accepted, 0, accepted);
}

bool fake_wait_calls(fake_agent *agent, rs_verb verb, int calls)
{
    return wait_until(agent, has_calls, (int)verb, calls);
}
