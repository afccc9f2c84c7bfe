/* ECDSA verification (FIPS 186-5 section 6.4.2), slow and simple. Wine has its own, but takes no
 * signature whose r or s begins with a zero byte, and no SHA-512. */
#ifndef OVERRIDE_ECDSA_H
#define OVERRIDE_ECDSA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `bits` of the curve: 256 or 384. `key` is x and y of the point, `signature` r and s, each of the
 * curve's length, big-endian. */
bool ecdsa_verify(unsigned bits, const uint8_t *key, const uint8_t *hash, size_t hash_length,
                  const uint8_t *signature);

#endif
