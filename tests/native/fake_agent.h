/* An agent for tests: the real protocol on a real socket, with fixed bytes for signatures, and
 * faults on demand. It runs in threads of the test. A "signature" is the digest repeated until it
 * is long enough; VERIFY accepts exactly that. */
#ifndef FAKE_AGENT_H
#define FAKE_AGENT_H

#include "fake_card.h"
#include "fake_codec.h"
#include "fake_link.h"

#include <pthread.h>

enum {
    FAKE_VERBS = 10,
    FAKE_INSTANCES = 1024,
    FAKE_CONNECTIONS = 2048,
    FAKE_ROOM = 8192,
    FAKE_RECORD = 1 << 17
};

typedef enum fake_fault {
    FAKE_NO_FAULT,
    FAKE_CLOSE,   /* closes after reading the request */
    FAKE_CUT,     /* sends the first `cut` bytes of the answer, then closes */
    FAKE_DRIP,    /* sends the answer byte by byte, after `before_byte` for each */
    FAKE_RAW,     /* sends `raw` instead of an answer */
    FAKE_CHANGE,  /* sends what `change` made of the answer */
    FAKE_LAST,    /* answers, then closes */
    FAKE_SILENCE, /* never answers */
} fake_fault;

/* What the agent is to do; change between calls, with fake_lock held when others run. */
typedef struct fake_script {
    rs_login_mode mode;
    bool signed_in;
    uint64_t generation;
    size_t credentials;     /* how many of the three are on the card: RSA, EC, RSA with
                               ALWAYS_AUTHENTICATE */
    uint8_t refused_hashes; /* bits taken from `hashes` of all of them */
    uint16_t problem[FAKE_VERBS];
    fake_fault fault[FAKE_VERBS];
    rs_verb held;    /* requests of this verb wait, read but not carried out; 0 = none */
    int faults_left; /* how often a fault happens; -1 = always */
    size_t cut;
    rs_bytes raw;
    /* The whole frame, with its length field; returns how many bytes to send. There is room for
     * FAKE_ROOM more. */
    size_t (*change)(uint8_t *frame, size_t length);
    void (*before_byte)(void);
    size_t signature_length; /* 0 = the right one */
    const char *pin;         /* LOGIN with another one is problem 9 */
} fake_script;

typedef struct fake_agent {
    pthread_mutex_t lock;
    pthread_cond_t released;
    fake_place place;
    pthread_t acceptor;
    fake_link connections[FAKE_CONNECTIONS];
    pthread_t threads[FAKE_CONNECTIONS];
    size_t accepted;
    fake_script script;
    /* What happened, guarded by the lock. */
    int calls[FAKE_VERBS];
    int open;
    bool recording; /* keep the requests, without their length fields, one after the other */
    size_t recorded;
    uint8_t record[FAKE_RECORD];
    int silent;         /* requests that were read and will not be answered */
    size_t last_answer; /* bytes of the last answer made, with its length field */
    struct {
        uint8_t bytes[RS_INSTANCE_SIZE];
        bool logged_in;
        int connections;
    } instances[FAKE_INSTANCES];
    size_t instance_count;
    char last_pin[RS_PIN_MAX + 1];
    uint8_t last_scheme;
    uint8_t last_hash;
    uint16_t last_salt;
    size_t last_digest_length;
    uint8_t last_digest[64];
} fake_agent;

/* Makes a folder of its own and points the shim into it. Not running yet. */
void fake_create(fake_agent *agent);
void fake_start(fake_agent *agent);
/* As if the process ended: the socket and all connections close. */
void fake_stop(fake_agent *agent);
void fake_destroy(fake_agent *agent);

void fake_lock(fake_agent *agent);
void fake_unlock(fake_agent *agent);

/* Holds the requests of a verb from now on; 0 releases those that wait. */
void fake_hold(fake_agent *agent, rs_verb verb);

/* Calls of a verb so far. */
int fake_calls(fake_agent *agent, rs_verb verb);
/* Waits until that many connections are open; false when that does not happen within half a minute.
 */
bool fake_wait_open(fake_agent *agent, int open);
/* The same for that many connections since the start, or more. */
bool fake_wait_accepted(fake_agent *agent, int accepted);
/* The same for that many calls of a verb, or more. */
bool fake_wait_calls(fake_agent *agent, rs_verb verb, int calls);

#endif
