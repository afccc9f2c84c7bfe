/* The card as the agent last described it: immutable once decoded, shared by reference count. */
#ifndef RS_CARD_H
#define RS_CARD_H

#include "frame.h"
#include "status.h"

#include <stdatomic.h>

enum { RS_CREDENTIALS_MAX = 128, RS_CERTIFICATES_MAX = 10, RS_CERTIFICATE_SIZE_MAX = 16384 };

typedef enum rs_scheme { RS_RSA_PKCS1 = 1, RS_RSA_PSS = 2, RS_ECDSA = 3 } rs_scheme;

typedef enum rs_hash_algorithm {
    RS_SHA1 = 1,
    RS_SHA224 = 2,
    RS_SHA256 = 3,
    RS_SHA384 = 4,
    RS_SHA512 = 5,
} rs_hash_algorithm;

typedef enum rs_login_mode {
    RS_LOGIN_PROTECTED = 0, /* the agent asks for the PIN itself */
    RS_LOGIN_PIN = 1,       /* the program hands over the PIN */
    RS_LOGIN_AGENT = 2,     /* being signed in to the agent is the login */
} rs_login_mode;

typedef enum rs_key_type { RS_KEY_RSA = 1, RS_KEY_EC = 2 } rs_key_type;

enum { RS_STATE_SIGNED_IN = 1, RS_STATE_LOGGED_IN = 2 };
enum { RS_CREDENTIAL_ALWAYS_AUTHENTICATE = 1 };
enum { RS_PURPOSE_SIGNATURE = 1, RS_PURPOSE_AUTHENTICATION = 2 };

typedef struct rs_certificate {
    rs_bytes value;      /* DER */
    rs_bytes subject;    /* DER Name */
    rs_bytes issuer;     /* DER Name */
    rs_bytes serial;     /* DER INTEGER */
    rs_bytes not_before; /* 8 digits, YYYYMMDD */
    rs_bytes not_after;
} rs_certificate;

typedef struct rs_credential {
    rs_bytes id;
    rs_bytes label;
    rs_bytes cka_id;
    uint8_t purpose;
    uint8_t flags;
    rs_key_type key_type;
    uint16_t key_bits;
    rs_bytes a; /* RSA: modulus; EC: DER of the curve's OID */
    rs_bytes b; /* RSA: public exponent; EC: 04 || x || y */
    uint8_t schemes;
    uint8_t hashes;
    size_t certificate_count; /* at least 1; the credential's own first */
    rs_certificate certificates[RS_CERTIFICATES_MAX];
} rs_credential;

typedef struct rs_card {
    atomic_uint references;
    uint64_t generation;
    uint8_t state;
    rs_login_mode mode;
    rs_bytes label;
    rs_bytes serial;
    size_t credential_count;
    rs_credential *credentials;
    uint8_t *storage; /* what all views above point into */
} rs_card;

rs_card *rs_card_share(rs_card *card);
void rs_card_release(rs_card *card);

/* The length of every signature of this key: the modulus, or twice the curve's order. */
size_t rs_credential_signature_length(const rs_credential *credential);

#endif
