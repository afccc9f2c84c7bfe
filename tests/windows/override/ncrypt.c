/* A stand-in for ncrypt.dll: the functions of a key storage provider that programs use, each passed
 * to the provider that is registered, and traced. Wine's own loads no provider at all. */
#include "provider.h"

#include <stdbool.h>
#include <stdio.h>
#include <wchar.h>

/* `one` is the object of a handle of the wanted kind, or the function ends. */
#define KEY_OF(handle)                                                                             \
    object *one = object_of(handle);                                                               \
    if (one == NULL || one->provider == NULL)                                                      \
    return NTE_INVALID_HANDLE

#define PROVIDER_OF(handle)                                                                        \
    object *one = object_of(handle);                                                               \
    if (one == NULL || one->provider != NULL)                                                      \
    return NTE_INVALID_HANDLE

static SECURITY_STATUS traced(const char *function, SECURITY_STATUS status)
{
    trace("%s: 0x%08lx", function, (unsigned long)status);
    return status;
}

SECURITY_STATUS WINAPI NCryptOpenStorageProvider(NCRYPT_PROV_HANDLE *handle, LPCWSTR name,
                                                 DWORD flags)
{
    provider_table *table = NULL;
    NCRYPT_PROV_HANDLE inner = 0;
    SECURITY_STATUS status = provider_find(name == NULL ? MS_KEY_STORAGE_PROVIDER : name, &table);
    if (status == ERROR_SUCCESS)
        status = table->OpenProvider(&inner, name, flags);
    if (status == ERROR_SUCCESS)
        *handle = (NCRYPT_PROV_HANDLE)object_new(table, NULL, inner);
    return traced("NCryptOpenStorageProvider", status);
}

SECURITY_STATUS WINAPI NCryptOpenKey(NCRYPT_PROV_HANDLE provider, NCRYPT_KEY_HANDLE *handle,
                                     LPCWSTR name, DWORD legacy, DWORD flags)
{
    NCRYPT_KEY_HANDLE inner = 0;
    PROVIDER_OF(provider);
    SECURITY_STATUS status = one->table->OpenKey(one->inner, &inner, name, legacy, flags);
    if (status == ERROR_SUCCESS)
        *handle = (NCRYPT_KEY_HANDLE)object_new(one->table, one, inner);
    return traced("NCryptOpenKey", status);
}

SECURITY_STATUS WINAPI NCryptFreeObject(NCRYPT_HANDLE handle)
{
    object *one = object_of(handle);
    return traced("NCryptFreeObject", one == NULL ? NTE_INVALID_HANDLE : object_release(one));
}

BOOL WINAPI NCryptIsKeyHandle(NCRYPT_KEY_HANDLE handle)
{
    object *one = object_of(handle);
    return one != NULL && one->provider != NULL;
}

/* The router answers this one itself, with a handle that the caller frees. */
static SECURITY_STATUS get_provider(object *key, PBYTE output, DWORD size, DWORD *length)
{
    *length = sizeof(NCRYPT_PROV_HANDLE);
    if (output == NULL)
        return ERROR_SUCCESS;
    if (size < *length)
        return NTE_BUFFER_TOO_SMALL;
    object_keep(key->provider);
    *(NCRYPT_PROV_HANDLE *)(void *)output = (NCRYPT_PROV_HANDLE)key->provider;
    return ERROR_SUCCESS;
}

SECURITY_STATUS WINAPI NCryptGetProperty(NCRYPT_HANDLE handle, LPCWSTR name, PBYTE output,
                                         DWORD size, DWORD *length, DWORD flags)
{
    object *one = object_of(handle);
    SECURITY_STATUS status = NTE_INVALID_HANDLE;
    if (one != NULL && one->provider == NULL)
        status = one->table->GetProviderProperty(one->inner, name, output, size, length, flags);
    else if (one != NULL && wcscmp(name, NCRYPT_PROVIDER_HANDLE_PROPERTY) == 0)
        status = get_provider(one, output, size, length);
    else if (one != NULL)
        status = one->table->GetKeyProperty(one->provider->inner, one->inner, name, output, size,
                                            length, flags);
    trace("NCryptGetProperty %ls: 0x%08lx", name, (unsigned long)status);
    return status;
}

SECURITY_STATUS WINAPI NCryptSetProperty(NCRYPT_HANDLE handle, LPCWSTR name, PBYTE input,
                                         DWORD size, DWORD flags)
{
    object *one = object_of(handle);
    SECURITY_STATUS status = NTE_INVALID_HANDLE;
    if (one != NULL && one->provider == NULL)
        status = one->table->SetProviderProperty(one->inner, name, input, size, flags);
    else if (one != NULL)
        status =
            one->table->SetKeyProperty(one->provider->inner, one->inner, name, input, size, flags);
    trace("NCryptSetProperty %ls: 0x%08lx", name, (unsigned long)status);
    return status;
}

static const char *hexadecimal(const BYTE *bytes, DWORD length, char text[129])
{
    for (DWORD i = 0; i < length && i < 64; i++)
        sprintf(text + 2 * i, "%02x", bytes[i]);
    return text;
}

SECURITY_STATUS WINAPI NCryptSignHash(NCRYPT_KEY_HANDLE handle, VOID *padding, PBYTE hash,
                                      DWORD hash_length, PBYTE signature, DWORD size, DWORD *length,
                                      DWORD flags)
{
    char text[129] = "";
    KEY_OF(handle);
    /* Said before the call: the provider was entered with this digest. */
    trace("SignHash %s %s", signature == NULL ? "asks the length for" : "signs",
          hexadecimal(hash, hash_length, text));
    return traced("NCryptSignHash",
                  one->table->SignHash(one->provider->inner, one->inner, padding, hash, hash_length,
                                       signature, size, length, flags));
}

SECURITY_STATUS WINAPI NCryptVerifySignature(NCRYPT_KEY_HANDLE handle, VOID *padding, PBYTE hash,
                                             DWORD hash_length, PBYTE signature, DWORD length,
                                             DWORD flags)
{
    KEY_OF(handle);
    return traced("NCryptVerifySignature",
                  one->table->VerifySignature(one->provider->inner, one->inner, padding, hash,
                                              hash_length, signature, length, flags));
}

SECURITY_STATUS WINAPI NCryptExportKey(NCRYPT_KEY_HANDLE handle, NCRYPT_KEY_HANDLE wrapping,
                                       LPCWSTR type, NCryptBufferDesc *parameters, PBYTE output,
                                       DWORD size, DWORD *length, DWORD flags)
{
    KEY_OF(handle);
    SECURITY_STATUS status = one->table->ExportKey(one->provider->inner, one->inner, wrapping, type,
                                                   parameters, output, size, length, flags);
    trace("NCryptExportKey %ls: 0x%08lx", type, (unsigned long)status);
    return status;
}

SECURITY_STATUS WINAPI NCryptEnumKeys(NCRYPT_PROV_HANDLE handle, LPCWSTR scope,
                                      NCryptKeyName **name, PVOID *state, DWORD flags)
{
    PROVIDER_OF(handle);
    return traced("NCryptEnumKeys", one->table->EnumKeys(one->inner, scope, name, state, flags));
}

SECURITY_STATUS WINAPI NCryptEnumAlgorithms(NCRYPT_PROV_HANDLE handle, DWORD operations,
                                            DWORD *count, NCryptAlgorithmName **list, DWORD flags)
{
    PROVIDER_OF(handle);
    return traced("NCryptEnumAlgorithms",
                  one->table->EnumAlgorithms(one->inner, operations, count, list, flags));
}

SECURITY_STATUS WINAPI NCryptIsAlgSupported(NCRYPT_PROV_HANDLE handle, LPCWSTR name, DWORD flags)
{
    PROVIDER_OF(handle);
    return traced("NCryptIsAlgSupported", one->table->IsAlgSupported(one->inner, name, flags));
}

SECURITY_STATUS WINAPI NCryptCreatePersistedKey(NCRYPT_PROV_HANDLE handle, NCRYPT_KEY_HANDLE *key,
                                                LPCWSTR algorithm, LPCWSTR name, DWORD legacy,
                                                DWORD flags)
{
    NCRYPT_KEY_HANDLE inner = 0;
    PROVIDER_OF(handle);
    SECURITY_STATUS status =
        one->table->CreatePersistedKey(one->inner, &inner, algorithm, name, legacy, flags);
    if (status == ERROR_SUCCESS)
        *key = (NCRYPT_KEY_HANDLE)object_new(one->table, one, inner);
    return traced("NCryptCreatePersistedKey", status);
}

SECURITY_STATUS WINAPI NCryptImportKey(NCRYPT_PROV_HANDLE handle, NCRYPT_KEY_HANDLE wrapping,
                                       LPCWSTR type, NCryptBufferDesc *parameters,
                                       NCRYPT_KEY_HANDLE *key, PBYTE data, DWORD length,
                                       DWORD flags)
{
    NCRYPT_KEY_HANDLE inner = 0;
    PROVIDER_OF(handle);
    SECURITY_STATUS status =
        one->table->ImportKey(one->inner, wrapping, type, parameters, &inner, data, length, flags);
    if (status == ERROR_SUCCESS)
        *key = (NCRYPT_KEY_HANDLE)object_new(one->table, one, inner);
    trace("NCryptImportKey %ls: 0x%08lx", type, (unsigned long)status);
    return status;
}

SECURITY_STATUS WINAPI NCryptDeleteKey(NCRYPT_KEY_HANDLE handle, DWORD flags)
{
    KEY_OF(handle);
    return traced("NCryptDeleteKey",
                  one->table->DeleteKey(one->provider->inner, one->inner, flags));
}

SECURITY_STATUS WINAPI NCryptDecrypt(NCRYPT_KEY_HANDLE handle, PBYTE input, DWORD input_length,
                                     VOID *padding, PBYTE output, DWORD size, DWORD *length,
                                     DWORD flags)
{
    KEY_OF(handle);
    return traced("NCryptDecrypt",
                  one->table->Decrypt(one->provider->inner, one->inner, input, input_length,
                                      padding, output, size, length, flags));
}

SECURITY_STATUS WINAPI NCryptFreeBuffer(PVOID buffer)
{
    return traced("NCryptFreeBuffer", provider_free_buffer(buffer));
}
