#include "hash.h"

#include "log.h"

#include <stdlib.h>
#include <windows.h>

#include <bcrypt.h>

/* The system's own cryptography: what a host program does with it cannot meet a handle of ours. */
struct rs_hash {
    BCRYPT_ALG_HANDLE provider;
    BCRYPT_HASH_HANDLE handle;
    ULONG length;
};

/* SHA-224 has no name in CNG, which programs on Windows could not verify with either. */
static const wchar_t *name_of(rs_hash_algorithm algorithm)
{
    switch (algorithm) {
    case RS_SHA1:
        return BCRYPT_SHA1_ALGORITHM;
    case RS_SHA256:
        return BCRYPT_SHA256_ALGORITHM;
    case RS_SHA384:
        return BCRYPT_SHA384_ALGORITHM;
    case RS_SHA512:
        return BCRYPT_SHA512_ALGORITHM;
    case RS_SHA224:
        break;
    }
    return NULL;
}

bool rs_hash_available(rs_hash_algorithm algorithm)
{
    return name_of(algorithm) != NULL;
}

static rs_status check(NTSTATUS result)
{
    if (result == 0)
        return RS_OK;
    rs_log("hashing failed (status 0x%lx)", (unsigned long)result);
    return RS_INTERNAL;
}

rs_status rs_hash_create(rs_hash_algorithm algorithm, rs_hash **hash)
{
    const wchar_t *name = name_of(algorithm);
    if (name == NULL)
        return RS_UNSUPPORTED_ALGORITHM;
    rs_hash *created = calloc(1, sizeof *created);
    if (created == NULL)
        return RS_NO_MEMORY;
    created->length = (ULONG)rs_digest_length(algorithm);
    rs_status status = check(BCryptOpenAlgorithmProvider(&created->provider, name, NULL, 0));
    if (status == RS_OK)
        status = check(BCryptCreateHash(created->provider, &created->handle, NULL, 0, NULL, 0, 0));
    if (status == RS_OK)
        *hash = created;
    else
        rs_hash_free(created);
    return status;
}

rs_status rs_hash_update(rs_hash *hash, rs_bytes data)
{
    rs_status status = RS_OK;
    while (status == RS_OK && data.length > 0) {
        ULONG part = data.length > (1U << 30) ? 1U << 30 : (ULONG)data.length;
        status = check(BCryptHashData(hash->handle, (PUCHAR)(uintptr_t)data.data, part, 0));
        data.data += part;
        data.length -= part;
    }
    return status;
}

rs_status rs_hash_finish(rs_hash *hash, uint8_t digest[RS_DIGEST_MAX])
{
    return check(BCryptFinishHash(hash->handle, digest, hash->length, 0));
}

void rs_hash_free(rs_hash *hash)
{
    if (hash == NULL)
        return;
    if (hash->handle != NULL)
        (void)BCryptDestroyHash(hash->handle);
    if (hash->provider != NULL)
        (void)BCryptCloseAlgorithmProvider(hash->provider, 0);
    free(hash);
}
