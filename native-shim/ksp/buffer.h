/* Memory that programs get and give back with FreeBuffer. */
#ifndef KSP_BUFFER_H
#define KSP_BUFFER_H

#include "provider.h"

/* Zeroed. `owned` is what goes with it: a card, or NULL. */
RS_MUST_CHECK rs_status ksp_buffer_make(size_t size, rs_card *owned, void **buffer);
/* RS_INVALID_REQUEST: it is none of ours, or was given back. */
RS_MUST_CHECK rs_status ksp_buffer_free(void *buffer);

/* Must not wait, nor use buffers. */
typedef void ksp_visitor(void *buffer, void *argument);
/* Runs `visit` on it while no other thread visits a buffer or gives one back.
 * RS_INVALID_REQUEST: it is none of ours, or of another size. */
RS_MUST_CHECK rs_status ksp_buffer_visit(const void *buffer, size_t size, ksp_visitor *visit,
                                         void *argument);

#endif
