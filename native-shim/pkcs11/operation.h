/* A signing or verifying operation: from its Init call until it ends. */
#ifndef P11_OPERATION_H
#define P11_OPERATION_H

#include "hash.h"
#include "mechanism.h"
#include "module.h"
#include "protocol.h"

enum { P11_RAW_MAX = 128 }; /* more than the longest DigestInfo */

typedef struct p11_operation {
    bool active;
    bool updated;         /* data came in parts */
    p11_objects *objects; /* keeps the credential alive */
    const rs_credential *credential;
    p11_signing signing;
    rs_hash *hash; /* when the module hashes; else the data itself is kept */
    uint8_t raw[P11_RAW_MAX];
    size_t raw_length;
    bool needs_pin; /* CKA_ALWAYS_AUTHENTICATE, and no context-specific login yet */
    uint8_t pin[RS_PIN_MAX];
    size_t pin_length;
} p11_operation;

/* `class`: CKO_PRIVATE_KEY for signing, CKO_PUBLIC_KEY for verifying. Fails as p11_mechanism_select
 * does, with RS_OPERATION_ACTIVE, RS_NOT_SIGNED_IN, RS_UNKNOWN_KEY, or RS_CREDENTIAL_UNUSABLE for a
 * key of the other class. */
RS_MUST_CHECK rs_status p11_operation_begin(p11_operation *operation, p11_module *module,
                                            const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key,
                                            CK_OBJECT_CLASS class);
/* The PIN for this one signature; empty: the agent asks. */
RS_MUST_CHECK rs_status p11_operation_authenticate(p11_operation *operation, rs_bytes pin);
RS_MUST_CHECK rs_status p11_operation_update(p11_operation *operation, rs_bytes data);
/* As C_SignUpdate and C_VerifyUpdate: one of several parts. What fails ends the operation. */
RS_MUST_CHECK rs_status p11_operation_add_part(p11_operation *operation, rs_bytes part);
/* Before C_Sign and C_Verify, which take all data at once: an operation that has begun in parts
 * ends here, with RS_OPERATION_ACTIVE. */
RS_MUST_CHECK rs_status p11_operation_demand_whole(p11_operation *operation);
/* What the agent is to sign or verify; the digest lies in `digest`. RS_DATA_INVALID,
 * RS_DATA_LENGTH. */
RS_MUST_CHECK rs_status p11_operation_conclude(p11_operation *operation,
                                               uint8_t digest[RS_DIGEST_MAX],
                                               rs_signature_input *input);
void p11_operation_end(p11_operation *operation);

#endif
