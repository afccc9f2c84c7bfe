#include "protocol.h"

#include "secret.h"

enum { ID_OFFSET = RS_LENGTH_SIZE + 4, GENERATION_OFFSET = RS_LENGTH_SIZE + RS_HEADER_SIZE };

static rs_writer begin(rs_request *request, rs_verb verb)
{
    rs_writer writer = {request->frame, sizeof request->frame, 0, false};
    request->verb = verb;
    rs_put_u32(&writer, 0); /* the length, known at the end */
    rs_put_u16(&writer, RS_PROTOCOL_VERSION);
    rs_put_u16(&writer, (uint16_t)verb);
    rs_put_u32(&writer, 0); /* the request id, known when sent */
    return writer;
}

static rs_status end(rs_request *request, const rs_writer *writer)
{
    rs_writer length = {request->frame, RS_LENGTH_SIZE, 0, false};
    request->length = writer->length;
    rs_put_u32(&length, (uint32_t)(writer->length - RS_LENGTH_SIZE));
    return writer->failed ? RS_INVALID_REQUEST : RS_OK;
}

rs_status rs_encode_hello(rs_request *request, const uint8_t instance[RS_INSTANCE_SIZE])
{
    rs_writer writer = begin(request, RS_VERB_HELLO);
    rs_put_raw(&writer, instance, RS_INSTANCE_SIZE);
    return end(request, &writer);
}

rs_status rs_encode_list(rs_request *request, uint64_t known_generation)
{
    rs_writer writer = begin(request, RS_VERB_LIST);
    request->known_generation = known_generation;
    rs_put_u64(&writer, known_generation);
    return end(request, &writer);
}

rs_status rs_encode_login(rs_request *request, rs_bytes pin)
{
    rs_writer writer = begin(request, RS_VERB_LOGIN);
    rs_put_bytes(&writer, pin);
    return pin.length > RS_PIN_MAX ? RS_INVALID_REQUEST : end(request, &writer);
}

rs_status rs_encode_logout(rs_request *request)
{
    rs_writer writer = begin(request, RS_VERB_LOGOUT);
    return end(request, &writer);
}

static void put_input(rs_writer *writer, rs_bytes credential, const rs_signature_input *input)
{
    rs_put_bytes(writer, credential);
    rs_put_u8(writer, (uint8_t)input->scheme);
    rs_put_u8(writer, (uint8_t)input->hash);
    rs_put_u16(writer, input->salt_length);
}

rs_status rs_encode_sign(rs_request *request, rs_bytes credential, const rs_signature_input *input,
                         const rs_consent *consent)
{
    bool has_use = consent->use.length > 0;
    rs_writer writer = begin(request, has_use ? RS_VERB_SIGN_FOR : RS_VERB_SIGN);
    put_input(&writer, credential, input);
    rs_put_u8(&writer, consent->flags);
    rs_put_u64(&writer, consent->window);
    rs_put_bytes(&writer, consent->pin);
    rs_put_bytes(&writer, input->digest);
    if (has_use)
        rs_put_bytes(&writer, consent->use);
    if (consent->pin.length > RS_PIN_MAX || consent->use.length > RS_USE_MAX)
        return RS_INVALID_REQUEST;
    return end(request, &writer);
}

rs_status rs_encode_verify(rs_request *request, rs_bytes credential,
                           const rs_signature_input *input, rs_bytes signature)
{
    rs_writer writer = begin(request, RS_VERB_VERIFY);
    put_input(&writer, credential, input);
    rs_put_bytes(&writer, input->digest);
    rs_put_bytes(&writer, signature);
    return end(request, &writer);
}

rs_status rs_encode_wait(rs_request *request, uint64_t known_generation)
{
    rs_writer writer = begin(request, RS_VERB_WAIT);
    rs_put_u64(&writer, known_generation);
    return end(request, &writer);
}

void rs_request_set_id(rs_request *request, uint32_t id)
{
    rs_writer writer = {request->frame + ID_OFFSET, 4, 0, false};
    rs_put_u32(&writer, id);
}

void rs_request_forget_generation(rs_request *request)
{
    rs_writer writer = {request->frame + GENERATION_OFFSET, 8, 0, false};
    request->known_generation = 0;
    rs_put_u64(&writer, 0);
}

void rs_request_wipe(rs_request *request)
{
    rs_wipe(request, sizeof *request);
}

rs_status rs_decode_length(const uint8_t field[RS_LENGTH_SIZE], size_t *length)
{
    rs_reader reader = {field, RS_LENGTH_SIZE, false};
    uint32_t value = rs_get_u32(&reader);
    if (value < RS_HEADER_SIZE || value > RS_ANSWER_MAX)
        return RS_AGENT_UNAVAILABLE;
    *length = value;
    return RS_OK;
}

bool rs_is_other_version(rs_bytes frame)
{
    rs_reader reader = {frame.data, frame.length, false};
    uint16_t version = rs_get_u16(&reader);
    return !reader.failed && version != RS_PROTOCOL_VERSION;
}

rs_status rs_decode_answer(rs_bytes frame, rs_verb verb, uint32_t id, rs_answer *answer)
{
    rs_reader reader = {frame.data, frame.length, false};
    uint16_t version = rs_get_u16(&reader);
    uint16_t answered = rs_get_u16(&reader);
    uint32_t answered_id = rs_get_u32(&reader);
    uint16_t problem = rs_get_u16(&reader);
    rs_bytes message = rs_get_text(&reader, RS_MESSAGE_MAX);
    if (reader.failed || version != RS_PROTOCOL_VERSION || answered != (verb | RS_ANSWER_BIT) ||
        answered_id != id)
        return RS_AGENT_UNAVAILABLE;
    if (problem != RS_OK && reader.length != 0)
        return RS_AGENT_UNAVAILABLE;
    /* A number from a newer agent says only that it went wrong. */
    answer->problem = problem > RS_INTERNAL ? RS_INTERNAL : (rs_status)problem;
    answer->message = message;
    answer->fields = reader;
    return RS_OK;
}

/* LIST, LOGOUT and WAIT ask nobody; LOGIN knows no key. */
rs_status rs_problem_at(rs_verb verb, rs_status problem)
{
    const unsigned general = 1U << RS_INVALID_REQUEST | 1U << RS_AGENT_UNAVAILABLE |
                             1U << RS_UNAVAILABLE | 1U << RS_INTERNAL;
    const unsigned of_login = 1U << RS_NOT_SIGNED_IN | 1U << RS_NOT_ALLOWED |
                              1U << RS_PIN_INCORRECT | 1U << RS_PIN_LOCKED | 1U << RS_DECLINED |
                              1U << RS_LIMIT_REACHED;
    unsigned possible = general;
    if (verb == RS_VERB_LOGIN)
        possible = general | of_login;
    else if (verb != RS_VERB_LIST && verb != RS_VERB_LOGOUT && verb != RS_VERB_WAIT)
        return problem;
    return ((possible >> problem) & 1) != 0 ? problem : RS_INTERNAL;
}

static rs_status finish(const rs_answer *answer)
{
    return rs_reader_done(&answer->fields) ? RS_OK : RS_AGENT_UNAVAILABLE;
}

static rs_login_mode get_mode(rs_reader *reader)
{
    uint8_t mode = rs_get_u8(reader);
    if (mode > RS_LOGIN_AGENT)
        reader->failed = true;
    return (rs_login_mode)mode;
}

rs_status rs_decode_hello(rs_answer *answer, rs_hello *hello)
{
    hello->agent = rs_get_text(&answer->fields, RS_TEXT_MAX);
    hello->consent_seconds = rs_get_u32(&answer->fields);
    hello->mode = get_mode(&answer->fields);
    return finish(answer);
}

rs_status rs_decode_nothing(rs_answer *answer)
{
    return finish(answer);
}

rs_status rs_decode_signature(rs_answer *answer, rs_bytes *signature)
{
    *signature = rs_get_bytes(&answer->fields, RS_SIGNATURE_MAX);
    return finish(answer);
}

rs_status rs_decode_valid(rs_answer *answer, bool *valid)
{
    uint8_t value = rs_get_u8(&answer->fields);
    *valid = value == 1;
    return value > 1 ? RS_AGENT_UNAVAILABLE : finish(answer);
}

rs_status rs_decode_generation(rs_answer *answer, uint64_t *generation)
{
    *generation = rs_get_u64(&answer->fields);
    return finish(answer);
}
