/* Points in time as text, without the C library's calendar: that takes a process-wide lock, which
 * stays held for ever in a child that was forked while another thread had it. */
#ifndef RS_UTC_H
#define RS_UTC_H

#include <stdint.h>

enum { RS_UTC_SIZE = 21 };

/* Seconds since 1970 as YYYY-MM-DDThh:mm:ssZ; what is after the year 9999 as its last second.
 * Returns `text`. */
const char *rs_utc(uint64_t seconds, char text[RS_UTC_SIZE]);

#endif
