#include "common_name.h"

#include "der.h"

static bool is_common_name(rs_bytes identifier)
{
    static const uint8_t oid[] = {0x55, 0x04, 0x03}; /* 2.5.4.3 */
    return rs_bytes_equal(identifier, (rs_bytes){oid, sizeof oid});
}

/* Others would have to be converted; DirectoryString as RFC 5280 wants it is UTF-8 or printable. */
static bool is_utf8(uint8_t tag)
{
    return tag == RS_DER_UTF8_STRING || tag == RS_DER_PRINTABLE_STRING || tag == RS_DER_IA5_STRING;
}

/* One AttributeTypeAndValue. */
static bool get_common_name(rs_bytes attribute, rs_bytes *result)
{
    rs_bytes identifier;
    rs_bytes text;
    rs_reader reader = rs_der_reader(attribute);
    uint8_t tag = rs_der_get(&reader, &identifier);
    uint8_t kind = rs_der_get(&reader, &text);
    if (reader.failed || tag != RS_DER_OBJECT_IDENTIFIER || !is_common_name(identifier) ||
        !is_utf8(kind))
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
    rs_reader outer = rs_der_reader(name);
    if (rs_der_get(&outer, &sets) != RS_DER_SEQUENCE || outer.failed)
        return result;
    rs_reader reader = rs_der_reader(sets);
    while (!reader.failed && reader.length > 0) {
        if (rs_der_get(&reader, &set) != RS_DER_SET)
            return result;
        rs_reader inner = rs_der_reader(set);
        while (!inner.failed && inner.length > 0) {
            if (rs_der_get(&inner, &attribute) == RS_DER_SEQUENCE &&
                get_common_name(attribute, &result))
                return result;
        }
    }
    return result;
}
