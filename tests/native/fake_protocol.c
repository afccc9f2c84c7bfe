#include "fake_card.h"
#include "fake_parts.h"

#include <stdlib.h>
#include <string.h>

static size_t instance_of(fake_agent *agent, const uint8_t bytes[RS_INSTANCE_SIZE])
{
    size_t index = 0;
    while (index < agent->instance_count &&
           memcmp(agent->instances[index].bytes, bytes, RS_INSTANCE_SIZE) != 0)
        index++;
    if (index == agent->instance_count) {
        if (index == FAKE_INSTANCES)
            abort();
        memcpy(agent->instances[index].bytes, bytes, RS_INSTANCE_SIZE);
        agent->instance_count++;
    }
    return index;
}

static void put_list(const fake_agent *agent, rs_writer *writer, bool logged_in, uint64_t known)
{
    rs_card shown = *fake_card();
    rs_credential changed[FAKE_CREDENTIALS];
    memcpy(changed, shown.credentials, sizeof changed);
    for (size_t i = 0; i < FAKE_CREDENTIALS; i++)
        changed[i].hashes &= (uint8_t)~agent->script.refused_hashes;
    shown.credentials = changed;
    shown.generation = agent->script.generation;
    shown.mode = agent->script.mode;
    shown.state = agent->script.signed_in ? RS_STATE_SIGNED_IN : 0;
    if (logged_in || agent->script.mode == RS_LOGIN_AGENT)
        shown.state |= RS_STATE_LOGGED_IN;
    shown.credential_count = agent->script.signed_in ? agent->script.credentials : 0;
    fake_put_list(writer, &shown, known == shown.generation);
}

static void keep_sign_request(fake_agent *agent, const fake_request *request)
{
    agent->last_scheme = (uint8_t)request->input.scheme;
    agent->last_hash = (uint8_t)request->input.hash;
    agent->last_salt = request->input.salt_length;
    agent->last_digest_length = request->input.digest.length;
    memcpy(agent->last_digest, request->input.digest.data, request->input.digest.length);
}

static void keep_pin(fake_agent *agent, rs_bytes pin)
{
    if (pin.length > 0)
        memcpy(agent->last_pin, pin.data, pin.length);
    agent->last_pin[pin.length] = '\0';
}

/* With the lock held. */
static uint16_t problem_of(fake_agent *agent, const fake_request *request, size_t instance)
{
    bool allowed = agent->script.mode == RS_LOGIN_AGENT || agent->instances[instance].logged_in;
    uint16_t problem = agent->script.problem[request->verb];
    if (problem != 0)
        return problem;
    if (request->verb == RS_VERB_LOGIN && request->pin.length > 0 &&
        !rs_bytes_equal(request->pin, fake_text(agent->script.pin)))
        return RS_PIN_INCORRECT;
    if (request->verb == RS_VERB_SIGN && !allowed)
        return RS_NOT_SIGNED_IN;
    if (request->verb == RS_VERB_SIGN && fake_find(fake_card(), request->credential) == NULL)
        return RS_UNKNOWN_KEY;
    return 0;
}

static rs_bytes signature_of(const fake_agent *agent, const fake_request *request,
                             uint8_t signature[RS_SIGNATURE_MAX])
{
    const rs_credential *credential = fake_find(fake_card(), request->credential);
    size_t length =
        credential == NULL ? 0 : fake_sign(credential, request->input.digest, signature);
    if (request->verb == RS_VERB_SIGN && agent->script.signature_length != 0)
        length = agent->script.signature_length;
    return (rs_bytes){signature, length};
}

static void put_fields(fake_agent *agent, const fake_request *request, size_t instance,
                       rs_writer *writer)
{
    uint8_t signature[RS_SIGNATURE_MAX] = {0};
    switch (request->verb) {
    case RS_VERB_HELLO:
        fake_put_hello(writer, "fake agent", 1, agent->script.mode);
        break;
    case RS_VERB_LIST:
        put_list(agent, writer, agent->instances[instance].logged_in, request->generation);
        break;
    case RS_VERB_LOGIN:
    case RS_VERB_LOGOUT:
        agent->instances[instance].logged_in = request->verb == RS_VERB_LOGIN;
        keep_pin(agent, request->pin);
        break;
    case RS_VERB_SIGN:
        keep_sign_request(agent, request);
        keep_pin(agent, request->pin);
        rs_put_bytes(writer, signature_of(agent, request, signature));
        break;
    case RS_VERB_WAIT:
        rs_put_u64(writer, agent->script.generation);
        break;
    case RS_VERB_VERIFY:
        rs_put_u8(writer,
                  rs_bytes_equal(request->signature, signature_of(agent, request, signature)));
        break;
    default:
        break;
    }
}

bool fake_answer_request(fake_agent *agent, const fake_request *request, size_t *instance,
                         fake_answer *answer)
{
    if (request->verb == RS_VERB_HELLO) {
        *instance = instance_of(agent, request->instance);
        agent->instances[*instance].connections++;
    }
    if (*instance == SIZE_MAX)
        return false;
    uint16_t problem = problem_of(agent, request, *instance);
    fake_begin(answer, request->verb, request->id, problem,
               problem == 0 ? "" : "As the script wants.");
    if (problem == 0)
        put_fields(agent, request, *instance, &answer->writer);
    return true;
}
