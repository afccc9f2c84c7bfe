/* The mechanisms of the token, and what their parameters mean. */
#ifndef P11_MECHANISM_H
#define P11_MECHANISM_H

#include "card.h"
#include "cryptoki.h"

enum { P11_SCHEME_NONE = 0, P11_HASH_OF_CALLER = 0, P11_MECHANISMS_MAX = 32 };

typedef struct p11_mechanism {
    CK_MECHANISM_TYPE type;
    uint8_t scheme; /* an rs_scheme; P11_SCHEME_NONE: a digest mechanism */
    uint8_t hash;   /* an rs_hash_algorithm; P11_HASH_OF_CALLER: the data is a digest already */
} p11_mechanism;

/* What is signed with: the hash may only be known once the data is there (0 until then). */
typedef struct p11_signing {
    rs_scheme scheme;
    uint8_t hash;
    bool hash_here; /* the data is hashed by the module */
    uint16_t salt_length;
} p11_signing;

/* RS_UNSUPPORTED_ALGORITHM when the module does not know it, or lacks the hash that it needs. */
RS_MUST_CHECK rs_status p11_mechanism_find(CK_MECHANISM_TYPE type, const p11_mechanism **mechanism);
/* Has the token it now? Digest mechanisms always; others if a key on the card may be used so. */
bool p11_mechanism_offered(const p11_mechanism *mechanism, const rs_card *card);
/* All that are offered, in their order; returns how many. */
size_t p11_mechanism_types(const rs_card *card, CK_MECHANISM_TYPE types[P11_MECHANISMS_MAX]);
/* The signing mechanisms that a key may be used with. */
size_t p11_mechanism_types_of(const rs_credential *credential,
                              CK_MECHANISM_TYPE types[P11_MECHANISMS_MAX]);
void p11_mechanism_describe(const p11_mechanism *mechanism, CK_MECHANISM_INFO *info);

/* Signing or verifying with this key. RS_UNSUPPORTED_ALGORITHM, RS_WRONG_KEY_TYPE,
 * RS_KEY_SIZE, RS_BAD_PARAMETERS, RS_CREDENTIAL_UNUSABLE (the key may not be used so). */
RS_MUST_CHECK rs_status p11_mechanism_select(const CK_MECHANISM *mechanism,
                                             const rs_credential *credential, p11_signing *signing);
bool p11_hash_allowed(const rs_credential *credential, uint8_t hash);

#endif
