#include "log.h"

const char *rs_printable(rs_bytes text, char buffer[RS_PRINTABLE_SIZE])
{
    size_t length = RS_PRINTABLE_SIZE - 1;
    if (text.length < length)
        length = text.length;
    for (size_t i = 0; i < length; i++) {
        uint8_t byte = text.data[i];
        buffer[i] = (char)(byte < 0x20 || byte == 0x7f ? '?' : byte);
    }
    buffer[length] = '\0';
    return buffer;
}
