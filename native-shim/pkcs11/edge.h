/* The body of every export that does something: enter, do, leave, map. `rv` is the interface's way
 * to tell an outcome, p11_rv or p11_rv_3_0. */
#ifndef P11_EDGE_H
#define P11_EDGE_H

#include "rv.h"
#include "session.h"

/* The whole body of an export that needs the module only ... */
#define P11_IN_MODULE(rv, call)                                                                    \
    p11_module *module = NULL;                                                                     \
    rs_status status = p11_module_enter(&module);                                                  \
    if (status == RS_OK) {                                                                         \
        status = (call);                                                                           \
        p11_module_leave(module);                                                                  \
    }                                                                                              \
    return rv(status, P11_AT_SLOT)

/* ... and of one that works in a session. */
#define P11_IN_SESSION(rv, handle, where, call)                                                    \
    p11_module *module = NULL;                                                                     \
    p11_session *session = NULL;                                                                   \
    rs_status status = p11_session_enter(handle, &module, &session);                               \
    if (status == RS_OK) {                                                                         \
        status = (call);                                                                           \
        p11_session_leave(module, session);                                                        \
    }                                                                                              \
    return rv(status, where)

#endif
