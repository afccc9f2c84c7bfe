#include "random.h"

#include "log.h"
#include "shield.h"

#include <errno.h>
#include <stdint.h>
#include <sys/random.h>
#include <sys/types.h>

rs_status rs_random(void *buffer, size_t length)
{
    uint8_t *at = buffer;
    while (length > 0) {
        rs_shield shield = rs_shield_raise();
        ssize_t got = getrandom(at, length, 0);
        rs_shield_lower(shield);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            rs_log("the operating system gave no random bytes (errno %d)", errno);
            return RS_INTERNAL;
        }
        at += got;
        length -= (size_t)got;
    }
    return RS_OK;
}
