#ifndef P11_FIND_H
#define P11_FIND_H

#include "session.h"

RS_MUST_CHECK rs_status p11_find_init(p11_module *module, p11_session *session,
                                      const CK_ATTRIBUTE *template, CK_ULONG count);
RS_MUST_CHECK rs_status p11_find_next(p11_session *session, CK_OBJECT_HANDLE *handles,
                                      CK_ULONG at_most, CK_ULONG *count);
RS_MUST_CHECK rs_status p11_find_final(p11_session *session);

#endif
