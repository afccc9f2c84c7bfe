#include "log.h"

#include "utc.h"

#include <stdarg.h>
#include <stdio.h>
#include <windows.h>

enum { LINE_SIZE = 1024 };

/* 100-nanosecond steps from 1601 to 1970. */
static const uint64_t unix_epoch = 116444736000000000;

static void write_file(const wchar_t *target, const char *text)
{
    char line[LINE_SIZE + 128];
    char when[RS_UTC_SIZE];
    FILETIME now;
    DWORD written = 0;
    GetSystemTimeAsFileTime(&now);
    uint64_t ticks = (uint64_t)now.dwHighDateTime << 32 | now.dwLowDateTime;
    int length = snprintf(line, sizeof line, "%s remote-signing[%lu]: %s\r\n",
                          rs_utc((ticks - unix_epoch) / 10000000, when),
                          (unsigned long)GetCurrentProcessId(), text);
    HANDLE file = CreateFileW(target, FILE_APPEND_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                              OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return;
    /* One write: lines of processes do not mix. A log that cannot be written stops nobody. */
    (void)WriteFile(file, line, (DWORD)length, &written, NULL);
    (void)CloseHandle(file);
}

void rs_log(const char *format, ...)
{
    DWORD saved = GetLastError();
    char text[LINE_SIZE];
    wchar_t target[MAX_PATH];
    va_list arguments;
    va_start(arguments, format);
    if (vsnprintf(text, sizeof text, format, arguments) < 0)
        (void)snprintf(text, sizeof text, "%s", format); /* better than nothing */
    va_end(arguments);
    DWORD length = GetEnvironmentVariableW(L"REMOTESIGNING_LOG", target, MAX_PATH);
    if (length > 0 && length < MAX_PATH)
        write_file(target, text);
    else
        OutputDebugStringA(text);
    SetLastError(saved);
}
