#include "pipe_agent.h"

#include "fake_card.h"
#include "fake_pipe.h"
#include "test.h"

#include <windows.h>

enum { CONNECTIONS = 64 };

pipe_script script;
static fake_link connections[CONNECTIONS];
static SRWLOCK guard = SRWLOCK_INIT;
static fake_place place;
static HANDLE listening;
static rs_credential credentials[4];
static rs_card card = {.generation = 7, .credentials = credentials, .credential_count = 4};
const rs_card *const pipe_card = &card;

/* An RSA key with a label beyond ASCII, two curves that CNG names and one that it does not. */
static void make_card(void)
{
    const uint8_t no_sha1 = (uint8_t) ~(1 << RS_SHA1);
    const uint8_t sha2 = 1 << RS_SHA256 | 1 << RS_SHA384 | 1 << RS_SHA512;
    uint16_t bits = script.key_bits != 0 ? script.key_bits : 384;
    card.label = fake_text("Remote Signing");
    card.serial = fake_text("0001020304050607");
    credentials[0] = fake_rsa("cred-rsa", "Sign\xc3\xa9 RSA", "\x01\x23\xab\xff rsa", 256);
    credentials[1] = fake_ec("P-256", script.label != NULL ? script.label : "P-256",
                             script.cka_id != NULL ? script.cka_id : "AAAA-256", fake_p256, 256);
    credentials[2] = fake_ec("Koblitz", "Koblitz", "BBBB-k256", fake_k256, 256);
    credentials[3] = fake_ec("P-384", "P-384", "CCCC-384", fake_p384, bits);
    credentials[0].hashes &= no_sha1;
    for (size_t i = 1; i < 4; i++)
        credentials[i].hashes = sha2;
}

static rs_bytes sign(const fake_request *request, uint8_t signature[RS_SIGNATURE_MAX])
{
    const rs_credential *credential = fake_find(&card, request->credential);
    return (rs_bytes){signature, fake_sign(credential, request->input.digest, signature)};
}

static bool signs(const fake_request *request)
{
    return request->verb == RS_VERB_SIGN || request->verb == RS_VERB_SIGN_FOR;
}

static void record(const fake_request *request)
{
    if (request->verb == RS_VERB_LOGOUT)
        script.logged_in = false;
    if (request->verb == RS_VERB_LOGIN) {
        script.logged_in = script.problem == 0;
        script.logins++;
        script.pin_length = request->pin.length;
        memcpy(script.pin, request->pin.data, request->pin.length);
    }
    if (request->verb == RS_VERB_WAIT)
        script.waits++;
    if (!signs(request))
        return;
    script.signs++;
    script.scheme = request->input.scheme;
    script.hash = request->input.hash;
    script.salt_length = request->input.salt_length;
    script.flags = request->flags;
    script.window = request->window;
    script.use_length = request->use.length;
    if (request->use.length > 0)
        memcpy(script.use, request->use.data, request->use.length);
    script.digest_length = request->input.digest.length;
    memcpy(script.digest, request->input.digest.data, request->input.digest.length);
}

static void put_fields(const fake_request *request, rs_writer *writer)
{
    uint8_t signature[RS_SIGNATURE_MAX];
    rs_card shown = card;
    switch (request->verb) {
    case RS_VERB_HELLO:
        fake_put_hello(writer, "agent of the test", 1, script.mode);
        break;
    case RS_VERB_LIST:
        shown.mode = script.mode;
        shown.state = script.signed_in ? RS_STATE_SIGNED_IN : 0;
        if (script.logged_in)
            shown.state |= RS_STATE_LOGGED_IN;
        shown.credential_count = script.signed_in ? card.credential_count : 0;
        fake_put_list(writer, &shown, request->generation == card.generation);
        break;
    case RS_VERB_SIGN:
    case RS_VERB_SIGN_FOR:
        rs_put_bytes(writer, sign(request, signature));
        break;
    case RS_VERB_VERIFY:
        rs_put_u8(writer, rs_bytes_equal(request->signature, sign(request, signature)));
        break;
    default:
        break;
    }
}

/* The answer, or what a broken agent sends. False ends the connection. */
static bool send_answer(fake_link link, const fake_request *request, fake_answer *answer)
{
    uint8_t garbage[4] = {0xff, 0xff, 0xff, 0xff};
    rs_bytes frame = fake_end(answer);
    pipe_fault fault = PIPE_NO_FAULT;
    if (signs(request) || request->verb == RS_VERB_LIST) {
        fault = script.fault;
        script.fault = PIPE_NO_FAULT;
    }
    if (fault == PIPE_CUT)
        (void)fake_link_send(link, (rs_bytes){frame.data, frame.length / 2});
    if (fault == PIPE_GARBAGE)
        (void)fake_link_send(link, (rs_bytes){garbage, sizeof garbage});
    return fault == PIPE_NO_FAULT && fake_link_send(link, frame);
}

static bool serve_one(fake_link link, fake_answer *answer)
{
    uint8_t bytes[RS_REQUEST_MAX];
    uint8_t field[RS_LENGTH_SIZE];
    fake_request request;
    if (!fake_link_receive(link, field, sizeof field))
        return false;
    rs_reader reader = {field, sizeof field, false};
    size_t length = rs_get_u32(&reader);
    if (length > sizeof bytes || !fake_link_receive(link, bytes, length) ||
        !fake_decode((rs_bytes){bytes, length}, &request))
        return false;
    bool unknown = script.knows_no_use && request.verb == RS_VERB_SIGN_FOR;
    if (!unknown)
        record(&request);
    if (request.verb == RS_VERB_WAIT) /* nothing ever changes */
        return fake_link_receive(link, field, 1);
    uint16_t problem = 0;
    if (signs(&request) || request.verb == RS_VERB_LOGIN || request.verb == RS_VERB_VERIFY)
        problem = unknown ? RS_INVALID_REQUEST : script.problem;
    fake_begin(answer, request.verb, request.id, problem, problem == 0 ? "" : "Refused.");
    if (problem == 0)
        put_fields(&request, &answer->writer);
    return send_answer(link, &request, answer);
}

static void keep(fake_link link, fake_link instead)
{
    AcquireSRWLockExclusive(&guard);
    for (size_t i = 0; i < CONNECTIONS; i++) {
        if (connections[i] == instead) {
            connections[i] = link;
            break;
        }
    }
    ReleaseSRWLockExclusive(&guard);
}

static DWORD WINAPI serve(void *argument)
{
    fake_link link = (fake_link)argument;
    fake_answer *answer = malloc(sizeof *answer);
    while (answer != NULL && serve_one(link, answer))
        ;
    free(answer);
    keep(0, link);
    fake_link_close(link);
    return 0;
}

static DWORD WINAPI listen_for_all(void *argument)
{
    fake_link link = fake_place_accept(&place);
    (void)argument;
    while (link != FAKE_NO_LINK) {
        keep(link, 0);
        (void)CloseHandle(CreateThread(NULL, 0, serve, (void *)link, 0, NULL));
        link = fake_place_accept(&place);
    }
    return 0;
}

void pipe_agent_start(void)
{
    make_card();
    script.logged_in = false;
    fake_pipe_prefix = script.foreign_name ? "somebody-else" : "remote-signing-test";
    fake_place_listen(&place);
    listening = CreateThread(NULL, 0, listen_for_all, NULL, 0, NULL);
    REQUIRE(listening != NULL);
}

void pipe_agent_stop(void)
{
    fake_place_end(&place);
    (void)WaitForSingleObject(listening, INFINITE);
    (void)CloseHandle(listening);
    fake_place_close(&place);
    AcquireSRWLockExclusive(&guard);
    for (size_t i = 0; i < CONNECTIONS; i++) {
        if (connections[i] != 0)
            fake_link_end(connections[i]);
    }
    ReleaseSRWLockExclusive(&guard);
}
