#include "common_name.h"

enum { SEQUENCE = 0x30, SET = 0x31, OBJECT_IDENTIFIER = 0x06, LONG_FORM = 0x80 };

/* Reads one DER element of at most 64 KiB. */
static uint8_t get_element(rs_reader *reader, rs_bytes *content)
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

static rs_reader reader_of(rs_bytes bytes)
{
    return (rs_reader){bytes.data, bytes.length, false};
}

static bool is_common_name(rs_bytes identifier)
{
    static const uint8_t oid[] = {0x55, 0x04, 0x03}; /* 2.5.4.3 */
    return rs_bytes_equal(identifier, (rs_bytes){oid, sizeof oid});
}

/* One AttributeTypeAndValue. */
static bool get_common_name(rs_bytes attribute, rs_bytes *result)
{
    rs_bytes identifier;
    rs_bytes text;
    rs_reader reader = reader_of(attribute);
    uint8_t tag = get_element(&reader, &identifier);
    (void)get_element(&reader, &text);
    if (reader.failed || tag != OBJECT_IDENTIFIER || !is_common_name(identifier))
        return false;
    *result = text;
    return true;
}

rs_bytes rs_common_name(rs_bytes name)
{
    rs_bytes sets;
    rs_bytes set;
    rs_bytes attribute;
    rs_bytes result = {NULL, 0};
    rs_reader outer = reader_of(name);
    if (get_element(&outer, &sets) != SEQUENCE || outer.failed)
        return result;
    rs_reader reader = reader_of(sets);
    while (!reader.failed && reader.length > 0) {
        if (get_element(&reader, &set) != SET)
            return result;
        rs_reader inner = reader_of(set);
        while (!inner.failed && inner.length > 0) {
            if (get_element(&inner, &attribute) == SEQUENCE && get_common_name(attribute, &result))
                return result;
        }
    }
    return result;
}
