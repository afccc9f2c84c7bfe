#include "random.h"

#include "log.h"

#include <errno.h>
#include <stdint.h>
#include <sys/random.h>
#include <sys/types.h>

rs_status rs_random(void *buffer, size_t length)
{
    uint8_t *at = buffer;
    while (length > 0) {
        ssize_t got = getrandom(at, length, 0);
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
