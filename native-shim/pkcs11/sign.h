#ifndef P11_SIGN_H
#define P11_SIGN_H

#include "session.h"

RS_MUST_CHECK rs_status p11_sign_init(p11_module *module, p11_session *session,
                                      const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key);
RS_MUST_CHECK rs_status p11_sign(p11_module *module, p11_session *session, const CK_BYTE *data,
                                 CK_ULONG data_length, CK_BYTE *signature, CK_ULONG *length);
RS_MUST_CHECK rs_status p11_sign_update(p11_session *session, const CK_BYTE *data, CK_ULONG length);
RS_MUST_CHECK rs_status p11_sign_final(p11_module *module, p11_session *session, CK_BYTE *signature,
                                       CK_ULONG *length);

RS_MUST_CHECK rs_status p11_verify_init(p11_module *module, p11_session *session,
                                        const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key);
RS_MUST_CHECK rs_status p11_verify(p11_module *module, p11_session *session, const CK_BYTE *data,
                                   CK_ULONG data_length, const CK_BYTE *signature, CK_ULONG length);
RS_MUST_CHECK rs_status p11_verify_update(p11_session *session, const CK_BYTE *data,
                                          CK_ULONG length);
RS_MUST_CHECK rs_status p11_verify_final(p11_module *module, p11_session *session,
                                         const CK_BYTE *signature, CK_ULONG length);

#endif
