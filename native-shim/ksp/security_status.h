#ifndef KSP_SECURITY_STATUS_H
#define KSP_SECURITY_STATUS_H

#include "provider.h"

/* The one place where outcomes get their CNG names. */
SECURITY_STATUS ksp_status(rs_status status);

#endif
