#ifndef RS_RANDOM_H
#define RS_RANDOM_H

#include "status.h"

#include <stddef.h>

/* Fills the buffer from the operating system's generator. Fails with RS_INTERNAL. */
RS_MUST_CHECK rs_status rs_random(void *buffer, size_t length);

#endif
