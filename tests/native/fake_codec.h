/* The agent's side of the card protocol, for tests: requests decoded, answers encoded. */
#ifndef FAKE_CODEC_H
#define FAKE_CODEC_H

#include "protocol.h"

typedef struct fake_request {
    uint16_t version;
    uint16_t verb;
    uint32_t id;
    uint8_t instance[RS_INSTANCE_SIZE];
    uint64_t generation;
    rs_bytes pin;
    rs_bytes credential;
    rs_signature_input input;
    uint8_t flags;
    uint64_t window;
    rs_bytes use;
    rs_bytes signature;
} fake_request;

/* The frame without its length field; false when it is not a request of the protocol. */
bool fake_decode(rs_bytes frame, fake_request *request);

typedef struct fake_answer {
    uint8_t frame[1 << 20];
    rs_writer writer;
} fake_answer;

void fake_begin(fake_answer *answer, uint16_t verb, uint32_t id, uint16_t problem,
                const char *message);
rs_bytes fake_end(fake_answer *answer);

void fake_put_text(rs_writer *writer, const char *text);
void fake_put_hello(rs_writer *writer, const char *agent, uint32_t seconds, rs_login_mode mode);
void fake_put_list(rs_writer *writer, const rs_card *card, bool unchanged);

rs_bytes fake_text(const char *text);

#endif
