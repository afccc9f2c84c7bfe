/* The cards of the tests' agents: parts to make credentials of, and the usual card. */
#ifndef FAKE_CARD_H
#define FAKE_CARD_H

#include "card.h"

/* DER of the OIDs of three curves; CNG has no name for the last. */
extern const rs_bytes fake_p256;
extern const rs_bytes fake_p384;
extern const rs_bytes fake_k256;

/* A key with one certificate that says nothing. `size` of an RSA key: of its modulus, in bytes. */
rs_credential fake_rsa(const char *id, const char *label, const char *cka_id, size_t size);
rs_credential fake_ec(const char *id, const char *label, const char *cka_id, rs_bytes curve,
                      uint16_t bits);
rs_certificate fake_certificate_of(const char *value, rs_bytes subject, rs_bytes issuer);

/* The usual card: RSA-2048, P-256 and RSA-4096 with ALWAYS_AUTHENTICATE. */
enum { FAKE_CREDENTIALS = 3 };
const rs_card *fake_card(void);

/* NULL when the card has none of that id. */
const rs_credential *fake_find(const rs_card *card, rs_bytes id);

/* The digest, repeated until it is as long as a signature of this credential. */
size_t fake_sign(const rs_credential *credential, rs_bytes digest, uint8_t *signature);

#endif
