#include "blob.h"

#include "algorithm.h"

#include <string.h>
#include <wchar.h>

/* BCRYPT_RSAKEY_BLOB, public exponent, modulus: integers big-endian. */
static void put_rsa(const rs_credential *key, BYTE *output)
{
    BCRYPT_RSAKEY_BLOB header = {.Magic = BCRYPT_RSAPUBLIC_MAGIC,
                                 .BitLength = key->key_bits,
                                 .cbPublicExp = (ULONG)key->b.length,
                                 .cbModulus = (ULONG)key->a.length};
    memcpy(output, &header, sizeof header);
    memcpy(output + sizeof header, key->b.data, key->b.length);
    memcpy(output + sizeof header + key->b.length, key->a.data, key->a.length);
}

/* BCRYPT_ECCKEY_BLOB, x, y: as in the point, without its first byte. */
static void put_ec(const rs_credential *key, BYTE *output)
{
    BCRYPT_ECCKEY_BLOB header = {.dwMagic = ksp_algorithm_of(key)->public_magic,
                                 .cbKey = (ULONG)(key->b.length - 1) / 2};
    memcpy(output, &header, sizeof header);
    memcpy(output + sizeof header, key->b.data + 1, key->b.length - 1);
}

rs_status ksp_export_key(const ksp_key *key, const wchar_t *type, BYTE *output, DWORD capacity,
                         DWORD *length)
{
    const rs_credential *credential = key->credential;
    bool rsa = credential->key_type == RS_KEY_RSA;
    const wchar_t *own = rsa ? BCRYPT_RSAPUBLIC_BLOB : BCRYPT_ECCPUBLIC_BLOB;
    if (type == NULL || length == NULL)
        return RS_INVALID_REQUEST;
    if (wcscmp(type, own) != 0 && wcscmp(type, BCRYPT_PUBLIC_KEY_BLOB) != 0)
        return RS_NOT_SUPPORTED;
    size_t needed = rsa ? sizeof(BCRYPT_RSAKEY_BLOB) + credential->a.length + credential->b.length
                        : sizeof(BCRYPT_ECCKEY_BLOB) + credential->b.length - 1;
    *length = (DWORD)needed;
    if (output == NULL)
        return RS_OK;
    if (capacity < needed)
        return RS_BUFFER_TOO_SMALL;
    if (rsa)
        put_rsa(credential, output);
    else
        put_ec(credential, output);
    return RS_OK;
}
