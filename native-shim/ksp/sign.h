#ifndef KSP_SIGN_H
#define KSP_SIGN_H

#include "provider.h"

/* What a program hands to SignHash and VerifySignature. */
typedef struct ksp_hash_input {
    const void *padding; /* as `flags` say */
    rs_bytes hash;
    DWORD flags;
} ksp_hash_input;

/* `length` tells what a signature needs, also with RS_BUFFER_TOO_SMALL and when `signature` is
 * NULL. */
RS_MUST_CHECK rs_status ksp_sign_hash(ksp_module *module, const ksp_key *key,
                                      const ksp_hash_input *input, BYTE *signature, DWORD capacity,
                                      DWORD *length);
RS_MUST_CHECK rs_status ksp_verify_signature(ksp_module *module, const ksp_key *key,
                                             const ksp_hash_input *input, rs_bytes signature);

#endif
