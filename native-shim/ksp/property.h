#ifndef KSP_PROPERTY_H
#define KSP_PROPERTY_H

#include "provider.h"

/* RS_NOT_FOUND, RS_NOT_SUPPORTED: the property is none of a key here; logged, so that one sees what
 * a program asks for. */
RS_MUST_CHECK rs_status ksp_get_key_property(const ksp_key *key, const wchar_t *name, BYTE *output,
                                             DWORD capacity, DWORD *length, DWORD flags);
RS_MUST_CHECK rs_status ksp_get_provider_property(ksp_module *module, NCRYPT_PROV_HANDLE provider,
                                                  const wchar_t *name, BYTE *output, DWORD capacity,
                                                  DWORD *length, DWORD flags);
/* `handle`: of a provider or of a key. */
RS_MUST_CHECK rs_status ksp_set_property(ksp_module *module, ULONG_PTR handle, const wchar_t *name,
                                         rs_bytes value, DWORD flags);

#endif
