/* DER elements (X.690), as far as keys, names and certificates need them. */
#ifndef RS_DER_H
#define RS_DER_H

#include "frame.h"

enum {
    RS_DER_INTEGER = 0x02,
    RS_DER_BIT_STRING = 0x03,
    RS_DER_OCTET_STRING = 0x04,
    RS_DER_OBJECT_IDENTIFIER = 0x06,
    RS_DER_UTF8_STRING = 0x0c,
    RS_DER_PRINTABLE_STRING = 0x13,
    RS_DER_IA5_STRING = 0x16,
    RS_DER_SEQUENCE = 0x30,
    RS_DER_SET = 0x31,
    RS_DER_CONTEXT_0 = 0xa0, /* constructed */
};

rs_reader rs_der_reader(rs_bytes bytes);
/* Reads one element of at most 64 KiB and returns its tag. The content is a view. */
uint8_t rs_der_get(rs_reader *reader, rs_bytes *content);

/* How long an element with this much content is, for less than 64 KiB. */
size_t rs_der_size(size_t content);
/* Everything before the content. */
void rs_der_put_header(rs_writer *writer, uint8_t tag, size_t content);

#endif
