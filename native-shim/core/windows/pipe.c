#include "pipe.h"

#include "log.h"

#include <aclapi.h>
#include <stdlib.h>
#include <wchar.h>
#include <windows.h>

enum { NAME_MAX_UNITS = 200, TOKEN_USER_MAX = 256 };

static const wchar_t prefix[] = L"\\\\.\\pipe\\remote-signing-";

uint64_t rs_clock(void)
{
    return GetTickCount64();
}

static uint64_t left(uint64_t deadline)
{
    uint64_t now = rs_clock();
    return deadline > now ? deadline - now : 0;
}

/* Where the agent of this logon session publishes the random name of its pipe. The key is the
 * user's own, also when the thread impersonates one. */
static bool read_name(wchar_t name[NAME_MAX_UNITS])
{
    wchar_t path[64];
    DWORD session = 0;
    DWORD size = NAME_MAX_UNITS * sizeof(wchar_t);
    HKEY user = NULL;
    if (!ProcessIdToSessionId(GetCurrentProcessId(), &session) ||
        RegOpenCurrentUser(KEY_QUERY_VALUE, &user) != ERROR_SUCCESS)
        return false;
    (void)swprintf(path, sizeof path / sizeof path[0], L"Software\\RemoteSigning\\Card\\%lu",
                   (unsigned long)session);
    LSTATUS status = RegGetValueW(user, path, L"Pipe", RRF_RT_REG_SZ, NULL, name, &size);
    (void)RegCloseKey(user);
    return status == ERROR_SUCCESS && wcsncmp(name, prefix, wcslen(prefix)) == 0;
}

/* Of the thread, which may impersonate, else of the process. */
static HANDLE own_token(void)
{
    HANDLE token = NULL;
    if (OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &token))
        return token;
    if (GetLastError() == ERROR_NO_TOKEN &&
        OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return token;
    return NULL;
}

/* Sandboxes run as the same user, and whoever is below medium integrity can make nothing that is
 * not labelled so. No label counts as medium. */
static bool is_sandboxed(PACL labels)
{
    for (DWORD i = 0; labels != NULL && i < labels->AceCount; i++) {
        SYSTEM_MANDATORY_LABEL_ACE *label = NULL;
        if (!GetAce(labels, i, (void **)&label))
            return true;
        if (label->Header.AceType != SYSTEM_MANDATORY_LABEL_ACE_TYPE)
            continue;
        PSID level = &label->SidStart;
        if (*GetSidSubAuthority(level, 0) < SECURITY_MANDATORY_MEDIUM_RID)
            return true;
    }
    return false;
}

/* The owner of the pipe's first instance is who made it; nobody else can have the user as owner. */
static const char *owner_fault(HANDLE pipe)
{
    union {
        TOKEN_USER user;
        BYTE bytes[TOKEN_USER_MAX];
    } own;
    DWORD length = 0;
    PSID owner = NULL;
    PACL labels = NULL;
    PSECURITY_DESCRIPTOR descriptor = NULL;
    HANDLE token = own_token();
    if (token == NULL)
        return "the system does not say who this program is";
    bool known = GetTokenInformation(token, TokenUser, &own, sizeof own, &length) != 0;
    (void)CloseHandle(token);
    if (!known)
        return "the system does not say who this program is";
    if (GetSecurityInfo(pipe, SE_KERNEL_OBJECT,
                        OWNER_SECURITY_INFORMATION | LABEL_SECURITY_INFORMATION, &owner, NULL, NULL,
                        &labels, &descriptor) != ERROR_SUCCESS)
        return "the system does not say who the agent is";
    bool same = owner != NULL && EqualSid(owner, own.user.User.Sid);
    bool sandboxed = is_sandboxed(labels);
    (void)LocalFree(descriptor);
    if (!same)
        return "the agent on the pipe belongs to another user";
    return sandboxed ? "the pipe was made by a sandboxed program" : NULL;
}

rs_status rs_pipe_create(rs_pipe *pipe)
{
    pipe->handle = INVALID_HANDLE_VALUE;
    pipe->done = CreateEventW(NULL, TRUE, FALSE, NULL);
    pipe->ended = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (pipe->done != NULL && pipe->ended != NULL)
        return RS_OK;
    rs_log("no event can be made (error %lu)", (unsigned long)GetLastError());
    rs_pipe_close(pipe);
    return RS_AGENT_UNAVAILABLE;
}

/* The agent may learn who calls, and not act as the caller: identification level. */
static HANDLE open_pipe(const wchar_t *name)
{
    return CreateFileW(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING,
                       FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION,
                       NULL);
}

rs_status rs_pipe_connect(rs_pipe *pipe, uint64_t deadline, const char **why)
{
    wchar_t name[NAME_MAX_UNITS];
    if (!read_name(name)) {
        *why = "the agent is not running (it has published no pipe)";
        return RS_AGENT_UNAVAILABLE;
    }
    pipe->handle = open_pipe(name);
    while (pipe->handle == INVALID_HANDLE_VALUE && GetLastError() == ERROR_PIPE_BUSY) {
        uint64_t wait = left(deadline);
        if (wait == 0) {
            *why = "the agent is busy";
            return RS_UNAVAILABLE;
        }
        (void)WaitNamedPipeW(name, wait > 60000 ? 60000 : (DWORD)wait); /* then: try and see */
        pipe->handle = open_pipe(name);
    }
    if (pipe->handle == INVALID_HANDLE_VALUE) {
        *why = "the agent is not running";
        return RS_AGENT_UNAVAILABLE;
    }
    *why = owner_fault(pipe->handle);
    return *why == NULL ? RS_OK : RS_AGENT_UNAVAILABLE;
}

/* Waits for a transfer that has begun; takes back one that comes too late. */
static rs_status finish(rs_pipe *pipe, OVERLAPPED *transfer, uint64_t deadline, DWORD *moved)
{
    HANDLE events[] = {pipe->done, pipe->ended};
    rs_status status = RS_OK;
    DWORD first = WAIT_TIMEOUT;
    while (first == WAIT_TIMEOUT && status == RS_OK) {
        uint64_t milliseconds = left(deadline);
        first = WaitForMultipleObjects(2, events, FALSE,
                                       milliseconds > 60000 ? 60000 : (DWORD)milliseconds);
        if (first == WAIT_TIMEOUT && left(deadline) == 0)
            status = RS_UNAVAILABLE;
    }
    if (first != WAIT_OBJECT_0)
        (void)CancelIoEx(pipe->handle, transfer);
    if (GetOverlappedResult(pipe->handle, transfer, moved, TRUE))
        return RS_OK; /* also when it was done just before it could be taken back */
    return status == RS_OK ? RS_AGENT_UNAVAILABLE : status;
}

typedef BOOL WINAPI transfer_function(HANDLE, void *, DWORD, DWORD *, OVERLAPPED *);

static BOOL WINAPI write_some(HANDLE pipe, void *data, DWORD length, DWORD *moved, OVERLAPPED *at)
{
    return WriteFile(pipe, data, length, moved, at);
}

static rs_status transfer(rs_pipe *pipe, transfer_function *begin, uint8_t *data, size_t length,
                          uint64_t deadline)
{
    rs_status status = RS_OK;
    while (status == RS_OK && length > 0) {
        OVERLAPPED overlapped = {.hEvent = pipe->done};
        DWORD moved = 0;
        DWORD part = length > 65536 ? 65536 : (DWORD)length;
        (void)ResetEvent(pipe->done);
        if (!begin(pipe->handle, data, part, NULL, &overlapped) &&
            GetLastError() != ERROR_IO_PENDING)
            return RS_AGENT_UNAVAILABLE;
        status = finish(pipe, &overlapped, deadline, &moved);
        if (status == RS_OK && moved == 0)
            return RS_AGENT_UNAVAILABLE;
        data += moved;
        length -= moved;
    }
    return status;
}

rs_status rs_pipe_send(rs_pipe *pipe, rs_bytes data, uint64_t deadline)
{
    return transfer(pipe, write_some, (uint8_t *)(uintptr_t)data.data, data.length, deadline);
}

rs_status rs_pipe_receive(rs_pipe *pipe, uint8_t *data, size_t length, uint64_t deadline)
{
    return transfer(pipe, (transfer_function *)ReadFile, data, length, deadline);
}

bool rs_pipe_is_idle(rs_pipe *pipe)
{
    DWORD available = 0;
    return PeekNamedPipe(pipe->handle, NULL, 0, NULL, &available, NULL) && available == 0;
}

void rs_pipe_end(rs_pipe *pipe)
{
    (void)SetEvent(pipe->ended);
}

static void close_event(HANDLE *event)
{
    if (*event != NULL)
        (void)CloseHandle(*event);
    *event = NULL;
}

void rs_pipe_close(rs_pipe *pipe)
{
    if (pipe->handle != INVALID_HANDLE_VALUE)
        (void)CloseHandle(pipe->handle);
    pipe->handle = INVALID_HANDLE_VALUE;
    close_event(&pipe->done);
    close_event(&pipe->ended);
}
