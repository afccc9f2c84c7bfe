#ifndef RS_SECRET_H
#define RS_SECRET_H

#ifdef _WIN32
#include <windows.h>
#else
#include <string.h>
#endif

/* Overwrites secrets in a way that the compiler keeps. */
static inline void rs_wipe(void *secret, size_t length)
{
#ifdef _WIN32
    (void)SecureZeroMemory(secret, length);
#else
    explicit_bzero(secret, length);
#endif
}

#endif
