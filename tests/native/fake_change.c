#include "fake_change.h"

#include <string.h>

static void put_u32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

enum { VERB_AT = 6, ID_AT = 8, PROBLEM_AT = 12, MESSAGE_AT = 14, FIELDS_AT = 18 };

static size_t no_length(uint8_t *frame, size_t length)
{
    put_u32(frame, 0);
    return length;
}

static size_t length_below_header(uint8_t *frame, size_t length)
{
    put_u32(frame, 7);
    return length;
}

static size_t length_of_header(uint8_t *frame, size_t length)
{
    (void)length;
    put_u32(frame, 8);
    return 12;
}

static size_t length_above_limit(uint8_t *frame, size_t length)
{
    put_u32(frame, (1U << 20) + 1);
    return length;
}

static size_t largest_length(uint8_t *frame, size_t length)
{
    put_u32(frame, UINT32_MAX);
    return length;
}

static size_t version_0(uint8_t *frame, size_t length)
{
    frame[FAKE_VERSION_AT] = 0;
    return length;
}

static size_t version_2(uint8_t *frame, size_t length)
{
    frame[FAKE_VERSION_AT] = 2;
    return length;
}

static size_t version_257(uint8_t *frame, size_t length)
{
    frame[FAKE_VERSION_AT + 1] = 1;
    return length;
}

static size_t another_verb(uint8_t *frame, size_t length)
{
    frame[VERB_AT] ^= 0x10;
    return length;
}

static size_t verb_of_a_request(uint8_t *frame, size_t length)
{
    frame[VERB_AT + 1] = 0;
    return length;
}

static size_t another_id(uint8_t *frame, size_t length)
{
    frame[ID_AT + 3] ^= 1;
    return length;
}

static size_t one_byte_less(uint8_t *frame, size_t length)
{
    put_u32(frame, (uint32_t)length - 4 - 1);
    return length - 1;
}

static size_t one_byte_more(uint8_t *frame, size_t length)
{
    frame[length] = 0;
    put_u32(frame, (uint32_t)length - 4 + 1);
    return length + 1;
}

static size_t problem_with_fields(uint8_t *frame, size_t length)
{
    frame[PROBLEM_AT] = 5;
    if (length == FIELDS_AT) /* LOGIN and LOGOUT have none */
        return one_byte_more(frame, length);
    return length;
}

static size_t message_longer_than_frame(uint8_t *frame, size_t length)
{
    put_u32(frame + MESSAGE_AT, UINT32_MAX);
    return length;
}

size_t fake_problem_with_message(uint8_t *frame, uint8_t problem, size_t message)
{
    frame[PROBLEM_AT] = problem;
    put_u32(frame + MESSAGE_AT, (uint32_t)message);
    memset(frame + FIELDS_AT, 'm', message);
    put_u32(frame, (uint32_t)(FIELDS_AT + message - 4));
    return FIELDS_AT + message;
}

static size_t message_above_limit(uint8_t *frame, size_t length)
{
    (void)length;
    return fake_problem_with_message(frame, 16, 4097);
}

static size_t message_with_nul(uint8_t *frame, size_t length)
{
    (void)length;
    length = fake_problem_with_message(frame, 16, 8);
    frame[FIELDS_AT + 3] = 0;
    return length;
}

#define CHANGE(name)                                                                               \
    {                                                                                              \
#name, name, false                                                                         \
    }
#define LENGTH(name)                                                                               \
    {                                                                                              \
#name, name, true                                                                          \
    }
const fake_change fake_changes[FAKE_CHANGES] = {
    LENGTH(no_length),           LENGTH(length_below_header),
    LENGTH(length_above_limit),  LENGTH(largest_length),
    CHANGE(length_of_header),    CHANGE(version_0),
    CHANGE(version_2),           CHANGE(version_257),
    CHANGE(another_verb),        CHANGE(verb_of_a_request),
    CHANGE(another_id),          CHANGE(one_byte_less),
    CHANGE(one_byte_more),       CHANGE(problem_with_fields),
    CHANGE(message_above_limit), CHANGE(message_longer_than_frame),
    CHANGE(message_with_nul),
};

size_t fake_next_cut(size_t cut, size_t length)
{
#ifdef _WIN32
    return cut >= 64 && cut + 64 < length ? 31 : 1;
#else
    (void)cut;
    (void)length;
    return 1;
#endif
}
