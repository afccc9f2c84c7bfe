#ifndef P11_DIGEST_H
#define P11_DIGEST_H

#include "session.h"

RS_MUST_CHECK rs_status p11_digest_init(p11_session *session, const CK_MECHANISM *mechanism);
RS_MUST_CHECK rs_status p11_digest(p11_session *session, const CK_BYTE *data, CK_ULONG data_length,
                                   CK_BYTE *digest, CK_ULONG *length);
RS_MUST_CHECK rs_status p11_digest_update(p11_session *session, const CK_BYTE *data,
                                          CK_ULONG length);
RS_MUST_CHECK rs_status p11_digest_final(p11_session *session, CK_BYTE *digest, CK_ULONG *length);

#endif
