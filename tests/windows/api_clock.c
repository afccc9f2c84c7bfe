#include "api_clock.h"

#include "test.h"

#include <stdbool.h>
#include <windows.h>

static volatile LONG64 ahead; /* milliseconds */
static bool stopped;

static ULONGLONG WINAPI our_clock(void)
{
    return (stopped ? 1 : GetTickCount64()) + (ULONGLONG)ahead;
}

/* The slot through which a module calls a function that it imports; NULL: it imports none so named.
 */
static void **import_slot(BYTE *module, const char *name)
{
    const IMAGE_NT_HEADERS *headers =
        (void *)(module + ((const IMAGE_DOS_HEADER *)(void *)module)->e_lfanew);
    const IMAGE_DATA_DIRECTORY *directory =
        &headers->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT];
    const IMAGE_IMPORT_DESCRIPTOR *from = (void *)(module + directory->VirtualAddress);
    for (; from->Name != 0; from++) {
        const IMAGE_THUNK_DATA *names = (void *)(module + from->OriginalFirstThunk);
        IMAGE_THUNK_DATA *slots = (void *)(module + from->FirstThunk);
        for (size_t i = 0; names[i].u1.AddressOfData != 0; i++) {
            if (IMAGE_SNAP_BY_ORDINAL(names[i].u1.Ordinal))
                continue;
            const IMAGE_IMPORT_BY_NAME *by = (void *)(module + names[i].u1.AddressOfData);
            if (strcmp((const char *)by->Name, name) == 0)
                return (void **)&slots[i].u1.Function;
        }
    }
    return NULL;
}

void api_clock_take(void *module)
{
    DWORD before = 0;
    void **slot = import_slot(module, "GetTickCount64");
    REQUIRE(slot != NULL && VirtualProtect(slot, sizeof *slot, PAGE_READWRITE, &before));
    *slot = (void *)our_clock;
    REQUIRE(VirtualProtect(slot, sizeof *slot, before, &before));
}

void api_clock_stop(void)
{
    stopped = true;
}

void api_clock_forward(unsigned milliseconds)
{
    (void)InterlockedExchangeAdd64(&ahead, milliseconds);
}
