/* Answers of the agent, with their length field: never a crash, and what is accepted has exactly
 * one encoding, that of the test's encoder, unless a credential was left out. */
#include "fake_codec.h"
#include "fuzz.h"

#include <string.h>

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    (void)count;
    (void)arguments;
    return setenv("REMOTESIGNING_LOG", "/dev/null", 1);
}

static fake_answer again;

/* The fields that were put into `again` are those of the answer. */
static void same_fields(rs_bytes fields)
{
    HOLDS(!again.writer.failed);
    HOLDS(rs_bytes_equal(fields, (rs_bytes){again.frame, again.writer.length}));
}

static void check_card(rs_answer *answer, rs_bytes fields)
{
    rs_card *card = NULL;
    if (rs_decode_card(answer, &card) != RS_OK)
        return;
    HOLDS(card->generation != 0 && card->mode <= RS_LOGIN_AGENT);
    HOLDS(card->credential_count <= RS_CREDENTIALS_MAX);
    for (size_t i = 0; i < card->credential_count; i++) {
        const rs_credential *each = &card->credentials[i];
        size_t length = rs_credential_signature_length(each);
        HOLDS(length > 0 && length <= RS_SIGNATURE_MAX);
        HOLDS(each->certificate_count > 0 && each->certificate_count <= RS_CERTIFICATES_MAX);
        HOLDS(each->id.length > 0 && each->id.length <= RS_TEXT_MAX);
    }
    rs_reader before = {fields.data, fields.length, false};
    (void)rs_get_raw(&before, 10);
    (void)rs_get_bytes(&before, RS_TEXT_MAX);
    (void)rs_get_bytes(&before, RS_TEXT_MAX);
    fake_put_list(&again.writer, card, false);
    if (rs_get_u16(&before) == card->credential_count)
        same_fields(fields);
    rs_card_release(card);
}

static void check_hello(rs_answer *answer, rs_bytes fields)
{
    rs_hello hello;
    if (rs_decode_hello(answer, &hello) != RS_OK)
        return;
    HOLDS(hello.agent.length <= RS_TEXT_MAX);
    rs_put_bytes(&again.writer, hello.agent);
    rs_put_u32(&again.writer, hello.consent_seconds);
    rs_put_u8(&again.writer, (uint8_t)hello.mode);
    same_fields(fields);
}

static void check_signature(rs_answer *answer, rs_bytes fields)
{
    rs_bytes signature;
    if (rs_decode_signature(answer, &signature) != RS_OK)
        return;
    HOLDS(signature.length <= RS_SIGNATURE_MAX);
    rs_put_bytes(&again.writer, signature);
    same_fields(fields);
}

static void check_fields(rs_verb verb, rs_answer *answer, rs_bytes fields)
{
    bool valid = false;
    uint64_t generation = 0;
    again.writer = (rs_writer){again.frame, sizeof again.frame, 0, false};
    switch (verb) {
    case RS_VERB_HELLO:
        check_hello(answer, fields);
        break;
    case RS_VERB_LIST:
        check_card(answer, fields);
        break;
    case RS_VERB_LOGIN:
    case RS_VERB_LOGOUT:
        if (rs_decode_nothing(answer) == RS_OK)
            same_fields(fields);
        break;
    case RS_VERB_SIGN:
    case RS_VERB_SIGN_FOR:
        check_signature(answer, fields);
        break;
    case RS_VERB_VERIFY:
        if (rs_decode_valid(answer, &valid) == RS_OK) {
            rs_put_u8(&again.writer, valid ? 1 : 0);
            same_fields(fields);
        }
        break;
    case RS_VERB_WAIT:
        if (rs_decode_generation(answer, &generation) == RS_OK) {
            rs_put_u64(&again.writer, generation);
            same_fields(fields);
        }
        break;
    }
}

/* The verb and the id that were asked for are those of the frame: guessing them would be lost time.
 * That others are refused is checked on the way. */
static void check_answer(rs_bytes frame)
{
    rs_answer answer;
    rs_reader header = {frame.data, frame.length, false};
    (void)rs_get_u16(&header);
    rs_verb verb = (rs_verb)(rs_get_u16(&header) & ~RS_ANSWER_BIT);
    uint32_t id = rs_get_u32(&header);
    rs_verb other = verb == RS_VERB_SIGN ? RS_VERB_VERIFY : RS_VERB_SIGN;
    HOLDS(rs_decode_answer(frame, other, id, &answer) == RS_AGENT_UNAVAILABLE);
    HOLDS(rs_decode_answer(frame, verb, id + 1, &answer) == RS_AGENT_UNAVAILABLE);
    rs_status status = rs_decode_answer(frame, verb, id, &answer);
    HOLDS(status == RS_OK || status == RS_AGENT_UNAVAILABLE);
    if (status != RS_OK)
        return;
    HOLDS(answer.problem <= RS_INTERNAL && answer.message.length <= RS_MESSAGE_MAX);
    if (answer.problem == RS_OK)
        check_fields(verb, &answer, (rs_bytes){answer.fields.data, answer.fields.length});
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t length = 0;
    if (size < RS_LENGTH_SIZE || rs_decode_length(data, &length) != RS_OK)
        return 0;
    HOLDS(length >= RS_HEADER_SIZE && length <= RS_ANSWER_MAX);
    check_answer((rs_bytes){data + RS_LENGTH_SIZE, size - RS_LENGTH_SIZE});
    return 0;
}
