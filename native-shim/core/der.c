#include "der.h"

enum { LONG_FORM = 0x80 };

rs_reader rs_der_reader(rs_bytes bytes)
{
    return (rs_reader){bytes.data, bytes.length, false};
}

uint8_t rs_der_get(rs_reader *reader, rs_bytes *content)
{
    uint8_t tag = rs_get_u8(reader);
    size_t length = rs_get_u8(reader);
    if (length == (LONG_FORM | 1)) {
        length = rs_get_u8(reader);
    } else if (length == (LONG_FORM | 2)) {
        length = (size_t)rs_get_u8(reader) << 8;
        length |= rs_get_u8(reader);
    } else if (length >= LONG_FORM) {
        reader->failed = true;
    }
    *content = rs_get_raw(reader, length);
    return tag;
}

size_t rs_der_size(size_t content)
{
    size_t header = 2;
    if (content >= LONG_FORM)
        header = content < 0x100 ? 3 : 4;
    return header + content;
}

void rs_der_put_header(rs_writer *writer, uint8_t tag, size_t content)
{
    rs_put_u8(writer, tag);
    if (content >= 0x10000) {
        writer->failed = true;
    } else if (content >= 0x100) {
        rs_put_u8(writer, LONG_FORM | 2);
        rs_put_u8(writer, (uint8_t)(content >> 8));
    } else if (content >= LONG_FORM) {
        rs_put_u8(writer, LONG_FORM | 1);
    }
    rs_put_u8(writer, (uint8_t)content);
}
