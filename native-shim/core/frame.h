/* Reading and writing the fields of a frame (docs/card-protocol.md, "Frames"). Both sides are
 * bounded: a reader or writer that once ran out of room stays failed, so callers check once, at the
 * end. */
#ifndef RS_FRAME_H
#define RS_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct rs_bytes {
    const uint8_t *data;
    size_t length;
} rs_bytes;

typedef struct rs_writer {
    uint8_t *data;
    size_t capacity;
    size_t length;
    bool failed;
} rs_writer;

typedef struct rs_reader {
    const uint8_t *data;
    size_t length; /* bytes not read yet */
    bool failed;
} rs_reader;

void rs_put_u8(rs_writer *writer, uint8_t value);
void rs_put_u16(rs_writer *writer, uint16_t value);
void rs_put_u32(rs_writer *writer, uint32_t value);
void rs_put_u64(rs_writer *writer, uint64_t value);
void rs_put_raw(rs_writer *writer, const void *data, size_t length);
void rs_put_bytes(rs_writer *writer, rs_bytes value);

uint8_t rs_get_u8(rs_reader *reader);
uint16_t rs_get_u16(rs_reader *reader);
uint32_t rs_get_u32(rs_reader *reader);
uint64_t rs_get_u64(rs_reader *reader);
/* Views into the frame; they live as long as it does. Empty when the reader has failed. */
rs_bytes rs_get_raw(rs_reader *reader, size_t length);
rs_bytes rs_get_bytes(rs_reader *reader, size_t at_most);
rs_bytes rs_get_text(rs_reader *reader, size_t at_most);
/* True when every field was there and nothing is left over. */
bool rs_reader_done(const rs_reader *reader);

bool rs_bytes_equal(rs_bytes left, rs_bytes right);

#endif
