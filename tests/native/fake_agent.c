#include "fake_agent.h"

#include "fake_certificate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* ---- the card ---- */

static uint8_t modulus[256];
static uint8_t big_modulus[512];
static uint8_t ec_point[65] = {4, 0x11, 0x22};
static const uint8_t exponent[] = {1, 0, 1};
static const uint8_t p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
static const uint8_t ca_name[] = {0x30, 0x12, 0x31, 0x10, 0x30, 0x0e, 0x06, 0x03, 0x55, 0x04,
                                  0x03, 0x0c, 0x07, 'T',  'e',  's',  't',  ' ',  'C',  'A'};
static rs_credential credentials[3];
static rs_card card;

static rs_certificate certificate(const char *value, rs_bytes subject, rs_bytes issuer)
{
    return (rs_certificate){
        fake_text(value),     subject, issuer, fake_text("\x02\x01\x05"), fake_text("20260101"),
        fake_text("20291231")};
}

static void make_card(void)
{
    rs_bytes ca = {ca_name, sizeof ca_name};
    rs_bytes root = fake_text("0\x14\x31\x12\x30\x10\x06\x03\x55\x04\x03\x0c\x09Test Root");
    modulus[0] = 0xc1;
    big_modulus[0] = 0x80;
    credentials[0] = (rs_credential){.id = fake_text("cred-rsa"),
                                     .label = fake_text("Signer RSA"),
                                     .cka_id = fake_text("id-of-the-rsa-keypair"),
                                     .purpose = RS_PURPOSE_SIGNATURE,
                                     .key_type = RS_KEY_RSA,
                                     .key_bits = 2048,
                                     .a = {modulus, sizeof modulus},
                                     .b = {exponent, sizeof exponent},
                                     .schemes = 1 << RS_RSA_PKCS1 | 1 << RS_RSA_PSS,
                                     .hashes = 1 << RS_SHA1 | 1 << RS_SHA224 | 1 << RS_SHA256 |
                                               1 << RS_SHA384 | 1 << RS_SHA512,
                                     .certificate_count = 3};
    credentials[0].certificates[0] = certificate("rsa certificate", fake_text("rsa subject"), ca);
    credentials[0].certificates[1] = certificate("", ca, root);
    credentials[0].certificates[1].value = (rs_bytes){fake_certificate, sizeof fake_certificate};
    credentials[0].certificates[2] = certificate("", root, root);
    credentials[0].certificates[2].value = (rs_bytes){fake_root, sizeof fake_root};
    credentials[1] = (rs_credential){.id = fake_text("cred-ec"),
                                     .label = fake_text("Signer EC"),
                                     .cka_id = fake_text("id-of-the-ec-keypair"),
                                     .purpose = RS_PURPOSE_SIGNATURE,
                                     .key_type = RS_KEY_EC,
                                     .key_bits = 256,
                                     .a = {p256, sizeof p256},
                                     .b = {ec_point, sizeof ec_point},
                                     .schemes = 1 << RS_ECDSA,
                                     .hashes = 1 << RS_SHA1 | 1 << RS_SHA224 | 1 << RS_SHA256 |
                                               1 << RS_SHA384 | 1 << RS_SHA512,
                                     .certificate_count = 2};
    credentials[1].certificates[0] = certificate("", fake_text("ec subject"), ca);
    credentials[1].certificates[0].value =
        (rs_bytes){fake_certificate_v1, sizeof fake_certificate_v1};
    credentials[1].certificates[1] = credentials[0].certificates[1];
    credentials[2] = (rs_credential){.id = fake_text("cred-each"),
                                     .label = fake_text("Signer each"),
                                     .cka_id = fake_text("id-of-the-other-keypair"),
                                     .purpose = RS_PURPOSE_SIGNATURE,
                                     .flags = RS_CREDENTIAL_ALWAYS_AUTHENTICATE,
                                     .key_type = RS_KEY_RSA,
                                     .key_bits = 4096,
                                     .a = {big_modulus, sizeof big_modulus},
                                     .b = {exponent, sizeof exponent},
                                     .schemes = 1 << RS_RSA_PKCS1,
                                     .hashes = 1 << RS_SHA256,
                                     .certificate_count = 1};
    credentials[2].certificates[0] =
        certificate("other certificate", fake_text("other subject"), ca);
    card = (rs_card){.label = fake_text("Remote Signing"),
                     .serial = fake_text("0001020304050607"),
                     .credentials = credentials,
                     .credential_count = 3};
}

const rs_card *fake_card(void)
{
    return &card;
}

/* ---- answering ---- */

static size_t instance_of(fake_agent *agent, const uint8_t bytes[RS_INSTANCE_SIZE])
{
    size_t index = 0;
    while (index < agent->instance_count &&
           memcmp(agent->instances[index].bytes, bytes, RS_INSTANCE_SIZE) != 0)
        index++;
    if (index == agent->instance_count) {
        if (index == FAKE_INSTANCES)
            abort();
        memcpy(agent->instances[index].bytes, bytes, RS_INSTANCE_SIZE);
        agent->instance_count++;
    }
    return index;
}

static const rs_credential *credential_of(rs_bytes id)
{
    for (size_t i = 0; i < 3; i++) {
        if (rs_bytes_equal(credentials[i].id, id))
            return &credentials[i];
    }
    return NULL;
}

static void make_signature(const fake_request *request, uint8_t *signature, size_t length)
{
    for (size_t i = 0; i < length; i++)
        signature[i] = request->input.digest.data[i % request->input.digest.length];
}

static void put_list(const fake_agent *agent, rs_writer *writer, bool logged_in, uint64_t known)
{
    rs_card shown = card;
    rs_credential changed[3];
    memcpy(changed, credentials, sizeof changed);
    for (size_t i = 0; i < 3; i++)
        changed[i].hashes &= (uint8_t)~agent->script.refused_hashes;
    shown.credentials = changed;
    shown.generation = agent->script.generation;
    shown.mode = agent->script.mode;
    shown.state = agent->script.signed_in ? RS_STATE_SIGNED_IN : 0;
    if (logged_in || agent->script.mode == RS_LOGIN_AGENT)
        shown.state |= RS_STATE_LOGGED_IN;
    shown.credential_count = agent->script.signed_in ? agent->script.credentials : 0;
    fake_put_list(writer, &shown, known == shown.generation);
}

static void keep_sign_request(fake_agent *agent, const fake_request *request)
{
    agent->last_scheme = (uint8_t)request->input.scheme;
    agent->last_hash = (uint8_t)request->input.hash;
    agent->last_salt = request->input.salt_length;
    agent->last_digest_length = request->input.digest.length;
    memcpy(agent->last_digest, request->input.digest.data, request->input.digest.length);
}

static void keep_pin(fake_agent *agent, rs_bytes pin)
{
    if (pin.length > 0)
        memcpy(agent->last_pin, pin.data, pin.length);
    agent->last_pin[pin.length] = '\0';
}

/* With the lock held. */
static uint16_t problem_of(fake_agent *agent, const fake_request *request, size_t instance)
{
    bool allowed = agent->script.mode == RS_LOGIN_AGENT || agent->instances[instance].logged_in;
    uint16_t problem = agent->script.problem[request->verb];
    if (problem != 0)
        return problem;
    if (request->verb == RS_VERB_LOGIN && request->pin.length > 0 &&
        !rs_bytes_equal(request->pin, fake_text(agent->script.pin)))
        return RS_PIN_INCORRECT;
    if (request->verb == RS_VERB_SIGN && !allowed)
        return RS_NOT_SIGNED_IN;
    if (request->verb == RS_VERB_SIGN && credential_of(request->credential) == NULL)
        return RS_UNKNOWN_KEY;
    return 0;
}

static void answer_done(fake_agent *agent, const fake_request *request, size_t instance,
                        rs_writer *writer)
{
    uint8_t signature[RS_SIGNATURE_MAX];
    const rs_credential *credential = credential_of(request->credential);
    size_t length = credential == NULL ? 0 : rs_credential_signature_length(credential);
    switch (request->verb) {
    case RS_VERB_HELLO:
        fake_put_hello(writer, "fake agent", 1, agent->script.mode);
        break;
    case RS_VERB_LIST:
        put_list(agent, writer, agent->instances[instance].logged_in, request->generation);
        break;
    case RS_VERB_LOGIN:
    case RS_VERB_LOGOUT:
        agent->instances[instance].logged_in = request->verb == RS_VERB_LOGIN;
        keep_pin(agent, request->pin);
        break;
    case RS_VERB_SIGN:
        keep_sign_request(agent, request);
        keep_pin(agent, request->pin);
        if (agent->script.signature_length != 0)
            length = agent->script.signature_length;
        make_signature(request, signature, length);
        rs_put_bytes(writer, (rs_bytes){signature, length});
        break;
    case RS_VERB_WAIT:
        rs_put_u64(writer, agent->script.generation);
        break;
    case RS_VERB_VERIFY:
        make_signature(request, signature, length);
        rs_put_u8(writer, rs_bytes_equal(request->signature, (rs_bytes){signature, length}));
        break;
    default:
        break;
    }
}

static bool send_all(int fd, rs_bytes data)
{
    while (data.length > 0) {
        ssize_t sent = send(fd, data.data, data.length, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        data.data += sent;
        data.length -= (size_t)sent;
    }
    return true;
}

static bool receive_all(int fd, uint8_t *data, size_t length)
{
    while (length > 0) {
        ssize_t got = recv(fd, data, length, 0);
        if (got <= 0)
            return false;
        data += got;
        length -= (size_t)got;
    }
    return true;
}

/* Sends the answer, or does instead what the script wants. False ends the connection. */
static bool deliver(fake_agent *agent, int fd, uint16_t verb, rs_bytes answer)
{
    uint8_t byte;
    fake_lock(agent);
    agent->last_answer = answer.length;
    fake_fault fault = agent->script.faults_left != 0 ? agent->script.fault[verb] : FAKE_NO_FAULT;
    if (fault != FAKE_NO_FAULT && agent->script.faults_left > 0)
        agent->script.faults_left--;
    size_t cut = agent->script.cut;
    rs_bytes raw = agent->script.raw;
    if (fault == FAKE_CHANGE)
        answer.length = agent->script.change((uint8_t *)answer.data, answer.length);
    if (fault == FAKE_SILENCE)
        agent->silent++;
    void (*before_byte)(void) = agent->script.before_byte;
    fake_unlock(agent);
    switch (fault) {
    case FAKE_NO_FAULT:
    case FAKE_CHANGE:
        return send_all(fd, answer);
    case FAKE_LAST:
        (void)send_all(fd, answer);
        return false;
    case FAKE_CLOSE:
        return false;
    case FAKE_CUT:
        answer.length = cut < answer.length ? cut : answer.length;
        (void)send_all(fd, answer);
        return false;
    case FAKE_DRIP:
        for (size_t i = 0; i < answer.length; i++) {
            if (before_byte != NULL)
                before_byte();
            if (!send_all(fd, (rs_bytes){answer.data + i, 1}))
                return false;
        }
        return true;
    case FAKE_RAW:
        return send_all(fd, raw);
    case FAKE_SILENCE:
        (void)recv(fd, &byte, 1, 0); /* until the other end gives up */
        fake_lock(agent);
        agent->silent--;
        fake_unlock(agent);
        return false;
    }
    return false;
}

static bool is_closed(int fd)
{
    uint8_t byte;
    return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

/* WAIT: with the lock held, until the generation is another one or nobody waits any more. */
static void await_generation(fake_agent *agent, int fd, uint64_t known)
{
    struct timespec next;
    while (agent->script.generation == known && agent->script.problem[RS_VERB_WAIT] == 0 &&
           agent->script.fault[RS_VERB_WAIT] == FAKE_NO_FAULT && !is_closed(fd)) {
        clock_gettime(CLOCK_REALTIME, &next);
        next.tv_nsec = (next.tv_nsec + 5000000) % 1000000000;
        next.tv_sec += next.tv_nsec < 5000000 ? 1 : 0;
        pthread_cond_timedwait(&agent->released, &agent->lock, &next);
    }
}

typedef struct connection {
    fake_agent *agent;
    int fd;
} connection;

static void keep_request(fake_agent *agent, rs_bytes frame)
{
    if (!agent->recording)
        return;
    if (frame.length > FAKE_RECORD - agent->recorded)
        abort();
    memcpy(agent->record + agent->recorded, frame.data, frame.length);
    agent->recorded += frame.length;
}

static bool serve_one(fake_agent *agent, int fd, fake_answer *answer, size_t *instance)
{
    uint8_t field[RS_LENGTH_SIZE];
    static _Thread_local uint8_t frame[1 << 16];
    fake_request request;
    if (!receive_all(fd, field, sizeof field))
        return false;
    rs_reader reader = {field, sizeof field, false};
    uint32_t length = rs_get_u32(&reader);
    if (length > sizeof frame || !receive_all(fd, frame, length) ||
        !fake_decode((rs_bytes){frame, length}, &request))
        return false;
    fake_lock(agent);
    keep_request(agent, (rs_bytes){frame, length});
    agent->calls[request.verb]++;
    while (agent->script.held == request.verb)
        pthread_cond_wait(&agent->released, &agent->lock);
    if (request.verb == RS_VERB_WAIT)
        await_generation(agent, fd, request.generation);
    if (request.verb == RS_VERB_HELLO) {
        *instance = instance_of(agent, request.instance);
        agent->instances[*instance].connections++;
    }
    if (*instance == SIZE_MAX) {
        fake_unlock(agent);
        return false;
    }
    uint16_t problem = problem_of(agent, &request, *instance);
    fake_begin(answer, request.verb, request.id, problem,
               problem == 0 ? "" : "As the script wants.");
    if (problem == 0)
        answer_done(agent, &request, *instance, &answer->writer);
    fake_unlock(agent);
    return deliver(agent, fd, request.verb, fake_end(answer));
}

static void *serve(void *argument)
{
    connection *served = argument;
    fake_agent *agent = served->agent;
    size_t instance = SIZE_MAX;
    fake_answer *answer = malloc(sizeof *answer);
    if (answer == NULL)
        abort();
    while (serve_one(agent, served->fd, answer, &instance)) {
    }
    fake_lock(agent);
    if (instance != SIZE_MAX && --agent->instances[instance].connections == 0)
        agent->instances[instance].logged_in = false;
    agent->open--;
    for (size_t i = 0; i < agent->accepted; i++) {
        if (agent->connections[i] == served->fd)
            agent->connections[i] = -1;
    }
    close(served->fd);
    fake_unlock(agent);
    free(answer);
    free(served);
    return NULL;
}

static void *accept_all(void *argument)
{
    fake_agent *agent = argument;
    for (;;) {
        int fd = accept(agent->listener, NULL, NULL);
        if (fd < 0)
            return NULL;
        connection *accepted = malloc(sizeof *accepted);
        if (accepted == NULL)
            abort();
        *accepted = (connection){agent, fd};
        fake_lock(agent);
        if (agent->accepted == FAKE_CONNECTIONS)
            abort();
        agent->connections[agent->accepted] = fd;
        agent->open++;
        if (pthread_create(&agent->threads[agent->accepted++], NULL, serve, accepted) != 0)
            abort();
        fake_unlock(agent);
    }
}

/* ---- life ---- */

void fake_create(fake_agent *agent)
{
    make_card();
    memset(agent, 0, sizeof *agent);
    pthread_mutex_init(&agent->lock, NULL);
    pthread_cond_init(&agent->released, NULL);
    snprintf(agent->folder, sizeof agent->folder, "/tmp/remote-signing-test-XXXXXX");
    if (mkdtemp(agent->folder) == NULL) /* mode 0700 */
        abort();
    snprintf(agent->path, sizeof agent->path, "%s/card.sock", agent->folder);
    setenv("REMOTESIGNING_SOCKET", agent->path, 1);
    agent->script = (fake_script){.mode = RS_LOGIN_PIN,
                                  .signed_in = true,
                                  .generation = 7,
                                  .credentials = 3,
                                  .pin = "12345678"};
}

void fake_start(fake_agent *agent)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", agent->path);
    agent->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    unlink(agent->path);
    agent->accepted = 0;
    agent->instance_count = 0;
    memset(agent->instances, 0, sizeof agent->instances);
    if (agent->listener < 0 ||
        bind(agent->listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(agent->listener, 64) != 0 ||
        pthread_create(&agent->acceptor, NULL, accept_all, agent) != 0)
        abort();
}

void fake_stop(fake_agent *agent)
{
    shutdown(agent->listener, SHUT_RDWR);
    pthread_join(agent->acceptor, NULL);
    close(agent->listener);
    unlink(agent->path);
    fake_lock(agent);
    for (size_t i = 0; i < agent->accepted; i++) {
        if (agent->connections[i] >= 0)
            shutdown(agent->connections[i], SHUT_RDWR);
    }
    fake_unlock(agent);
    for (size_t i = 0; i < agent->accepted; i++)
        pthread_join(agent->threads[i], NULL);
}

void fake_destroy(fake_agent *agent)
{
    rmdir(agent->folder);
    pthread_cond_destroy(&agent->released);
    pthread_mutex_destroy(&agent->lock);
}

void fake_lock(fake_agent *agent)
{
    pthread_mutex_lock(&agent->lock);
}

void fake_unlock(fake_agent *agent)
{
    pthread_mutex_unlock(&agent->lock);
}

void fake_hold(fake_agent *agent, rs_verb verb)
{
    fake_lock(agent);
    agent->script.held = verb;
    pthread_cond_broadcast(&agent->released);
    fake_unlock(agent);
}

int fake_calls(fake_agent *agent, rs_verb verb)
{
    fake_lock(agent);
    int calls = agent->calls[verb];
    fake_unlock(agent);
    return calls;
}

static bool is_open(const fake_agent *agent, int verb, int open)
{
    (void)verb;
    return agent->open == open;
}

static bool has_accepted(const fake_agent *agent, int verb, int accepted)
{
    (void)verb;
    return agent->accepted >= (size_t)accepted;
}

static bool has_calls(const fake_agent *agent, int verb, int calls)
{
    return agent->calls[verb] >= calls;
}

static bool wait_until(fake_agent *agent, bool (*is_reached)(const fake_agent *, int, int),
                       int verb, int number)
{
    struct timespec pause = {0, 1000000};
    for (int i = 0; i < 30000; i++) {
        fake_lock(agent);
        bool reached = is_reached(agent, verb, number);
        fake_unlock(agent);
        if (reached)
            return true;
        nanosleep(&pause, NULL);
    }
    return false;
}

bool fake_wait_open(fake_agent *agent, int open)
{
    return wait_until(agent, is_open, 0, open);
}

bool fake_wait_accepted(fake_agent *agent, int accepted)
{
    return wait_until(agent, has_accepted, 0, accepted);
}

bool fake_wait_calls(fake_agent *agent, rs_verb verb, int calls)
{
    return wait_until(agent, has_calls, (int)verb, calls);
}
