/* DigestInfo: whatever is accepted, an encoder that knows only ASN.1 and the object identifiers
 * makes again, byte by byte; and what the encoder makes of the input is accepted. */
#include "digest_info.h"
#include "fuzz.h"
#include "hash.h"

#include <string.h>

/* The arcs below joint-iso-ccitt(2) or iso(1), as base-128 already. */
static const struct {
    size_t length;
    uint8_t bytes[9];
} identifiers[] = {
    [RS_SHA1] = {5, {0x2b, 14, 3, 2, 26}},
    [RS_SHA224] = {9, {0x60, 0x86, 0x48, 1, 101, 3, 4, 2, 4}},
    [RS_SHA256] = {9, {0x60, 0x86, 0x48, 1, 101, 3, 4, 2, 1}},
    [RS_SHA384] = {9, {0x60, 0x86, 0x48, 1, 101, 3, 4, 2, 2}},
    [RS_SHA512] = {9, {0x60, 0x86, 0x48, 1, 101, 3, 4, 2, 3}},
};

static uint8_t *put(uint8_t *at, uint8_t tag, const uint8_t *value, size_t length)
{
    *at++ = tag;
    *at++ = (uint8_t)length;
    if (length > 0)
        memcpy(at, value, length);
    return at + length;
}

static size_t encode(rs_hash_algorithm hash, rs_bytes digest, uint8_t encoded[128])
{
    uint8_t algorithm[32];
    uint8_t content[128];
    uint8_t *end = put(algorithm, 0x06, identifiers[hash].bytes, identifiers[hash].length);
    end = put(end, 0x05, NULL, 0);
    uint8_t *rest = put(content, 0x30, algorithm, (size_t)(end - algorithm));
    rest = put(rest, 0x04, digest.data, digest.length);
    return (size_t)(put(encoded, 0x30, content, (size_t)(rest - content)) - encoded);
}

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    (void)count;
    (void)arguments;
    return 0;
}

static void check(rs_bytes info)
{
    uint8_t again[128];
    rs_hash_algorithm hash = (rs_hash_algorithm)0;
    rs_bytes digest = {NULL, 0};
    rs_status status = rs_digest_info_parse(info, &hash, &digest);
    HOLDS(status == RS_OK || status == RS_DATA_INVALID);
    if (status != RS_OK)
        return;
    HOLDS(hash >= RS_SHA1 && hash <= RS_SHA512 && digest.length == rs_digest_length(hash));
    size_t length = encode(hash, digest, again);
    HOLDS(rs_bytes_equal(info, (rs_bytes){again, length}));
}

/* One bit before the digest is enough. */
static void refused_when_changed(uint8_t *encoded, size_t prefix, size_t length, int change)
{
    rs_hash_algorithm hash;
    rs_bytes digest;
    for (size_t at = 0; at < prefix; at++) {
        encoded[at] = (uint8_t)(encoded[at] ^ change);
        HOLDS(rs_digest_info_parse((rs_bytes){encoded, length}, &hash, &digest) != RS_OK);
        encoded[at] = (uint8_t)(encoded[at] ^ change);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check((rs_bytes){data, size});
    for (int each = RS_SHA1; each <= RS_SHA512; each++) {
        uint8_t encoded[128];
        rs_hash_algorithm hash = (rs_hash_algorithm)each;
        rs_hash_algorithm parsed = (rs_hash_algorithm)0;
        rs_bytes digest = {data, rs_digest_length(hash)};
        if (size < digest.length)
            continue;
        rs_bytes info = {encoded, encode(hash, digest, encoded)};
        HOLDS(rs_digest_info_parse(info, &parsed, &digest) == RS_OK && parsed == hash);
        HOLDS(memcmp(digest.data, data, digest.length) == 0);
        refused_when_changed(encoded, info.length - digest.length, info.length, data[0] | 1);
    }
    return 0;
}
