/* What .NET asks Wine's bcrypt.dll for in vain: the length of a public key. */
#include "buffer.h"

#include <stdint.h>
#include <wchar.h>

#include <windows.h>

#include <bcrypt.h>

static FARPROC original(const char *name)
{
    return GetProcAddress(LoadLibraryW(L"winebcrypt.dll"), name);
}

static NTSTATUS export_key(BCRYPT_KEY_HANDLE key, const wchar_t *type, BYTE *to, ULONG size)
{
    typedef NTSTATUS(WINAPI * function)(BCRYPT_KEY_HANDLE, BCRYPT_KEY_HANDLE, LPCWSTR, PUCHAR,
                                        ULONG, ULONG *, ULONG);
    ULONG length = 0;
    return ((function)(void *)original("BCryptExportKey"))(key, NULL, type, to, size, &length, 0);
}

/* Of a public key; 0 = it is none. */
static ULONG key_bits(BCRYPT_KEY_HANDLE key)
{
    union {
        BCRYPT_RSAKEY_BLOB rsa;
        BCRYPT_ECCKEY_BLOB ec;
        BYTE bytes[4096];
    } blob;
    if (export_key(key, BCRYPT_RSAPUBLIC_BLOB, blob.bytes, sizeof blob) == 0)
        return blob.rsa.BitLength;
    if (export_key(key, BCRYPT_ECCPUBLIC_BLOB, blob.bytes, sizeof blob) == 0)
        return blob.ec.cbKey == 66 ? 521 : blob.ec.cbKey * 8;
    return 0;
}

NTSTATUS WINAPI BCryptGetProperty(BCRYPT_HANDLE object, LPCWSTR property, PUCHAR output, ULONG size,
                                  ULONG *length, ULONG flags)
{
    typedef NTSTATUS(WINAPI * function)(BCRYPT_HANDLE, LPCWSTR, PUCHAR, ULONG, ULONG *, ULONG);
    NTSTATUS status = ((function)(void *)original("BCryptGetProperty"))(object, property, output,
                                                                        size, length, flags);
    if (status == 0 || size < sizeof(ULONG) ||
        (wcscmp(property, BCRYPT_KEY_LENGTH) != 0 && wcscmp(property, BCRYPT_KEY_STRENGTH) != 0))
        return status;
    ULONG bits = key_bits(object);
    if (bits == 0)
        return status;
    *(ULONG *)(void *)output = bits;
    *length = sizeof bits;
    return 0;
}

void WINAPI BCryptFreeBuffer(PVOID buffer)
{
    typedef void(WINAPI * function)(PVOID);
    if (!buffer_free(buffer))
        ((function)(void *)original("BCryptFreeBuffer"))(buffer);
}
