/* An agent that answers at once, as a program of its own: for tests that need another process, and
 * for measuring what the module and the socket cost. The card has COUNT credentials (default 2),
 * RSA-2048 and P-256 in turn, labelled key-0, key-1, ..., each with a certificate of its own and
 * two issuers that all share; nothing in a certificate is DER. A signature is the digest repeated
 * until it is long enough. The PIN is 12345678.
 *
 * Prints "ready" once programs can connect. SIGHUP: the generation rises, WAITs are answered.
 * SIGTERM, SIGINT: ends; the socket is gone then.
 *
 * usage: fake_agent_program SOCKET [COUNT [protected|pin|agent]] */
#include "fake_codec.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

typedef struct instance {
    uint8_t bytes[RS_INSTANCE_SIZE];
    bool logged_in;
    unsigned connections;
    struct instance *next;
} instance;

typedef struct connection {
    int fd;
    bool waiting;
    uint32_t wait_id;
    instance *of;
    size_t received;
    struct connection *next;
    uint8_t bytes[RS_LENGTH_SIZE + RS_REQUEST_MAX];
} connection;

static int events = -1;
static int listener = -1;
static int signals = -1;
static rs_card card = {.generation = 1};
static instance *instances;
static connection *connections;
static fake_answer answer;

static void require(bool done, const char *what)
{
    if (!done) {
        perror(what);
        exit(1);
    }
}

/* ---- the card ---- */

enum { CERTIFICATE_SIZE = 1000, NAME_SIZE = 60, LABEL_SIZE = 32 };

static rs_bytes filled(size_t size, uint8_t first, size_t number)
{
    uint8_t *bytes = malloc(size);
    require(bytes != NULL, "malloc");
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(i + number);
    bytes[0] = first;
    bytes[1] = (uint8_t)(number >> 8);
    return (rs_bytes){bytes, size};
}

static rs_certificate certificate(size_t number, rs_bytes issuer)
{
    return (rs_certificate){.value = filled(CERTIFICATE_SIZE, 0x30, number),
                            .subject = filled(NAME_SIZE, 0x30, number),
                            .issuer = issuer,
                            .serial = filled(18, 0x02, number),
                            .not_before = fake_text("20260101"),
                            .not_after = fake_text("20291231")};
}

static rs_credential credential(size_t number, const rs_certificate issuers[2])
{
    static const uint8_t exponent[] = {1, 0, 1};
    static const uint8_t p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
    bool rsa = number % 2 == 0;
    char *label = malloc(LABEL_SIZE);
    require(label != NULL, "malloc");
    snprintf(label, LABEL_SIZE, "key-%zu", number);
    return (rs_credential){
        .id = fake_text(label),
        .label = fake_text(label),
        .cka_id = filled(20, 0, number),
        .purpose = RS_PURPOSE_SIGNATURE,
        .key_type = rsa ? RS_KEY_RSA : RS_KEY_EC,
        .key_bits = rsa ? 2048 : 256,
        .a = rsa ? filled(256, 0xc1, number) : (rs_bytes){p256, sizeof p256},
        .b = rsa ? (rs_bytes){exponent, sizeof exponent} : filled(65, 4, number),
        .schemes = (uint8_t)(rsa ? 1 << RS_RSA_PKCS1 | 1 << RS_RSA_PSS : 1 << RS_ECDSA),
        .hashes = 1 << RS_SHA256 | 1 << RS_SHA384 | 1 << RS_SHA512,
        .certificate_count = 3,
        .certificates = {certificate(number + 2, issuers[0].subject), issuers[0], issuers[1]}};
}

static void make_card(size_t count, rs_login_mode mode)
{
    rs_certificate root = certificate(1, filled(NAME_SIZE, 0x30, 1));
    rs_certificate issuers[2] = {certificate(0, root.subject), root};
    card.mode = mode;
    card.label = fake_text("Fake card");
    card.serial = fake_text("0001020304050607");
    card.credentials = calloc(count, sizeof *card.credentials);
    require(card.credentials != NULL, "calloc");
    for (size_t i = 0; i < count; i++)
        card.credentials[i] = credential(i, issuers);
    card.credential_count = count;
}

static const rs_credential *find_credential(rs_bytes id)
{
    for (size_t i = 0; i < card.credential_count; i++) {
        if (rs_bytes_equal(card.credentials[i].id, id))
            return &card.credentials[i];
    }
    return NULL;
}

/* ---- answering ---- */

static instance *greet(const uint8_t bytes[RS_INSTANCE_SIZE])
{
    instance *found = instances;
    while (found != NULL && memcmp(found->bytes, bytes, RS_INSTANCE_SIZE) != 0)
        found = found->next;
    if (found == NULL) {
        found = calloc(1, sizeof *found);
        require(found != NULL, "calloc");
        memcpy(found->bytes, bytes, RS_INSTANCE_SIZE);
        found->next = instances;
        instances = found;
    }
    found->connections++;
    return found;
}

static bool is_logged_in(const instance *caller)
{
    return card.mode == RS_LOGIN_AGENT || caller->logged_in;
}

static uint16_t problem_of(const fake_request *request, const instance *caller)
{
    if (request->verb == RS_VERB_LOGIN && request->pin.length > 0 &&
        !rs_bytes_equal(request->pin, fake_text("12345678")))
        return RS_PIN_INCORRECT;
    if (request->verb != RS_VERB_SIGN && request->verb != RS_VERB_VERIFY)
        return 0;
    if (request->verb == RS_VERB_SIGN && !is_logged_in(caller))
        return RS_NOT_SIGNED_IN;
    if (find_credential(request->credential) == NULL)
        return RS_UNKNOWN_KEY;
    return request->input.digest.length == 0 ? RS_INVALID_REQUEST : 0;
}

static rs_bytes sign(const fake_request *request)
{
    static uint8_t signature[RS_SIGNATURE_MAX];
    size_t length = rs_credential_signature_length(find_credential(request->credential));
    for (size_t i = 0; i < length; i++)
        signature[i] = request->input.digest.data[i % request->input.digest.length];
    return (rs_bytes){signature, length};
}

static void put_fields(const fake_request *request, instance *caller)
{
    rs_writer *writer = &answer.writer;
    switch (request->verb) {
    case RS_VERB_HELLO:
        fake_put_hello(writer, "agent that answers at once", 1, card.mode);
        break;
    case RS_VERB_LIST:
        card.state =
            (uint8_t)(RS_STATE_SIGNED_IN | (is_logged_in(caller) ? RS_STATE_LOGGED_IN : 0));
        fake_put_list(writer, &card, request->generation == card.generation);
        break;
    case RS_VERB_LOGIN:
    case RS_VERB_LOGOUT:
        caller->logged_in = request->verb == RS_VERB_LOGIN;
        break;
    case RS_VERB_SIGN:
        rs_put_bytes(writer, sign(request));
        break;
    case RS_VERB_VERIFY:
        rs_put_u8(writer, rs_bytes_equal(request->signature, sign(request)));
        break;
    case RS_VERB_WAIT:
        rs_put_u64(writer, card.generation);
        break;
    default:
        break;
    }
}

static bool send_answer(int fd)
{
    rs_bytes frame = fake_end(&answer);
    while (frame.length > 0) {
        ssize_t sent = send(fd, frame.data, frame.length, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        frame.data += sent;
        frame.length -= (size_t)sent;
    }
    return !answer.writer.failed;
}

/* False ends the connection. */
static bool serve(connection *from, rs_bytes frame)
{
    fake_request request;
    if (from->waiting || !fake_decode(frame, &request) ||
        (from->of == NULL) != (request.verb == RS_VERB_HELLO))
        return false;
    if (request.verb == RS_VERB_HELLO)
        from->of = greet(request.instance);
    if (request.verb == RS_VERB_WAIT && request.generation == card.generation) {
        from->waiting = true;
        from->wait_id = request.id;
        return true;
    }
    uint16_t problem = problem_of(&request, from->of);
    fake_begin(&answer, request.verb, request.id, problem, problem == 0 ? "" : "Refused.");
    if (problem == 0)
        put_fields(&request, from->of);
    return send_answer(from->fd);
}

/* ---- connections ---- */

static bool receive(connection *from)
{
    size_t room = sizeof from->bytes - from->received;
    ssize_t got = recv(from->fd, from->bytes + from->received, room, 0);
    if (got <= 0)
        return false;
    from->received += (size_t)got;
    if (from->received < RS_LENGTH_SIZE)
        return true;
    rs_reader reader = {from->bytes, RS_LENGTH_SIZE, false};
    size_t length = rs_get_u32(&reader);
    if (length > RS_REQUEST_MAX || from->received > RS_LENGTH_SIZE + length)
        return false; /* one call at a time: nothing may follow */
    if (from->received < RS_LENGTH_SIZE + length)
        return true;
    from->received = 0;
    return serve(from, (rs_bytes){from->bytes + RS_LENGTH_SIZE, length});
}

static void forget_instance(instance *gone)
{
    instance **link = &instances;
    while (*link != gone)
        link = &(*link)->next;
    *link = gone->next;
    free(gone);
}

static void end(connection *gone)
{
    connection **link = &connections;
    while (*link != gone)
        link = &(*link)->next;
    *link = gone->next;
    if (gone->of != NULL && --gone->of->connections == 0)
        forget_instance(gone->of);
    close(gone->fd);
    free(gone);
}

static void accept_one(void)
{
    struct timeval patience = {5, 0}; /* for a caller that does not read its answer */
    connection *accepted = calloc(1, sizeof *accepted);
    require(accepted != NULL, "calloc");
    accepted->fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (accepted->fd < 0) {
        free(accepted);
        return;
    }
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = accepted};
    require(setsockopt(accepted->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) == 0 &&
                epoll_ctl(events, EPOLL_CTL_ADD, accepted->fd, &event) == 0,
            "a new connection");
    accepted->next = connections;
    connections = accepted;
}

static void raise_generation(void)
{
    card.generation++;
    for (connection *each = connections; each != NULL; each = each->next) {
        if (!each->waiting)
            continue;
        each->waiting = false;
        fake_begin(&answer, RS_VERB_WAIT, each->wait_id, 0, "");
        rs_put_u64(&answer.writer, card.generation);
        if (!send_answer(each->fd))
            shutdown(each->fd, SHUT_RDWR); /* ends with its next event */
    }
}

/* False when the program is to end. */
static bool take_signal(void)
{
    struct signalfd_siginfo taken;
    require(read(signals, &taken, sizeof taken) == sizeof taken, "signalfd");
    if (taken.ssi_signo != SIGHUP)
        return false;
    raise_generation();
    return true;
}

static void watch(int *source)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = source};
    require(*source >= 0 && epoll_ctl(events, EPOLL_CTL_ADD, *source, &event) == 0, "epoll");
}

static void open_all(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct rlimit files;
    sigset_t handled;
    sigemptyset(&handled);
    sigaddset(&handled, SIGHUP);
    sigaddset(&handled, SIGINT);
    sigaddset(&handled, SIGTERM);
    sigprocmask(SIG_BLOCK, &handled, NULL);
    require(getrlimit(RLIMIT_NOFILE, &files) == 0, "getrlimit");
    files.rlim_cur = files.rlim_max;
    require(setrlimit(RLIMIT_NOFILE, &files) == 0, "setrlimit");
    require(strlen(path) < sizeof address.sun_path, "a path that fits");
    strcpy(address.sun_path, path);
    umask(077);
    events = epoll_create1(EPOLL_CLOEXEC);
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    signals = signalfd(-1, &handled, SFD_CLOEXEC);
    require(bind(listener, (struct sockaddr *)&address, sizeof address) == 0, path);
    require(listen(listener, SOMAXCONN) == 0, "listen");
    watch(&listener);
    watch(&signals);
}

static void run(void)
{
    for (;;) {
        struct epoll_event event;
        if (epoll_wait(events, &event, 1, -1) != 1) {
            require(errno == EINTR, "epoll_wait");
            continue;
        }
        if (event.data.ptr == &listener) {
            accept_one();
        } else if (event.data.ptr == &signals) {
            if (!take_signal())
                return;
        } else if (!receive(event.data.ptr)) {
            end(event.data.ptr);
        }
    }
}

int main(int count, char **arguments)
{
    static const char *const modes[] = {"protected", "pin", "agent"};
    size_t credentials = count > 2 ? strtoul(arguments[2], NULL, 10) : 2;
    size_t mode = RS_LOGIN_PROTECTED;
    while (mode <= RS_LOGIN_AGENT && strcmp(count > 3 ? arguments[3] : "pin", modes[mode]) != 0)
        mode++;
    if (count < 2 || count > 4 || credentials > RS_CREDENTIALS_MAX || mode > RS_LOGIN_AGENT) {
        fprintf(stderr, "usage: %s SOCKET [COUNT [protected|pin|agent]]\n", arguments[0]);
        return 2;
    }
    make_card(credentials, (rs_login_mode)mode);
    open_all(arguments[1]);
    puts("ready");
    fflush(stdout);
    run();
    unlink(arguments[1]);
    return 0;
}
