#include "hash.h"

#include "secret.h"

#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <stdlib.h>

struct rs_hash {
    rs_hash_algorithm algorithm;
    union {
        struct sha1_ctx sha1;
        struct sha224_ctx sha224;
        struct sha256_ctx sha256;
        struct sha384_ctx sha384;
        struct sha512_ctx sha512;
    } context;
};

bool rs_hash_available(rs_hash_algorithm algorithm)
{
    return rs_digest_length(algorithm) != 0;
}

rs_status rs_hash_create(rs_hash_algorithm algorithm, rs_hash **hash)
{
    rs_hash *created = calloc(1, sizeof *created);
    if (created == NULL)
        return RS_NO_MEMORY;
    created->algorithm = algorithm;
    switch (algorithm) {
    case RS_SHA1:
        sha1_init(&created->context.sha1);
        break;
    case RS_SHA224:
        sha224_init(&created->context.sha224);
        break;
    case RS_SHA256:
        sha256_init(&created->context.sha256);
        break;
    case RS_SHA384:
        sha384_init(&created->context.sha384);
        break;
    case RS_SHA512:
        sha512_init(&created->context.sha512);
        break;
    }
    *hash = created;
    return RS_OK;
}

rs_status rs_hash_update(rs_hash *hash, rs_bytes data)
{
    switch (hash->algorithm) {
    case RS_SHA1:
        sha1_update(&hash->context.sha1, data.length, data.data);
        break;
    case RS_SHA224:
        sha224_update(&hash->context.sha224, data.length, data.data);
        break;
    case RS_SHA256:
        sha256_update(&hash->context.sha256, data.length, data.data);
        break;
    case RS_SHA384:
        sha384_update(&hash->context.sha384, data.length, data.data);
        break;
    case RS_SHA512:
        sha512_update(&hash->context.sha512, data.length, data.data);
        break;
    }
    return RS_OK;
}

rs_status rs_hash_finish(rs_hash *hash, uint8_t digest[RS_DIGEST_MAX])
{
    switch (hash->algorithm) {
    case RS_SHA1:
        sha1_digest(&hash->context.sha1, SHA1_DIGEST_SIZE, digest);
        break;
    case RS_SHA224:
        sha224_digest(&hash->context.sha224, SHA224_DIGEST_SIZE, digest);
        break;
    case RS_SHA256:
        sha256_digest(&hash->context.sha256, SHA256_DIGEST_SIZE, digest);
        break;
    case RS_SHA384:
        sha384_digest(&hash->context.sha384, SHA384_DIGEST_SIZE, digest);
        break;
    case RS_SHA512:
        sha512_digest(&hash->context.sha512, SHA512_DIGEST_SIZE, digest);
        break;
    }
    return RS_OK;
}

void rs_hash_free(rs_hash *hash)
{
    if (hash == NULL)
        return;
    rs_wipe(hash, sizeof *hash);
    free(hash);
}
