#ifndef P11_SLOT_H
#define P11_SLOT_H

#include "module.h"

/* `version`: of the interface that was asked. */
RS_MUST_CHECK rs_status p11_info(CK_VERSION version, CK_INFO *info);
RS_MUST_CHECK rs_status p11_slot_list(p11_module *module, bool with_token, CK_SLOT_ID *slots,
                                      CK_ULONG *count);
RS_MUST_CHECK rs_status p11_slot_info(p11_module *module, CK_SLOT_ID slot, CK_SLOT_INFO *info);
RS_MUST_CHECK rs_status p11_token_info(p11_module *module, CK_SLOT_ID slot, CK_TOKEN_INFO *info);
/* Between p11_module_acquire and p11_module_release. */
RS_MUST_CHECK rs_status p11_slot_event(p11_module *module, CK_FLAGS flags, CK_SLOT_ID *slot,
                                       const void *reserved);
RS_MUST_CHECK rs_status p11_mechanism_list(p11_module *module, CK_SLOT_ID slot,
                                           CK_MECHANISM_TYPE *types, CK_ULONG *count);
RS_MUST_CHECK rs_status p11_mechanism_info(p11_module *module, CK_SLOT_ID slot,
                                           CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *info);

#endif
