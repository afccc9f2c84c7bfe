/* The algorithms of the provider under CNG's names. */
#ifndef KSP_ALGORITHM_H
#define KSP_ALGORITHM_H

#include "provider.h"

typedef struct ksp_algorithm {
    const wchar_t *name;  /* RSA, ECDSA_P256, ... */
    const wchar_t *group; /* RSA, ECDSA */
    DWORD class;          /* NCRYPT_..._INTERFACE */
    DWORD public_magic;   /* of BCRYPT_..._BLOB */
    rs_key_type key_type;
    uint16_t key_bits; /* EC: the curve's; RSA: 0 */
} ksp_algorithm;

enum { KSP_ALGORITHMS = 4 };
extern const ksp_algorithm ksp_algorithms[KSP_ALGORITHMS];

/* NULL: CNG has no name for this key's curve. */
const ksp_algorithm *ksp_algorithm_of(const rs_credential *credential);

/* SHA1, SHA256, ... RS_UNSUPPORTED_ALGORITHM: any other name. */
RS_MUST_CHECK rs_status ksp_hash_of_name(const wchar_t *name, rs_hash_algorithm *hash);

RS_MUST_CHECK rs_status ksp_is_algorithm_supported(const wchar_t *name, DWORD flags);

#endif
