#include "children.h"

#include "test.h"

/* Inherited by all children. */
static HANDLE ready; /* semaphore: so many are */
static HANDLE going; /* event */

void children_prepare(int most)
{
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
    ready = CreateSemaphoreW(&inherited, 0, most, NULL);
    going = CreateEventW(&inherited, TRUE, FALSE, NULL);
    REQUIRE(ready != NULL && going != NULL);
}

void child_start(child *made, const char *arguments)
{
    char program[MAX_PATH];
    char line[6 * MAX_PATH];
    STARTUPINFOA how = {.cb = sizeof how};
    REQUIRE(GetModuleFileNameA(NULL, program, sizeof program) > 0);
    snprintf(line, sizeof line, "\"%s\" %s %llu %llu", program, arguments,
             (unsigned long long)(ULONG_PTR)ready, (unsigned long long)(ULONG_PTR)going);
    REQUIRE(CreateProcessA(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &how, &made->process));
}

void children_await_ready(int count)
{
    for (int i = 0; i < count; i++)
        REQUIRE(WaitForSingleObject(ready, PATIENCE) == WAIT_OBJECT_0);
}

void children_go(void)
{
    REQUIRE(SetEvent(going));
}

void children_hold(void)
{
    REQUIRE(ResetEvent(going));
}

DWORD child_await_end(child *ended)
{
    DWORD code = 99;
    REQUIRE(WaitForSingleObject(ended->process.hProcess, PATIENCE) == WAIT_OBJECT_0);
    REQUIRE(GetExitCodeProcess(ended->process.hProcess, &code));
    (void)CloseHandle(ended->process.hProcess);
    (void)CloseHandle(ended->process.hThread);
    return code;
}

void child_begin(const char *ready_handle, const char *going_handle)
{
    ready = (HANDLE)(ULONG_PTR)strtoull(ready_handle, NULL, 10);
    going = (HANDLE)(ULONG_PTR)strtoull(going_handle, NULL, 10);
}

void child_ready(void)
{
    REQUIRE(ReleaseSemaphore(ready, 1, NULL));
    REQUIRE(WaitForSingleObject(going, PATIENCE) == WAIT_OBJECT_0);
}
