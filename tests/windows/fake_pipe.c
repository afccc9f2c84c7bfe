/* The fake agent's place on Windows: a named pipe as the real agent's, found through the registry.
 */
#include "fake_pipe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include <sddl.h>

/* A connection, or the instance that waits for one. */
typedef struct pipe_end {
    HANDLE pipe;
    HANDLE ended; /* event: what waits is to give up */
} pipe_end;

const char *fake_pipe_prefix = "remote-signing-test";
const char *fake_pipe_owner;
const char *fake_pipe_level;
enum { WAITING = 16 }; /* instances, so that programs may come at the same moment */

static struct {
    pipe_end *end;
    OVERLAPPED connection;
} waiting[WAITING];
static HANDLE closing; /* event: nobody is to connect any more */

static void require(bool done, const char *what)
{
    if (done)
        return;
    fprintf(stderr, "%s failed (error %lu)\n", what, (unsigned long)GetLastError());
    abort();
}

/* As the real agent's: docs/windows.md, "Transport". */
static PSECURITY_DESCRIPTOR own_descriptor(void)
{
    union {
        TOKEN_USER user;
        BYTE bytes[256];
    } own;
    DWORD length = 0;
    HANDLE token = NULL;
    char *sid = NULL;
    char text[512];
    PSECURITY_DESCRIPTOR descriptor = NULL;
    require(OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token), "OpenProcessToken");
    require(GetTokenInformation(token, TokenUser, &own, sizeof own, &length), "TokenUser");
    require(ConvertSidToStringSidA(own.user.User.Sid, &sid), "ConvertSidToStringSid");
    snprintf(text, sizeof text, "O:%sD:P(D;;GA;;;NU)(A;;GA;;;%s)S:(ML;;NWNR;;;%s)",
             fake_pipe_owner != NULL ? fake_pipe_owner : sid, sid,
             fake_pipe_level != NULL ? fake_pipe_level : "ME");
    require(ConvertStringSecurityDescriptorToSecurityDescriptorA(text, SDDL_REVISION_1, &descriptor,
                                                                 NULL),
            "the descriptor");
    (void)LocalFree(sid);
    (void)CloseHandle(token);
    return descriptor;
}

static HANDLE make_instance(const char *name)
{
    PSECURITY_DESCRIPTOR descriptor = own_descriptor();
    SECURITY_ATTRIBUTES attributes = {sizeof attributes, descriptor, FALSE};
    HANDLE pipe = CreateNamedPipeA(name, PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED,
                                   PIPE_TYPE_BYTE | PIPE_REJECT_REMOTE_CLIENTS,
                                   PIPE_UNLIMITED_INSTANCES, 65536, 65536, 0, &attributes);
    require(pipe != INVALID_HANDLE_VALUE, "CreateNamedPipe");
    (void)LocalFree(descriptor);
    return pipe;
}

static pipe_end *make_end(const char *name)
{
    pipe_end *end = calloc(1, sizeof *end);
    require(end != NULL, "calloc");
    end->pipe = make_instance(name);
    end->ended = CreateEventW(NULL, TRUE, FALSE, NULL);
    require(end->ended != NULL, "CreateEvent");
    return end;
}

static pipe_end *end_of(fake_link link)
{
    return (pipe_end *)link;
}

/* Of what has begun: how many bytes; 0 when it failed or was ended. */
static DWORD finish(const pipe_end *end, OVERLAPPED *transfer)
{
    HANDLE events[] = {transfer->hEvent, end->ended};
    DWORD moved = 0;
    if (WaitForMultipleObjects(2, events, FALSE, INFINITE) != WAIT_OBJECT_0)
        (void)CancelIoEx(end->pipe, transfer);
    return GetOverlappedResult(end->pipe, transfer, &moved, TRUE) ? moved : 0;
}

static bool transfer_all(const pipe_end *end, uint8_t *data, size_t length, bool reads)
{
    OVERLAPPED transfer = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    bool going = transfer.hEvent != NULL;
    while (going && length > 0) {
        BOOL begun = reads ? ReadFile(end->pipe, data, (DWORD)length, NULL, &transfer)
                           : WriteFile(end->pipe, data, (DWORD)length, NULL, &transfer);
        DWORD moved = 0;
        if (begun || GetLastError() == ERROR_IO_PENDING)
            moved = finish(end, &transfer);
        going = moved > 0;
        data += moved;
        length -= moved;
    }
    if (transfer.hEvent != NULL)
        (void)CloseHandle(transfer.hEvent);
    return going;
}

void fake_pipe_publish(const char *name)
{
    char path[64];
    DWORD session = 0;
    HKEY parent = NULL;
    HKEY key = NULL;
    require(ProcessIdToSessionId(GetCurrentProcessId(), &session), "ProcessIdToSessionId");
    snprintf(path, sizeof path, "%lu", (unsigned long)session);
    require(RegCreateKeyExA(HKEY_CURRENT_USER, "Software\\RemoteSigning\\Card", 0, NULL, 0,
                            KEY_CREATE_SUB_KEY, NULL, &parent, NULL) == ERROR_SUCCESS &&
                RegCreateKeyExA(parent, path, 0, NULL, REG_OPTION_VOLATILE, KEY_SET_VALUE, NULL,
                                &key, NULL) == ERROR_SUCCESS,
            "the registry key");
    if (name != NULL)
        require(RegSetValueExA(key, "Pipe", 0, REG_SZ, (const BYTE *)name,
                               (DWORD)strlen(name) + 1) == ERROR_SUCCESS,
                "the registry value");
    else
        (void)RegDeleteValueA(key, "Pipe");
    (void)RegCloseKey(key);
    (void)RegCloseKey(parent);
}

void fake_place_make(fake_place *place)
{
    require(GetTempPathA(sizeof place->folder, place->folder) > 0, "GetTempPath");
}

/* Its event is set when a program has connected: also one that has gone again. */
static void wait_on(size_t index, pipe_end *end)
{
    OVERLAPPED *connection = &waiting[index].connection;
    waiting[index].end = end;
    *connection = (OVERLAPPED){.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    require(connection->hEvent != NULL, "CreateEvent");
    if (!ConnectNamedPipe(end->pipe, connection) && GetLastError() != ERROR_IO_PENDING)
        (void)SetEvent(connection->hEvent);
}

void fake_place_listen(fake_place *place)
{
    static unsigned number;
    snprintf(place->path, sizeof place->path, "\\\\.\\pipe\\%s-%lu-%u", fake_pipe_prefix,
             (unsigned long)GetCurrentProcessId(), number++);
    closing = CreateEventW(NULL, TRUE, FALSE, NULL);
    require(closing != NULL, "CreateEvent");
    for (size_t i = 0; i < WAITING; i++)
        wait_on(i, make_end(place->path));
    fake_pipe_publish(place->path);
}

fake_link fake_place_accept(fake_place *place)
{
    HANDLE events[WAITING + 1] = {closing};
    for (size_t i = 0; i < WAITING; i++)
        events[i + 1] = waiting[i].connection.hEvent;
    DWORD first = WaitForMultipleObjects(WAITING + 1, events, FALSE, INFINITE) - WAIT_OBJECT_0;
    require(first <= WAITING, "WaitForMultipleObjects");
    if (first == 0)
        return FAKE_NO_LINK;
    pipe_end *connected = waiting[first - 1].end;
    (void)CloseHandle(events[first]);
    wait_on(first - 1, make_end(place->path));
    return (fake_link)connected;
}

void fake_place_end(fake_place *place)
{
    (void)place;
    fake_pipe_publish(NULL);
    (void)SetEvent(closing);
}

void fake_place_close(fake_place *place)
{
    DWORD none = 0;
    (void)place;
    for (size_t i = 0; i < WAITING; i++) {
        (void)CancelIoEx(waiting[i].end->pipe, &waiting[i].connection);
        (void)GetOverlappedResult(waiting[i].end->pipe, &waiting[i].connection, &none, TRUE);
        (void)CloseHandle(waiting[i].connection.hEvent);
        fake_link_close((fake_link)waiting[i].end);
    }
    (void)CloseHandle(closing);
}

void fake_place_remove(fake_place *place)
{
    (void)place; /* the folder is everybody's */
}

bool fake_link_send(fake_link link, rs_bytes data)
{
    return transfer_all(end_of(link), (uint8_t *)(uintptr_t)data.data, data.length, false);
}

bool fake_link_receive(fake_link link, uint8_t *data, size_t length)
{
    return transfer_all(end_of(link), data, length, true);
}

bool fake_link_is_closed(fake_link link)
{
    DWORD available = 0;
    return !PeekNamedPipe(end_of(link)->pipe, NULL, 0, NULL, &available, NULL);
}

void fake_link_end(fake_link link)
{
    (void)SetEvent(end_of(link)->ended);
}

void fake_link_close(fake_link link)
{
    pipe_end *end = end_of(link);
    (void)CloseHandle(end->pipe);
    (void)CloseHandle(end->ended);
    free(end);
}
