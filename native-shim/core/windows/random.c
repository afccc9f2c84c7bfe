#include "random.h"

#include "log.h"

#include <windows.h>

#include <bcrypt.h>

rs_status rs_random(void *buffer, size_t length)
{
    uint8_t *at = buffer;
    while (length > 0) {
        ULONG part = length > 65536 ? 65536 : (ULONG)length;
        NTSTATUS result = BCryptGenRandom(NULL, at, part, BCRYPT_USE_SYSTEM_PREFERRED_RNG);
        if (result != 0) {
            rs_log("the operating system gave no random bytes (status 0x%lx)",
                   (unsigned long)result);
            return RS_INTERNAL;
        }
        at += part;
        length -= part;
    }
    return RS_OK;
}
