#ifndef RS_SECRET_H
#define RS_SECRET_H

#include <string.h>

/* Overwrites secrets in a way that the compiler keeps. */
static inline void rs_wipe(void *secret, size_t length)
{
    explicit_bzero(secret, length);
}

#endif
