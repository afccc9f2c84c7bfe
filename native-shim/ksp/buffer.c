#include "buffer.h"

#include "lock.h"

#include <stddef.h>
#include <stdlib.h>

/* A list of what is out, because programs pass the pointers back: a wrong one gets an error and
 * does no harm. There are never many. */
typedef struct buffer {
    struct buffer *next;
    rs_card *owned;
    size_t size;
    max_align_t memory[];
} buffer;

static rs_lock guard = RS_LOCK_INITIAL;
static buffer *buffers;

rs_status ksp_buffer_make(size_t size, rs_card *owned, void **memory)
{
    buffer *made = calloc(1, sizeof *made + size);
    if (made == NULL)
        return RS_NO_MEMORY;
    made->size = size;
    made->owned = owned;
    rs_lock_take(&guard);
    made->next = buffers;
    buffers = made;
    rs_lock_leave(&guard);
    *memory = made->memory;
    return RS_OK;
}

/* With the guard held: the link that leads to it, or NULL. */
static buffer **find(const void *memory)
{
    for (buffer **link = &buffers; *link != NULL; link = &(*link)->next) {
        if ((const void *)(*link)->memory == memory)
            return link;
    }
    return NULL;
}

rs_status ksp_buffer_free(void *memory)
{
    buffer *found = NULL;
    rs_lock_take(&guard);
    buffer **link = find(memory);
    if (link != NULL) {
        found = *link;
        *link = found->next;
    }
    rs_lock_leave(&guard);
    if (found == NULL)
        return RS_INVALID_REQUEST;
    rs_card_release(found->owned);
    free(found);
    return RS_OK;
}

rs_status ksp_buffer_visit(const void *memory, size_t size, ksp_visitor *visit, void *argument)
{
    rs_status status = RS_INVALID_REQUEST;
    rs_lock_take(&guard);
    buffer **link = find(memory);
    if (link != NULL && (*link)->size == size) {
        visit((*link)->memory, argument);
        status = RS_OK;
    }
    rs_lock_leave(&guard);
    return status;
}
