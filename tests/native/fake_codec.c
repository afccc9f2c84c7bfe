#include "fake_codec.h"

#include <string.h>

rs_bytes fake_text(const char *text)
{
    return (rs_bytes){(const uint8_t *)text, strlen(text)};
}

static void get_input(rs_reader *reader, fake_request *request)
{
    request->credential = rs_get_text(reader, RS_TEXT_MAX);
    request->input.scheme = (rs_scheme)rs_get_u8(reader);
    request->input.hash = (rs_hash_algorithm)rs_get_u8(reader);
    request->input.salt_length = rs_get_u16(reader);
}

bool fake_decode(rs_bytes frame, fake_request *request)
{
    rs_reader reader = {frame.data, frame.length, false};
    memset(request, 0, sizeof *request);
    request->version = rs_get_u16(&reader);
    request->verb = rs_get_u16(&reader);
    request->id = rs_get_u32(&reader);
    switch (request->verb) {
    case RS_VERB_HELLO: {
        rs_bytes instance = rs_get_raw(&reader, RS_INSTANCE_SIZE);
        if (!reader.failed)
            memcpy(request->instance, instance.data, RS_INSTANCE_SIZE);
        break;
    }
    case RS_VERB_LIST:
    case RS_VERB_WAIT:
        request->generation = rs_get_u64(&reader);
        break;
    case RS_VERB_LOGIN:
        request->pin = rs_get_bytes(&reader, RS_PIN_MAX);
        break;
    case RS_VERB_LOGOUT:
        break;
    case RS_VERB_SIGN:
    case RS_VERB_SIGN_FOR:
        get_input(&reader, request);
        request->flags = rs_get_u8(&reader);
        request->window = rs_get_u64(&reader);
        request->pin = rs_get_bytes(&reader, RS_PIN_MAX);
        request->input.digest = rs_get_bytes(&reader, 64);
        if (request->verb == RS_VERB_SIGN_FOR)
            request->use = rs_get_text(&reader, RS_USE_MAX);
        break;
    case RS_VERB_VERIFY:
        get_input(&reader, request);
        request->input.digest = rs_get_bytes(&reader, 64);
        request->signature = rs_get_bytes(&reader, RS_SIGNATURE_MAX);
        break;
    default:
        return false;
    }
    return rs_reader_done(&reader);
}

void fake_put_text(rs_writer *writer, const char *text)
{
    rs_put_bytes(writer, fake_text(text));
}

void fake_begin(fake_answer *answer, uint16_t verb, uint32_t id, uint16_t problem,
                const char *message)
{
    answer->writer = (rs_writer){answer->frame, sizeof answer->frame, 0, false};
    rs_put_u32(&answer->writer, 0);
    rs_put_u16(&answer->writer, RS_PROTOCOL_VERSION);
    rs_put_u16(&answer->writer, verb | RS_ANSWER_BIT);
    rs_put_u32(&answer->writer, id);
    rs_put_u16(&answer->writer, problem);
    fake_put_text(&answer->writer, message);
}

rs_bytes fake_end(fake_answer *answer)
{
    rs_writer length = {answer->frame, RS_LENGTH_SIZE, 0, false};
    rs_put_u32(&length, (uint32_t)(answer->writer.length - RS_LENGTH_SIZE));
    return (rs_bytes){answer->frame, answer->writer.length};
}

void fake_put_hello(rs_writer *writer, const char *agent, uint32_t seconds, rs_login_mode mode)
{
    fake_put_text(writer, agent);
    rs_put_u32(writer, seconds);
    rs_put_u8(writer, (uint8_t)mode);
}

static void put_credential(rs_writer *writer, const rs_credential *credential)
{
    rs_put_bytes(writer, credential->id);
    rs_put_bytes(writer, credential->label);
    rs_put_bytes(writer, credential->cka_id);
    rs_put_u8(writer, credential->purpose);
    rs_put_u8(writer, credential->flags);
    rs_put_u8(writer, (uint8_t)credential->key_type);
    rs_put_u16(writer, credential->key_bits);
    rs_put_bytes(writer, credential->a);
    rs_put_bytes(writer, credential->b);
    rs_put_u8(writer, credential->schemes);
    rs_put_u8(writer, credential->hashes);
    rs_put_u16(writer, (uint16_t)credential->certificate_count);
    for (size_t i = 0; i < credential->certificate_count; i++) {
        const rs_certificate *certificate = &credential->certificates[i];
        rs_put_bytes(writer, certificate->value);
        rs_put_bytes(writer, certificate->subject);
        rs_put_bytes(writer, certificate->issuer);
        rs_put_bytes(writer, certificate->serial);
        rs_put_raw(writer, certificate->not_before.data, 8);
        rs_put_raw(writer, certificate->not_after.data, 8);
    }
}

void fake_put_list(rs_writer *writer, const rs_card *card, bool unchanged)
{
    rs_put_u64(writer, card->generation);
    rs_put_u8(writer, card->state);
    rs_put_u8(writer, (uint8_t)card->mode);
    rs_put_bytes(writer, card->label);
    rs_put_bytes(writer, card->serial);
    rs_put_u16(writer, unchanged ? 0 : (uint16_t)card->credential_count);
    for (size_t i = 0; !unchanged && i < card->credential_count; i++)
        put_credential(writer, &card->credentials[i]);
}
