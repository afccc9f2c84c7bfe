#include "frame.h"

#include <string.h>

void rs_put_raw(rs_writer *writer, const void *data, size_t length)
{
    if (writer->failed || length > writer->capacity - writer->length) {
        writer->failed = true;
        return;
    }
    if (length > 0)
        memcpy(writer->data + writer->length, data, length);
    writer->length += length;
}

static void put_integer(rs_writer *writer, uint64_t value, size_t size)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
    rs_put_raw(writer, bytes, size);
}

void rs_put_u8(rs_writer *writer, uint8_t value)
{
    put_integer(writer, value, 1);
}

void rs_put_u16(rs_writer *writer, uint16_t value)
{
    put_integer(writer, value, 2);
}

void rs_put_u32(rs_writer *writer, uint32_t value)
{
    put_integer(writer, value, 4);
}

void rs_put_u64(rs_writer *writer, uint64_t value)
{
    put_integer(writer, value, 8);
}

void rs_put_bytes(rs_writer *writer, rs_bytes value)
{
    if (value.length > UINT32_MAX)
        writer->failed = true;
    rs_put_u32(writer, (uint32_t)value.length);
    rs_put_raw(writer, value.data, value.length);
}

rs_bytes rs_get_raw(rs_reader *reader, size_t length)
{
    rs_bytes result = {NULL, 0};
    if (reader->failed || length > reader->length) {
        reader->failed = true;
        return result;
    }
    result.data = reader->data;
    result.length = length;
    reader->data += length;
    reader->length -= length;
    return result;
}

static uint64_t get_integer(rs_reader *reader, size_t size)
{
    uint64_t value = 0;
    rs_bytes bytes = rs_get_raw(reader, size);
    for (size_t i = 0; i < bytes.length; i++)
        value |= (uint64_t)bytes.data[i] << (8 * i);
    return value;
}

uint8_t rs_get_u8(rs_reader *reader)
{
    return (uint8_t)get_integer(reader, 1);
}

uint16_t rs_get_u16(rs_reader *reader)
{
    return (uint16_t)get_integer(reader, 2);
}

uint32_t rs_get_u32(rs_reader *reader)
{
    return (uint32_t)get_integer(reader, 4);
}

uint64_t rs_get_u64(rs_reader *reader)
{
    return get_integer(reader, 8);
}

rs_bytes rs_get_bytes(rs_reader *reader, size_t at_most)
{
    uint32_t length = rs_get_u32(reader);
    if (length > at_most)
        reader->failed = true;
    return rs_get_raw(reader, length);
}

rs_bytes rs_get_text(rs_reader *reader, size_t at_most)
{
    rs_bytes text = rs_get_bytes(reader, at_most);
    if (text.length > 0 && memchr(text.data, 0, text.length) != NULL)
        reader->failed = true;
    return text;
}

bool rs_reader_done(const rs_reader *reader)
{
    return !reader->failed && reader->length == 0;
}

bool rs_bytes_equal(rs_bytes left, rs_bytes right)
{
    return left.length == right.length &&
           (left.length == 0 || memcmp(left.data, right.data, left.length) == 0);
}
