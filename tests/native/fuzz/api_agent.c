/* In place of core/pipe.c and core/random.c: an agent inside the process, on a clock of its own.
 * As long as the input does not say otherwise it answers as it should. */
#include "api_fuzz.h"

#include "fake_codec.h"
#include "hash.h"
#include "pipe.h"
#include "random.h"

#include <string.h>

enum { PIPES = 64, FIRST_FD = 1000 };

typedef enum ending { OPEN, CLOSED, SILENT } ending;

static struct {
    bool open;
    ending ending; /* after what is to be received */
    size_t received;
    rs_bytes answer;
} pipes[PIPES];

static fake_answer answer;
static uint8_t raw[4096];
static uint64_t now;
static uint32_t drawn;
static bool faults;
static rs_card card;
static bool signed_in;
static bool logged_in; /* until the last connection closes */

/* ---- the card ---- */

static uint8_t modulus[256] = {0xc1};
static uint8_t point[65] = {4, 0x11};
static const uint8_t exponent[] = {1, 0, 1};
static const uint8_t p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
static const uint8_t ca_name[] = {0x30, 0x0f, 0x31, 0x0d, 0x30, 0x0b, 0x06, 0x03, 0x55,
                                  0x04, 0x03, 0x0c, 0x04, 'R',  'o',  'o',  't'};
static rs_credential credentials[3];

static rs_certificate certificate(const char *value)
{
    return (rs_certificate){.value = fake_text(value),
                            .subject = {ca_name, sizeof ca_name},
                            .issuer = {ca_name, sizeof ca_name},
                            .serial = fake_text("\x02\x01\x05"),
                            .not_before = fake_text("20260101"),
                            .not_after = fake_text("20291231")};
}

static rs_credential credential(const char *name, rs_key_type type)
{
    bool rsa = type == RS_KEY_RSA;
    return (rs_credential){
        .id = fake_text(name),
        .label = fake_text(name),
        .cka_id = fake_text(name),
        .purpose = RS_PURPOSE_SIGNATURE,
        .key_type = type,
        .key_bits = rsa ? 2048 : 256,
        .a = rsa ? (rs_bytes){modulus, sizeof modulus} : (rs_bytes){p256, sizeof p256},
        .b = rsa ? (rs_bytes){exponent, sizeof exponent} : (rs_bytes){point, sizeof point},
        .schemes = (uint8_t)(rsa ? 1 << RS_RSA_PKCS1 | 1 << RS_RSA_PSS : 1 << RS_ECDSA),
        .hashes = 1 << RS_SHA1 | 1 << RS_SHA256 | 1 << RS_SHA384 | 1 << RS_SHA512,
        .certificate_count = 2,
        .certificates = {certificate(name), certificate("root")}};
}

void api_agent_begin(void)
{
    memset(pipes, 0, sizeof pipes);
    now = 1000;
    drawn = 0;
    faults = true;
    credentials[0] = credential("rsa", RS_KEY_RSA);
    credentials[1] = credential("ec", RS_KEY_EC);
    credentials[2] = credential("each", RS_KEY_RSA);
    credentials[2].flags = RS_CREDENTIAL_ALWAYS_AUTHENTICATE;
    card = (rs_card){.generation = 7,
                     .mode = (rs_login_mode)((1 + api_agent_u8()) % 3),
                     .label = fake_text("Token"),
                     .serial = fake_text("0001"),
                     .credentials = credentials,
                     .credential_count = 3};
    signed_in = true;
    logged_in = false;
}

void api_agent_behave(void)
{
    faults = false;
    signed_in = true;
}

void api_agent_change_card(void)
{
    uint8_t change = api_agent_u8();
    card.generation += change % 4;
    card.mode = (rs_login_mode)((1 + change / 4) % 3);
    card.credential_count = change / 16 % 4;
    signed_in = change < 224;
}

void api_agent_pass_time(unsigned milliseconds)
{
    now += milliseconds;
}

size_t api_agent_connections(void)
{
    size_t open = 0;
    for (size_t i = 0; i < PIPES; i++)
        open += pipes[i].open ? 1 : 0;
    return open;
}

/* ---- answering ---- */

static const rs_credential *credential_of(rs_bytes id)
{
    for (size_t i = 0; i < card.credential_count; i++) {
        if (rs_bytes_equal(credentials[i].id, id))
            return &credentials[i];
    }
    return NULL;
}

static bool is_logged_in(void)
{
    return logged_in || card.mode == RS_LOGIN_AGENT;
}

static uint16_t problem_of(const fake_request *request)
{
    switch (request->verb) {
    case RS_VERB_LOGIN:
        return request->pin.length == 0 || rs_bytes_equal(request->pin, fake_text("12345678"))
                   ? 0
                   : RS_PIN_INCORRECT;
    case RS_VERB_SIGN:
        if (!is_logged_in())
            return RS_NOT_SIGNED_IN;
        return credential_of(request->credential) == NULL ? RS_UNKNOWN_KEY : 0;
    case RS_VERB_VERIFY:
        return credential_of(request->credential) == NULL ? RS_UNKNOWN_KEY : 0;
    default:
        return 0;
    }
}

static rs_bytes signature_for(const fake_request *request)
{
    static uint8_t signature[RS_SIGNATURE_MAX];
    size_t length = rs_credential_signature_length(credential_of(request->credential));
    for (size_t i = 0; i < length; i++)
        signature[i] = request->input.digest.data[i % request->input.digest.length];
    return (rs_bytes){signature, length};
}

static void put_list(uint64_t known)
{
    rs_card shown = card;
    signed_in = signed_in || api_input_is_used_up(); /* or C_WaitForSlotEvent waits for ever */
    shown.state =
        (uint8_t)((signed_in ? RS_STATE_SIGNED_IN : 0) | (is_logged_in() ? RS_STATE_LOGGED_IN : 0));
    shown.credential_count = signed_in ? card.credential_count : 0;
    fake_put_list(&answer.writer, &shown, known == shown.generation);
}

static void put_fields(const fake_request *request)
{
    switch (request->verb) {
    case RS_VERB_HELLO:
        fake_put_hello(&answer.writer, "agent", 1, card.mode);
        break;
    case RS_VERB_LIST:
        put_list(request->generation);
        break;
    case RS_VERB_LOGIN:
    case RS_VERB_LOGOUT:
        logged_in = request->verb == RS_VERB_LOGIN;
        break;
    case RS_VERB_SIGN:
        rs_put_bytes(&answer.writer, signature_for(request));
        break;
    case RS_VERB_VERIFY:
        rs_put_u8(&answer.writer, rs_bytes_equal(request->signature, signature_for(request)));
        break;
    case RS_VERB_WAIT:
        card.generation++;
        signed_in = true;
        rs_put_u64(&answer.writer, card.generation);
        break;
    default:
        break;
    }
}

static void answer_as_should_be(size_t at, const fake_request *request, uint16_t problem)
{
    if (problem == 0)
        problem = problem_of(request);
    fake_begin(&answer, request->verb, request->id, problem, problem == 0 ? "" : "Refused.");
    if (problem == 0)
        put_fields(request);
    pipes[at].answer = fake_end(&answer);
}

/* Some bytes of a correct answer are others, its length field included. */
static void patch(size_t at)
{
    for (int patches = api_agent_u8() % 4 + 1; patches > 0; patches--) {
        size_t place = api_agent_u16() % pipes[at].answer.length;
        answer.frame[place] = api_agent_u8();
    }
}

/* The right header, and anything behind it. */
static void answer_anything(size_t at, const fake_request *request)
{
    size_t length = api_agent_u16() % (sizeof raw / 2);
    for (size_t i = 0; i < length; i++)
        raw[i] = api_agent_u8();
    fake_begin(&answer, request->verb, request->id, 0, "");
    rs_put_raw(&answer.writer, raw, length);
    pipes[at].answer = fake_end(&answer);
}

static void misbehave(size_t at, const fake_request *request, uint8_t how)
{
    answer_as_should_be(at, request, how % 8 == 0 ? api_agent_u8() % 20 : 0);
    switch (how % 8) {
    case 1:
        pipes[at].answer.length = 0;
        break;
    case 2:
        pipes[at].answer.length = api_agent_u16() % pipes[at].answer.length;
        break;
    case 3:
    case 4:
        patch(at);
        break;
    case 5:
        answer_anything(at, request);
        break;
    case 6:
        api_agent_change_card();
        answer_as_should_be(at, request, 0);
        break;
    default:
        break;
    }
    if (how % 8 != 0 && how % 8 < 6)
        pipes[at].ending = how >= 240 ? SILENT : CLOSED;
}

/* No request of the module is malformed, and none asks for what no key may sign. */
static void check_request(const fake_request *request)
{
    HOLDS(request->version == RS_PROTOCOL_VERSION && request->pin.length <= RS_PIN_MAX);
    HOLDS(request->verb != RS_VERB_WAIT || !api_mutex_is_held());
    if (request->verb != RS_VERB_SIGN && request->verb != RS_VERB_VERIFY)
        return;
    HOLDS(request->input.scheme >= RS_RSA_PKCS1 && request->input.scheme <= RS_ECDSA);
    HOLDS(request->input.hash >= RS_SHA1 && request->input.hash <= RS_SHA512);
    HOLDS(request->input.digest.length == rs_digest_length(request->input.hash));
    HOLDS(request->input.salt_length == 0 || request->input.scheme == RS_RSA_PSS);
}

/* ---- core/pipe.h ---- */

/* Time passes with every look at it, so that no wait lasts for ever. */
uint64_t rs_clock(void)
{
    now += 100;
    return now;
}

static size_t place_of(const rs_pipe *pipe)
{
    size_t at = (size_t)(pipe->fd - FIRST_FD);
    HOLDS(at < PIPES && pipes[at].open);
    return at;
}

rs_status rs_pipe_create(rs_pipe *pipe)
{
    size_t at = 0;
    if (faults && api_agent_u8() == 255)
        return RS_AGENT_UNAVAILABLE;
    while (at < PIPES && pipes[at].open)
        at++;
    HOLDS(at < PIPES);
    memset(&pipes[at], 0, sizeof pipes[at]);
    pipes[at].open = true;
    *pipe = (rs_pipe){FIRST_FD + (int)at, at};
    return RS_OK;
}

rs_status rs_pipe_connect(rs_pipe *pipe, uint64_t deadline, const char **why)
{
    uint8_t how = faults ? api_agent_u8() : 0;
    (void)place_of(pipe);
    *why = "as the input wants";
    if (how == 254)
        now = deadline;
    return how == 255 ? RS_AGENT_UNAVAILABLE : how == 254 ? RS_UNAVAILABLE : RS_OK;
}

rs_status rs_pipe_send(rs_pipe *pipe, rs_bytes data, uint64_t deadline)
{
    fake_request request;
    size_t at = place_of(pipe);
    uint8_t how = faults ? api_agent_u8() : 0;
    (void)deadline;
    HOLDS(pipes[at].received == pipes[at].answer.length); /* one call at a time */
    if (pipes[at].ending != OPEN)
        return RS_AGENT_UNAVAILABLE;
    HOLDS(data.length > RS_LENGTH_SIZE);
    HOLDS(fake_decode((rs_bytes){data.data + RS_LENGTH_SIZE, data.length - RS_LENGTH_SIZE},
                      &request));
    check_request(&request);
    pipes[at].received = 0;
    if (how < 192)
        answer_as_should_be(at, &request, 0);
    else
        misbehave(at, &request, how);
    return RS_OK;
}

rs_status rs_pipe_receive(rs_pipe *pipe, uint8_t *data, size_t length, uint64_t deadline)
{
    size_t at = place_of(pipe);
    size_t there = pipes[at].answer.length - pipes[at].received;
    if (length <= there) {
        memcpy(data, pipes[at].answer.data + pipes[at].received, length);
        pipes[at].received += length;
        return RS_OK;
    }
    pipes[at].received = pipes[at].answer.length;
    if (pipes[at].ending == CLOSED)
        return RS_AGENT_UNAVAILABLE;
    if (deadline > now)
        now = deadline;
    return RS_UNAVAILABLE;
}

bool rs_pipe_is_idle(rs_pipe *pipe)
{
    size_t at = place_of(pipe);
    return pipes[at].ending == OPEN && pipes[at].received == pipes[at].answer.length;
}

void rs_pipe_end(rs_pipe *pipe)
{
    pipes[place_of(pipe)].ending = CLOSED;
}

void rs_pipe_close(rs_pipe *pipe)
{
    if (pipe->fd >= 0)
        pipes[place_of(pipe)].open = false;
    pipe->fd = -1;
    logged_in = logged_in && api_agent_connections() > 0;
}

/* ---- core/random.h ---- */

rs_status rs_random(void *buffer, size_t length)
{
    uint8_t *bytes = buffer;
    for (size_t i = 0; i < length; i++) {
        drawn = drawn * 1664525 + 1013904223;
        bytes[i] = (uint8_t)(drawn >> 24);
    }
    return RS_OK;
}
