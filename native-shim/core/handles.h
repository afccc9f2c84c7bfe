/* Random, never-zero 32-bit handles for objects that foreign programs refer to. Not locked: the
 * owner locks. */
#ifndef RS_HANDLES_H
#define RS_HANDLES_H

#include "status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct rs_handles rs_handles;

/* `unknown` is what rs_handles_find answers for a handle that is not in the table. */
RS_MUST_CHECK rs_status rs_handles_create(rs_status unknown, size_t capacity, rs_handles **handles);
void rs_handles_free(rs_handles *handles);

/* Fails with RS_SESSION_LIMIT when full, RS_INTERNAL without random bytes. */
RS_MUST_CHECK rs_status rs_handles_add(rs_handles *handles, void *item, uint32_t *handle);
RS_MUST_CHECK rs_status rs_handles_find(const rs_handles *handles, unsigned long handle,
                                        void **item);
/* Takes the item out of the table and hands it over. */
RS_MUST_CHECK rs_status rs_handles_remove(rs_handles *handles, unsigned long handle, void **item);
/* Takes out any item; NULL when the table is empty. */
void *rs_handles_take_any(rs_handles *handles);
size_t rs_handles_count(const rs_handles *handles);

#endif
