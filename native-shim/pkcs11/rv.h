/* The only place where the shim's vocabulary becomes PKCS#11's. */
#ifndef P11_RV_H
#define P11_RV_H

#include "cryptoki.h"
#include "status.h"

typedef enum p11_where {
    P11_AT_SLOT,    /* functions on slot and token */
    P11_AT_SESSION, /* functions on a session */
    P11_AT_LOGIN,
} p11_where;

CK_RV p11_rv(rs_status status, p11_where where);
/* The same in v3.0, which has a name for what a policy forbids. */
CK_RV p11_rv_3_0(rs_status status, p11_where where);

#endif
