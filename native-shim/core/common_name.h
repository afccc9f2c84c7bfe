#ifndef RS_COMMON_NAME_H
#define RS_COMMON_NAME_H

#include "frame.h"

/* The common name in a DER Name (RFC 5280, 4.1.2.4), as a view into it, in UTF-8; empty when it has
 * none such or is no Name. */
rs_bytes rs_common_name(rs_bytes name);

#endif
