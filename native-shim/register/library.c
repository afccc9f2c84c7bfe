#include "library.h"

#include <stddef.h>
#include <stdint.h>
#include <wchar.h>

enum { HEADERS_MAX = 4096 };

/* The machine that a file's headers name; 0 = they are not those of a program or library. */
static WORD machine(const BYTE *bytes, DWORD length)
{
    IMAGE_DOS_HEADER dos;
    struct {
        DWORD signature;
        IMAGE_FILE_HEADER file;
    } headers;
    if (length < sizeof dos)
        return 0;
    CopyMemory(&dos, bytes, sizeof dos);
    if (dos.e_magic != IMAGE_DOS_SIGNATURE || dos.e_lfanew < 0 || sizeof headers > length ||
        (DWORD)dos.e_lfanew > length - sizeof headers)
        return 0;
    CopyMemory(&headers, bytes + dos.e_lfanew, sizeof headers);
    return headers.signature == IMAGE_NT_SIGNATURE ? headers.file.Machine : 0;
}

static library_state read_state(library *here)
{
    BYTE bytes[HEADERS_MAX];
    DWORD length = 0;
    HANDLE file = CreateFileW(here->path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_DELETE, NULL,
                              OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
    BOOL read = file != INVALID_HANDLE_VALUE && ReadFile(file, bytes, sizeof bytes, &length, NULL);
    here->error = read ? ERROR_SUCCESS : GetLastError();
    if (file != INVALID_HANDLE_VALUE)
        (void)CloseHandle(file);
    if (here->error == ERROR_FILE_NOT_FOUND || here->error == ERROR_PATH_NOT_FOUND)
        return LIBRARY_MISSING;
    if (!read)
        return LIBRARY_UNREADABLE;
    WORD wanted = here->bits == 64 ? IMAGE_FILE_MACHINE_AMD64 : IMAGE_FILE_MACHINE_I386;
    return machine(bytes, length) == wanted ? LIBRARY_RIGHT : LIBRARY_OTHER_MACHINE;
}

library library_look(const wchar_t *name, unsigned bits)
{
    library here = {.bits = bits, .state = LIBRARY_NEEDLESS};
    wchar_t folder[MAX_PATH];
    UINT length = bits == 64 ? GetSystemDirectoryW(folder, MAX_PATH)
                             : GetSystemWow64DirectoryW(folder, MAX_PATH);
    if (length == 0 || length >= MAX_PATH) {
        here.error = GetLastError();
        if (bits == 64 || here.error != ERROR_CALL_NOT_IMPLEMENTED)
            here.state = LIBRARY_UNREADABLE;
        return here;
    }
    if (_snwprintf(here.path, MAX_PATH, L"%ls\\%ls", folder, name) < 0) {
        here.error = ERROR_FILENAME_EXCED_RANGE;
        here.state = LIBRARY_UNREADABLE;
        return here;
    }
    here.state = read_state(&here);
    return here;
}
