#ifndef KSP_BLOB_H
#define KSP_BLOB_H

#include "provider.h"

/* The public key as BCRYPT_RSAPUBLIC_BLOB or BCRYPT_ECCPUBLIC_BLOB, or as BCRYPT_PUBLIC_KEY_BLOB
 * of either kind. RS_NOT_SUPPORTED: any other type; private keys never leave the HSM. */
RS_MUST_CHECK rs_status ksp_export_key(const ksp_key *key, const wchar_t *type, BYTE *output,
                                       DWORD capacity, DWORD *length);

#endif
