#ifndef RS_DIGEST_INFO_H
#define RS_DIGEST_INFO_H

#include "card.h"
#include "status.h"

/* Splits a DigestInfo (RFC 8017, 9.2) into hash and digest. Only the one DER encoding that a remote
 * key will rebuild is accepted, parameters NULL included; anything else is RS_DATA_INVALID. The
 * digest is a view into the input. */
RS_MUST_CHECK rs_status rs_digest_info_parse(rs_bytes info, rs_hash_algorithm *hash,
                                             rs_bytes *digest);

#endif
