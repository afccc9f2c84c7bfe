/* The card protocol as seen by the shim: requests are encoded, answers decoded. Specification:
 * docs/card-protocol.md. */
#ifndef RS_PROTOCOL_H
#define RS_PROTOCOL_H

#include "card.h"
#include "frame.h"
#include "status.h"

enum {
    RS_PROTOCOL_VERSION = 1,
    RS_ANSWER_BIT = 0x8000,
    RS_LENGTH_SIZE = 4,    /* the length field itself */
    RS_HEADER_SIZE = 8,    /* version, verb, request id */
    RS_REQUEST_MAX = 4096, /* the largest request this shim makes; the protocol allows 64 KiB */
    RS_ANSWER_MAX = 1 << 20,
    RS_INSTANCE_SIZE = 16,
    RS_TEXT_MAX = 255,
    RS_PIN_MAX = 64,
    RS_USE_MAX = 1024,       /* bytes of UTF-8 */
    RS_SIGNATURE_MAX = 2048, /* RSA with 16,384 bits */
    RS_MESSAGE_MAX = 4096,
};

typedef enum rs_verb {
    RS_VERB_HELLO = 1,
    RS_VERB_LIST = 2,
    RS_VERB_LOGIN = 3,
    RS_VERB_LOGOUT = 4,
    RS_VERB_SIGN = 5,
    RS_VERB_VERIFY = 6,
    RS_VERB_WAIT = 7,
    RS_VERB_SIGN_FOR = 9, /* 8 is DECRYPT */
} rs_verb;

enum { RS_SIGN_SILENT = 1 };

typedef struct rs_request {
    uint8_t frame[RS_REQUEST_MAX];
    size_t length;
    rs_verb verb;
    uint64_t known_generation; /* LIST: the one it names */
} rs_request;

/* What is to be signed, and how; the digest has exactly the length of `hash`. */
typedef struct rs_signature_input {
    rs_scheme scheme;
    rs_hash_algorithm hash;
    uint16_t salt_length;
    rs_bytes digest;
} rs_signature_input;

/* How the signer may be asked. */
typedef struct rs_consent {
    uint8_t flags;   /* RS_SIGN_SILENT, or 0 */
    uint64_t window; /* the caller's, to be in front of; 0 = none */
    rs_bytes pin;    /* for this signature; empty = none */
    rs_bytes use;    /* what the program says it is for, UTF-8; empty = nothing */
} rs_consent;

/* Encoders fail with RS_INVALID_REQUEST when a field does not fit. The request id is set when the
 * request is sent. */
RS_MUST_CHECK rs_status rs_encode_hello(rs_request *request,
                                        const uint8_t instance[RS_INSTANCE_SIZE]);
RS_MUST_CHECK rs_status rs_encode_list(rs_request *request, uint64_t known_generation);
RS_MUST_CHECK rs_status rs_encode_login(rs_request *request, rs_bytes pin);
RS_MUST_CHECK rs_status rs_encode_logout(rs_request *request);
/* SIGN, or SIGN_FOR when the program says what for. */
RS_MUST_CHECK rs_status rs_encode_sign(rs_request *request, rs_bytes credential,
                                       const rs_signature_input *input, const rs_consent *consent);
RS_MUST_CHECK rs_status rs_encode_verify(rs_request *request, rs_bytes credential,
                                         const rs_signature_input *input, rs_bytes signature);
RS_MUST_CHECK rs_status rs_encode_wait(rs_request *request, uint64_t known_generation);

void rs_request_set_id(rs_request *request, uint32_t id);
/* For a LIST request only: asks for the whole list, whatever generation it named. */
void rs_request_forget_generation(rs_request *request);
/* PINs travel in requests: call when done with one. */
void rs_request_wipe(rs_request *request);

/* The length field of an answer, checked against the limits. */
RS_MUST_CHECK rs_status rs_decode_length(const uint8_t field[RS_LENGTH_SIZE], size_t *length);

/* An answer without its length field, as views into the caller's buffer. */
typedef struct rs_answer {
    rs_status problem;
    rs_bytes message;
    rs_reader fields;
} rs_answer;

/* Is the frame of an agent that speaks another version? Every version begins with its number. */
bool rs_is_other_version(rs_bytes frame);
/* All decoders fail with RS_AGENT_UNAVAILABLE on anything the protocol does not allow. */
RS_MUST_CHECK rs_status rs_decode_answer(rs_bytes frame, rs_verb verb, uint32_t id,
                                         rs_answer *answer);

/* The problem of an answer, or RS_INTERNAL when it makes no sense for the verb: a program must not
 * get to see an outcome that its function cannot have. */
rs_status rs_problem_at(rs_verb verb, rs_status problem);

typedef struct rs_hello {
    rs_bytes agent;
    uint32_t consent_seconds;
    rs_login_mode mode;
} rs_hello;

RS_MUST_CHECK rs_status rs_decode_hello(rs_answer *answer, rs_hello *hello);
RS_MUST_CHECK rs_status rs_decode_nothing(rs_answer *answer);
RS_MUST_CHECK rs_status rs_decode_signature(rs_answer *answer, rs_bytes *signature);
RS_MUST_CHECK rs_status rs_decode_valid(rs_answer *answer, bool *valid);
RS_MUST_CHECK rs_status rs_decode_generation(rs_answer *answer, uint64_t *generation);
/* Copies what it keeps. The card has one reference, the caller's. */
RS_MUST_CHECK rs_status rs_decode_card(rs_answer *answer, rs_card **card);

#endif
