/* SHA-1 and SHA-2 for multi-part operations. The implementation is a library of pure functions,
 * chosen so that it cannot meet the host program's own cryptography: see docs/pkcs11.md, "Where
 * hashing happens". */
#ifndef RS_HASH_H
#define RS_HASH_H

#include "card.h"
#include "status.h"

enum { RS_DIGEST_MAX = 64 };

typedef struct rs_hash rs_hash;

/* 20, 28, 32, 48 or 64. */
size_t rs_digest_length(rs_hash_algorithm algorithm);

/* Can rs_hash_create make it here? Windows has no SHA-224; digests that a program made can be
 * signed all the same. */
bool rs_hash_available(rs_hash_algorithm algorithm);

RS_MUST_CHECK rs_status rs_hash_create(rs_hash_algorithm algorithm, rs_hash **hash);
RS_MUST_CHECK rs_status rs_hash_update(rs_hash *hash, rs_bytes data);
/* Writes rs_digest_length() bytes. The hash can only be freed afterwards. */
RS_MUST_CHECK rs_status rs_hash_finish(rs_hash *hash, uint8_t digest[RS_DIGEST_MAX]);
void rs_hash_free(rs_hash *hash);

#endif
