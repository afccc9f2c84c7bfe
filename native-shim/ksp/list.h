/* What the provider has to offer, one after the other. */
#ifndef KSP_LIST_H
#define KSP_LIST_H

#include "provider.h"

RS_MUST_CHECK rs_status ksp_enum_algorithms(DWORD operations, DWORD *count,
                                            NCryptAlgorithmName **list, DWORD flags);
/* RS_NO_MORE_ITEMS: all keys have been told. `state` is NULL at first. */
RS_MUST_CHECK rs_status ksp_enum_keys(ksp_module *module, const wchar_t *scope, NCryptKeyName **key,
                                      void **state, DWORD flags);

#endif
