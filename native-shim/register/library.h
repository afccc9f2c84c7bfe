/* A library where Windows looks for it: in the system's folder for 64-bit programs, and in the one
 * for 32-bit programs. */
#ifndef REGISTER_LIBRARY_H
#define REGISTER_LIBRARY_H

#include <windows.h>

typedef enum library_state {
    LIBRARY_RIGHT,
    LIBRARY_NEEDLESS, /* this Windows runs no 32-bit programs */
    LIBRARY_MISSING,
    LIBRARY_UNREADABLE,
    LIBRARY_OTHER_MACHINE, /* it is no library, or for programs of the other kind */
} library_state;

typedef struct library {
    unsigned bits; /* 64 or 32 */
    library_state state;
    DWORD error;                /* of LIBRARY_UNREADABLE */
    wchar_t path[MAX_PATH + 1]; /* empty for LIBRARY_NEEDLESS */
} library;

/* Looks for the file `name` in the system's folder for programs of so many bits. */
library library_look(const wchar_t *name, unsigned bits);

#endif
