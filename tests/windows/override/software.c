#include "software.h"

#include "ecdsa.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define NOT_SUPPORTED_ANYWHERE ((SECURITY_STATUS)NTE_NOT_SUPPORTED)

enum { BLOB_MAX = sizeof(BCRYPT_ECCKEY_BLOB) + 2 * 48 };

typedef struct public_key {
    const wchar_t *name;
    DWORD bits;
    DWORD length;
    BYTE blob[BLOB_MAX];
} public_key;

static const struct {
    ULONG magic;
    const wchar_t *name;
    DWORD bits;
} curves[] = {{BCRYPT_ECDSA_PUBLIC_P256_MAGIC, BCRYPT_ECDSA_P256_ALGORITHM, 256},
              {BCRYPT_ECDSA_PUBLIC_P384_MAGIC, BCRYPT_ECDSA_P384_ALGORITHM, 384}};

static SECURITY_STATUS WINAPI open_provider(NCRYPT_PROV_HANDLE *handle, LPCWSTR name, DWORD flags)
{
    (void)name;
    (void)flags;
    *handle = 1; /* it has nothing to keep */
    return ERROR_SUCCESS;
}

static SECURITY_STATUS WINAPI free_provider(NCRYPT_PROV_HANDLE handle)
{
    (void)handle;
    return ERROR_SUCCESS;
}

static SECURITY_STATUS WINAPI free_key(NCRYPT_PROV_HANDLE provider, NCRYPT_KEY_HANDLE handle)
{
    (void)provider;
    free((public_key *)handle);
    return ERROR_SUCCESS;
}

static SECURITY_STATUS WINAPI free_buffer(PVOID buffer)
{
    (void)buffer;
    return NTE_INVALID_PARAMETER; /* it gives none out */
}

/* What the blob says it is; false for all but the curves above. */
static bool understand(public_key *one)
{
    BCRYPT_ECCKEY_BLOB header;
    memcpy(&header, one->blob, sizeof header);
    for (size_t i = 0; i < sizeof curves / sizeof curves[0]; i++) {
        if (curves[i].magic == header.dwMagic) {
            one->name = curves[i].name;
            one->bits = curves[i].bits;
            return one->length == sizeof header + 2 * curves[i].bits / 8;
        }
    }
    return false;
}

static SECURITY_STATUS WINAPI import_key(NCRYPT_PROV_HANDLE provider, NCRYPT_KEY_HANDLE wrapping,
                                         LPCWSTR type, NCryptBufferDesc *parameters,
                                         NCRYPT_KEY_HANDLE *handle, PBYTE data, DWORD length,
                                         DWORD flags)
{
    (void)provider;
    (void)wrapping;
    (void)parameters;
    (void)flags;
    if (wcscmp(type, BCRYPT_ECCPUBLIC_BLOB) != 0 || length > BLOB_MAX ||
        length < sizeof(BCRYPT_ECCKEY_BLOB))
        return NOT_SUPPORTED_ANYWHERE;
    public_key *one = calloc(1, sizeof *one);
    if (one == NULL)
        return NTE_NO_MEMORY;
    memcpy(one->blob, data, length);
    one->length = length;
    if (understand(one)) {
        *handle = (NCRYPT_KEY_HANDLE)one;
        return ERROR_SUCCESS;
    }
    free(one);
    return NTE_BAD_DATA;
}

static SECURITY_STATUS put(const void *value, DWORD length, PBYTE output, DWORD size, DWORD *result)
{
    *result = length;
    if (output != NULL && size < length)
        return NTE_BUFFER_TOO_SMALL;
    if (output != NULL)
        memcpy(output, value, length);
    return ERROR_SUCCESS;
}

static SECURITY_STATUS put_text(const wchar_t *text, PBYTE output, DWORD size, DWORD *result)
{
    return put(text, (DWORD)((wcslen(text) + 1) * sizeof *text), output, size, result);
}

static SECURITY_STATUS WINAPI get_key_property(NCRYPT_PROV_HANDLE provider,
                                               NCRYPT_KEY_HANDLE handle, LPCWSTR name, PBYTE output,
                                               DWORD size, DWORD *result, DWORD flags)
{
    const public_key *one = (const public_key *)handle;
    const BYTE yes = 1;
    (void)provider;
    (void)flags;
    if (wcscmp(name, NCRYPT_ALGORITHM_GROUP_PROPERTY) == 0)
        return put_text(NCRYPT_ECDSA_ALGORITHM_GROUP, output, size, result);
    if (wcscmp(name, NCRYPT_ALGORITHM_PROPERTY) == 0)
        return put_text(one->name, output, size, result);
    if (wcscmp(name, NCRYPT_LENGTH_PROPERTY) == 0 || wcscmp(name, L"PublicKeyLength") == 0)
        return put(&one->bits, sizeof one->bits, output, size, result);
    if (wcscmp(name, L"CLR IsEphemeral") == 0)
        return put(&yes, sizeof yes, output, size, result);
    return NTE_NOT_FOUND;
}

static SECURITY_STATUS WINAPI set_key_property(NCRYPT_PROV_HANDLE provider,
                                               NCRYPT_KEY_HANDLE handle, LPCWSTR name, PBYTE input,
                                               DWORD length, DWORD flags)
{
    (void)provider;
    (void)handle;
    (void)input;
    (void)length;
    (void)flags;
    return wcscmp(name, L"CLR IsEphemeral") == 0 ? ERROR_SUCCESS : NOT_SUPPORTED_ANYWHERE;
}

static SECURITY_STATUS WINAPI export_key(NCRYPT_PROV_HANDLE provider, NCRYPT_KEY_HANDLE handle,
                                         NCRYPT_KEY_HANDLE wrapping, LPCWSTR type,
                                         NCryptBufferDesc *parameters, PBYTE output, DWORD size,
                                         DWORD *result, DWORD flags)
{
    const public_key *one = (const public_key *)handle;
    (void)provider;
    (void)wrapping;
    (void)parameters;
    (void)flags;
    if (wcscmp(type, BCRYPT_ECCPUBLIC_BLOB) != 0)
        return NOT_SUPPORTED_ANYWHERE;
    return put(one->blob, one->length, output, size, result);
}

static SECURITY_STATUS WINAPI verify_signature(NCRYPT_PROV_HANDLE provider,
                                               NCRYPT_KEY_HANDLE handle, VOID *padding, PBYTE hash,
                                               DWORD hash_length, PBYTE signature, DWORD length,
                                               DWORD flags)
{
    const public_key *one = (const public_key *)handle;
    (void)provider;
    (void)padding;
    (void)flags;
    return length == 2 * one->bits / 8 &&
                   ecdsa_verify(one->bits, one->blob + sizeof(BCRYPT_ECCKEY_BLOB), hash,
                                hash_length, signature)
               ? ERROR_SUCCESS
               : NTE_BAD_SIGNATURE;
}

static SECURITY_STATUS WINAPI open_key(NCRYPT_PROV_HANDLE provider, NCRYPT_KEY_HANDLE *handle,
                                       LPCWSTR name, DWORD legacy, DWORD flags)
{
    (void)provider;
    (void)handle;
    (void)name;
    (void)legacy;
    (void)flags;
    return NTE_BAD_KEYSET; /* it keeps none */
}

const RS_KEY_STORAGE_FUNCTION_TABLE software_provider = {
    .Version = NCRYPT_KEY_STORAGE_INTERFACE_VERSION,
    .OpenProvider = open_provider,
    .FreeProvider = free_provider,
    .OpenKey = open_key,
    .ImportKey = import_key,
    .GetKeyProperty = get_key_property,
    .SetKeyProperty = set_key_property,
    .ExportKey = export_key,
    .VerifySignature = verify_signature,
    .FreeKey = free_key,
    .FreeBuffer = free_buffer,
};
