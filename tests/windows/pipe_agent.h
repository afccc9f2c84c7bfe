/* An agent for tests on Windows: the real protocol on a real named pipe, found through the registry
 * as the real one is, with fixed bytes for signatures and faults on demand. It runs in threads of
 * the test. A "signature" is the digest repeated until it is long enough; VERIFY accepts exactly
 * that. */
#ifndef PIPE_AGENT_H
#define PIPE_AGENT_H

#include "fake_codec.h"

typedef enum pipe_fault {
    PIPE_NO_FAULT,
    PIPE_CLOSE,   /* closes after reading the request */
    PIPE_CUT,     /* sends half of the answer, then closes */
    PIPE_GARBAGE, /* sends a length field beyond all limits */
} pipe_fault;

/* What the agent is to do, and what it saw. Change between calls. */
typedef struct pipe_script {
    rs_login_mode mode;
    bool signed_in;
    uint16_t problem; /* the answer to SIGN, LOGIN, VERIFY; 0 = done */
    pipe_fault fault; /* of the next answer to SIGN or LIST */
    bool foreign_name;
    bool knows_no_use;  /* an older agent, to which SIGN_FOR is unknown */
    const char *label;  /* of the P-256 key; NULL = its usual one */
    const char *cka_id; /* likewise */
    uint16_t key_bits;  /* of the P-384 key; 0 = as its curve */

    unsigned signs;
    unsigned logins;
    bool logged_in; /* of the last LOGIN or LOGOUT; one program is enough here */
    volatile unsigned waits;
    rs_scheme scheme;
    rs_hash_algorithm hash;
    uint16_t salt_length;
    uint8_t flags;
    uint64_t window;
    uint8_t use[RS_USE_MAX];
    size_t use_length;
    uint8_t digest[64];
    size_t digest_length;
    uint8_t pin[64];
    size_t pin_length;
} pipe_script;

extern pipe_script script;
extern const rs_card *const pipe_card;

/* Makes the pipe and publishes its name; stops by closing all. Both can be repeated. */
void pipe_agent_start(void);
void pipe_agent_stop(void);

#endif
