#include "pipe_agent.h"

#include "test.h"

#include <stdlib.h>
#include <wchar.h>
#include <windows.h>

#include <sddl.h>

enum { CONNECTIONS = 64 };

pipe_script script;
static HANDLE connections[CONNECTIONS];
static SRWLOCK guard = SRWLOCK_INIT;
static volatile LONG stopping;
static wchar_t name[128];
static HANDLE listener;
static HANDLE listening;

static uint8_t modulus[256] = {0xc1};
static uint8_t points[3][133];
static const uint8_t exponent[] = {1, 0, 1};
static const uint8_t p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
static const uint8_t p384[] = {0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22};
static const uint8_t k256[] = {0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x0a};
static rs_credential credentials[4];
static rs_card card = {.generation = 7, .credentials = credentials, .credential_count = 4};
const rs_card *const pipe_card = &card;

static rs_credential ec(const char *label, const char *id, rs_bytes curve, uint16_t bits,
                        uint8_t *point)
{
    point[0] = 4;
    point[1] = 0x11;
    return (rs_credential){.id = fake_text(label),
                           .label = fake_text(label),
                           .cka_id = fake_text(id),
                           .purpose = RS_PURPOSE_SIGNATURE,
                           .key_type = RS_KEY_EC,
                           .key_bits = bits,
                           .a = curve,
                           .b = {point, 2 * (((size_t)bits + 7) / 8) + 1},
                           .schemes = 1 << RS_ECDSA,
                           .hashes = 1 << RS_SHA256 | 1 << RS_SHA384 | 1 << RS_SHA512,
                           .certificate_count = 1};
}

/* An RSA key with a label beyond ASCII, two curves that CNG names and one that it does not. */
static void make_card(void)
{
    card.label = fake_text("Remote Signing");
    card.serial = fake_text("0001020304050607");
    credentials[0] =
        (rs_credential){.id = fake_text("cred-rsa"),
                        .label = fake_text("Sign\xc3\xa9 RSA"),
                        .cka_id = fake_text("\x01\x23\xab\xff rsa"),
                        .purpose = RS_PURPOSE_SIGNATURE,
                        .key_type = RS_KEY_RSA,
                        .key_bits = 2048,
                        .a = {modulus, sizeof modulus},
                        .b = {exponent, sizeof exponent},
                        .schemes = 1 << RS_RSA_PKCS1 | 1 << RS_RSA_PSS,
                        .hashes = 1 << RS_SHA224 | 1 << RS_SHA256 | 1 << RS_SHA384 | 1 << RS_SHA512,
                        .certificate_count = 1};
    credentials[1] = ec("P-256", "AAAA-256", (rs_bytes){p256, sizeof p256}, 256, points[0]);
    credentials[2] = ec("Koblitz", "BBBB-k256", (rs_bytes){k256, sizeof k256}, 256, points[1]);
    credentials[3] = ec("P-384", "CCCC-384", (rs_bytes){p384, sizeof p384}, 384, points[2]);
    if (script.label != NULL)
        credentials[1].label = fake_text(script.label);
    if (script.cka_id != NULL)
        credentials[1].cka_id = fake_text(script.cka_id);
    if (script.key_bits != 0)
        credentials[3] =
            ec("P-384", "CCCC-384", (rs_bytes){p384, sizeof p384}, script.key_bits, points[2]);
    for (size_t i = 0; i < 4; i++)
        credentials[i].certificates[0] = (rs_certificate){
            credentials[i].label,      fake_text("subject"),  fake_text("issuer"),
            fake_text("\x02\x01\x05"), fake_text("20260101"), fake_text("20291231")};
}

static const rs_credential *find(rs_bytes id)
{
    for (size_t i = 0; i < card.credential_count; i++) {
        if (rs_bytes_equal(credentials[i].id, id))
            return &credentials[i];
    }
    return NULL;
}

static rs_bytes sign(const fake_request *request, uint8_t signature[RS_SIGNATURE_MAX])
{
    size_t length = rs_credential_signature_length(find(request->credential));
    for (size_t i = 0; i < length; i++)
        signature[i] = request->input.digest.data[i % request->input.digest.length];
    return (rs_bytes){signature, length};
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

static bool transfer_all(HANDLE pipe, uint8_t *data, size_t length, bool reads)
{
    while (length > 0) {
        DWORD moved = 0;
        BOOL done = reads ? ReadFile(pipe, data, (DWORD)length, &moved, NULL)
                          : WriteFile(pipe, data, (DWORD)length, &moved, NULL);
        if (!done || moved == 0)
            return false;
        data += moved;
        length -= moved;
    }
    return true;
}

/* The answer, or what a broken agent sends. False ends the connection. */
static bool send_answer(HANDLE pipe, const fake_request *request, fake_answer *answer)
{
    uint8_t garbage[4] = {0xff, 0xff, 0xff, 0xff};
    rs_bytes frame = fake_end(answer);
    uint8_t *bytes = (uint8_t *)(uintptr_t)frame.data;
    pipe_fault fault = PIPE_NO_FAULT;
    if (signs(request) || request->verb == RS_VERB_LIST) {
        fault = script.fault;
        script.fault = PIPE_NO_FAULT;
    }
    if (fault == PIPE_CUT)
        (void)transfer_all(pipe, bytes, frame.length / 2, false);
    if (fault == PIPE_GARBAGE)
        (void)transfer_all(pipe, garbage, sizeof garbage, false);
    if (fault != PIPE_NO_FAULT)
        (void)FlushFileBuffers(pipe);
    return fault == PIPE_NO_FAULT && transfer_all(pipe, bytes, frame.length, false);
}

static bool serve_one(HANDLE pipe, fake_answer *answer)
{
    uint8_t bytes[RS_REQUEST_MAX];
    uint8_t field[RS_LENGTH_SIZE];
    fake_request request;
    if (!transfer_all(pipe, field, sizeof field, true))
        return false;
    rs_reader reader = {field, sizeof field, false};
    size_t length = rs_get_u32(&reader);
    if (length > sizeof bytes || !transfer_all(pipe, bytes, length, true) ||
        !fake_decode((rs_bytes){bytes, length}, &request))
        return false;
    bool unknown = script.knows_no_use && request.verb == RS_VERB_SIGN_FOR;
    if (!unknown)
        record(&request);
    if (request.verb == RS_VERB_WAIT) /* nothing ever changes */
        return transfer_all(pipe, field, 1, true);
    uint16_t problem = 0;
    if (signs(&request) || request.verb == RS_VERB_LOGIN || request.verb == RS_VERB_VERIFY)
        problem = unknown ? RS_INVALID_REQUEST : script.problem;
    fake_begin(answer, request.verb, request.id, problem, problem == 0 ? "" : "Refused.");
    if (problem == 0)
        put_fields(&request, &answer->writer);
    return send_answer(pipe, &request, answer);
}

static void keep(HANDLE pipe, bool here)
{
    AcquireSRWLockExclusive(&guard);
    for (size_t i = 0; i < CONNECTIONS; i++) {
        if (connections[i] == (here ? NULL : pipe)) {
            connections[i] = here ? pipe : NULL;
            break;
        }
    }
    ReleaseSRWLockExclusive(&guard);
}

static DWORD WINAPI serve(void *argument)
{
    HANDLE pipe = argument;
    fake_answer *answer = malloc(sizeof *answer);
    while (answer != NULL && serve_one(pipe, answer))
        ;
    free(answer);
    keep(pipe, false);
    (void)DisconnectNamedPipe(pipe);
    (void)CloseHandle(pipe);
    return 0;
}

/* The user as owner and only one allowed, nobody over the network: as the real agent's. */
static PSECURITY_DESCRIPTOR own_descriptor(void)
{
    union {
        TOKEN_USER user;
        BYTE bytes[256];
    } own;
    DWORD length = 0;
    HANDLE token = NULL;
    LPWSTR sid = NULL;
    wchar_t text[512];
    PSECURITY_DESCRIPTOR descriptor = NULL;
    REQUIRE(OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token));
    REQUIRE(GetTokenInformation(token, TokenUser, &own, sizeof own, &length));
    REQUIRE(ConvertSidToStringSidW(own.user.User.Sid, &sid));
    swprintf(text, 512, L"O:%lsD:P(D;;GA;;;NU)(A;;GA;;;%ls)", sid, sid);
    REQUIRE(ConvertStringSecurityDescriptorToSecurityDescriptorW(text, SDDL_REVISION_1, &descriptor,
                                                                 NULL));
    (void)LocalFree(sid);
    (void)CloseHandle(token);
    return descriptor;
}

static HANDLE make_instance(void)
{
    static PSECURITY_DESCRIPTOR descriptor;
    if (descriptor == NULL)
        descriptor = own_descriptor();
    SECURITY_ATTRIBUTES attributes = {sizeof attributes, descriptor, FALSE};
    return CreateNamedPipeW(name, PIPE_ACCESS_DUPLEX, PIPE_TYPE_BYTE | PIPE_REJECT_REMOTE_CLIENTS,
                            PIPE_UNLIMITED_INSTANCES, 65536, 65536, 0, &attributes);
}

static DWORD WINAPI listen_for_all(void *argument)
{
    (void)argument;
    for (;;) {
        HANDLE pipe = listener;
        BOOL connected = ConnectNamedPipe(pipe, NULL) || GetLastError() == ERROR_PIPE_CONNECTED;
        listener = stopping ? NULL : make_instance();
        if (stopping || !connected) {
            (void)CloseHandle(pipe);
            return 0;
        }
        keep(pipe, true);
        (void)CloseHandle(CreateThread(NULL, 0, serve, pipe, 0, NULL));
    }
}

static void publish(const wchar_t *value)
{
    wchar_t path[64];
    DWORD session = 0;
    HKEY key = NULL;
    REQUIRE(ProcessIdToSessionId(GetCurrentProcessId(), &session));
    swprintf(path, 64, L"Software\\RemoteSigning\\Card\\%lu", (unsigned long)session);
    REQUIRE(RegCreateKeyExW(HKEY_CURRENT_USER, path, 0, NULL, REG_OPTION_VOLATILE, KEY_SET_VALUE,
                            NULL, &key, NULL) == ERROR_SUCCESS);
    if (value != NULL)
        REQUIRE(RegSetValueExW(key, L"Pipe", 0, REG_SZ, (const BYTE *)value,
                               (DWORD)((wcslen(value) + 1) * sizeof(wchar_t))) == ERROR_SUCCESS);
    else
        (void)RegDeleteValueW(key, L"Pipe");
    (void)RegCloseKey(key);
}

void pipe_agent_start(void)
{
    static unsigned number;
    make_card();
    script.logged_in = false;
    stopping = 0;
    swprintf(name, 128, L"\\\\.\\pipe\\%ls-%lu-%u",
             script.foreign_name ? L"somebody-else" : L"remote-signing",
             (unsigned long)GetCurrentProcessId(), number++);
    listener = make_instance();
    REQUIRE(listener != INVALID_HANDLE_VALUE);
    publish(name);
    listening = CreateThread(NULL, 0, listen_for_all, NULL, 0, NULL);
    REQUIRE(listening != NULL);
}

void pipe_agent_stop(void)
{
    publish(NULL);
    (void)InterlockedExchange(&stopping, 1);
    HANDLE last = CreateFileW(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    (void)WaitForSingleObject(listening, INFINITE);
    (void)CloseHandle(listening);
    if (last != INVALID_HANDLE_VALUE)
        (void)CloseHandle(last);
    AcquireSRWLockExclusive(&guard);
    for (size_t i = 0; i < CONNECTIONS; i++) {
        if (connections[i] != NULL) {
            (void)CancelIoEx(connections[i], NULL);
            (void)DisconnectNamedPipe(connections[i]);
        }
    }
    ReleaseSRWLockExclusive(&guard);
}
