/* Buffers that a program gives back to an override, which has to tell them from Wine's own. */
#ifndef OVERRIDE_BUFFER_H
#define OVERRIDE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

void *buffer_new(size_t size);

/* False: it is none of these. */
bool buffer_free(void *buffer);

#endif
