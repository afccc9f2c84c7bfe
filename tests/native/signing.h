/* What the tests of signing share: a logged-in session, its keys, and looks at what the agent got.
 */
#ifndef SIGNING_H
#define SIGNING_H

#include "api.h"
#include "hash.h"

enum { GUARD = 0xee };

extern CK_SESSION_HANDLE session;
extern CK_OBJECT_HANDLE rsa;
extern CK_OBJECT_HANDLE ec;
extern const CK_BYTE sha256_info[51]; /* a DigestInfo */

void find_keys(void);
/* api_begin, logged in, keys found. */
void begin(void);
CK_RV init(CK_MECHANISM_TYPE type, void *parameter, CK_ULONG length, CK_OBJECT_HANDLE key);
CK_RV sign_raw(const CK_BYTE *data, CK_ULONG data_length);

void hash_of(rs_hash_algorithm algorithm, const char *text, uint8_t digest[RS_DIGEST_MAX]);
/* What the agent was asked to sign. */
void check_reached(uint8_t scheme, uint8_t hash, uint16_t salt, const uint8_t *digest);
/* The fake agent's signature: the digest over and over, then GUARD. */
void check_signature(const CK_BYTE *signature, CK_ULONG length, const uint8_t *digest,
                     size_t digest_length);

#endif
