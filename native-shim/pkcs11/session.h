/* Sessions: what one program has open, and the operations under way in it. */
#ifndef P11_SESSION_H
#define P11_SESSION_H

#include "hash.h"
#include "module.h"
#include "operation.h"

typedef struct p11_find {
    bool active;
    CK_OBJECT_HANDLE *handles;
    size_t count;
    size_t next;
} p11_find;

typedef struct p11_session {
    rs_lock lock;        /* held by the one function at work in this session */
    unsigned references; /* guarded by the module's lock */
    bool read_write;
    p11_find find;
    p11_operation sign;
    p11_operation verify;
    rs_hash *digest; /* NULL: none under way */
    rs_hash_algorithm digest_algorithm;
    bool digest_updated;
} p11_session;

/* Functions on a session run between these two. RS_UNKNOWN_SESSION. */
RS_MUST_CHECK rs_status p11_session_enter(CK_SESSION_HANDLE handle, p11_module **module,
                                          p11_session **session);
void p11_session_leave(p11_module *module, p11_session *session);

RS_MUST_CHECK rs_status p11_open_session(p11_module *module, CK_SLOT_ID slot, CK_FLAGS flags,
                                         CK_SESSION_HANDLE *handle);
RS_MUST_CHECK rs_status p11_close_session(p11_module *module, CK_SESSION_HANDLE handle);
RS_MUST_CHECK rs_status p11_close_all_sessions(p11_module *module, CK_SLOT_ID slot);
RS_MUST_CHECK rs_status p11_session_info(p11_module *module, const p11_session *session,
                                         CK_SESSION_INFO *info);
/* Ends the operations that `flags` name (CKF_SIGN, CKF_VERIFY, CKF_DIGEST, CKF_FIND_OBJECTS);
 * others are never under way. */
RS_MUST_CHECK rs_status p11_session_cancel(p11_session *session, CK_FLAGS flags);
RS_MUST_CHECK rs_status p11_login(p11_module *module, p11_session *session, CK_USER_TYPE user,
                                  const CK_UTF8CHAR *pin, CK_ULONG length);
RS_MUST_CHECK rs_status p11_logout(p11_module *module);

/* For the module's end: closes all without asking the agent for anything. */
void p11_sessions_discard(p11_module *module);

#endif
