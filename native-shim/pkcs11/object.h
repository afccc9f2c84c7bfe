/* The token's objects: views of a card, under handles. Immutable once made, shared by reference
 * count. */
#ifndef P11_OBJECT_H
#define P11_OBJECT_H

#include "card.h"
#include "cryptoki.h"

enum { P11_ID_SIZE = 20, P11_CHECK_SIZE = 3, P11_KEY_HASH_SIZE = 20, P11_UNIQUE_ID_SIZE = 32 };

/* SHA-1 over a subjectPublicKey; of length 0 when the key is not known. */
typedef struct p11_key_hash {
    size_t length;
    uint8_t bytes[P11_KEY_HASH_SIZE];
} p11_key_hash;

typedef struct p11_object {
    CK_OBJECT_HANDLE handle;
    CK_OBJECT_CLASS class;
    const rs_credential *credential;    /* NULL: of a profile */
    const rs_certificate *certificate;  /* certificates: this one; keys: the credential's own */
    bool is_issuer;                     /* a certificate from a chain, with an id of its own */
    bool is_private;                    /* visible only when logged in */
    char unique_id[P11_UNIQUE_ID_SIZE]; /* hexadecimal digits, no NUL */
    /* Certificates only: */
    uint8_t issuer_id[P11_ID_SIZE];
    uint8_t check_value[P11_CHECK_SIZE];
    p11_key_hash subject_key_hash;
    p11_key_hash issuer_key_hash;
} p11_object;

typedef struct p11_objects {
    atomic_uint references;
    rs_card *card;
    size_t count;
    p11_object items[];
} p11_objects;

/* Objects that `old` (may be NULL) has too get the handles they have there. */
RS_MUST_CHECK rs_status p11_objects_create(rs_card *card, const p11_objects *old,
                                           p11_objects **objects);
p11_objects *p11_objects_share(p11_objects *objects);
void p11_objects_release(p11_objects *objects);
/* NULL when there is none. */
const p11_object *p11_objects_find(const p11_objects *objects, CK_OBJECT_HANDLE handle);

#endif
