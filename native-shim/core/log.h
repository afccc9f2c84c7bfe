/* One line per failure, saying why. REMOTESIGNING_LOG (read with secure_getenv) names a file to
 * append to, or is `stderr`; without it, lines go to the system log. Nothing here touches state of
 * the host program. */
#ifndef RS_LOG_H
#define RS_LOG_H

#include "frame.h"
#include "status.h"

RS_PRINTF(1, 2) void rs_log(const char *format, ...);

enum { RS_PRINTABLE_SIZE = 256 };
/* Text from the agent as it may stand in a log: cut to fit, control characters replaced. Returns
 * `buffer`. */
const char *rs_printable(rs_bytes text, char buffer[RS_PRINTABLE_SIZE]);

#endif
