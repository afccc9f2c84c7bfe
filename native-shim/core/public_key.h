/* Public keys as SubjectPublicKeyInfo (RFC 5280, 4.1.2.7). */
#ifndef RS_PUBLIC_KEY_H
#define RS_PUBLIC_KEY_H

#include "card.h"
#include "protocol.h"

/* Of what the decoder of the card lets through. */
enum { RS_PUBLIC_KEY_INFO_MAX = 2 * RS_SIGNATURE_MAX + 64 };

/* Of the credential's key, from its fields (RFC 8017, A.1.1; RFC 5480, 2). */
void rs_put_public_key_info(rs_writer *writer, const rs_credential *credential);

/* The SubjectPublicKeyInfo in an X.509 certificate, as a view; empty when it is none. */
rs_bytes rs_certificate_key_info(rs_bytes certificate);

/* The subjectPublicKey in a SubjectPublicKeyInfo: the key alone, without tag, length and unused
 * bits, as key identifiers hash it (RFC 5280, 4.2.1.2). Empty when there is none. */
rs_bytes rs_public_key_bits(rs_bytes info);

#endif
