/* What Wine's crypt32.dll cannot: finding the CNG key of a certificate, by the provider and key
 * name that are kept with it. Keys of the older interface are Wine's business. */

#include <stdlib.h>

#define WINIMPM /* its functions are defined here, not imported */
#include <windows.h>

#include <bcrypt.h>
#include <ncrypt.h>
#include <wincrypt.h>

typedef BOOL(WINAPI *acquire)(PCCERT_CONTEXT, DWORD, void *, HCRYPTPROV_OR_NCRYPT_KEY_HANDLE *,
                              DWORD *, BOOL *);
typedef BOOL(WINAPI *get_property)(PCCERT_CONTEXT, DWORD, void *, DWORD *);

static FARPROC original(const char *name)
{
    return GetProcAddress(LoadLibraryW(L"winecrypt32.dll"), name);
}

/* What is kept with a certificate about its key, to be freed; NULL = nothing. */
static CRYPT_KEY_PROV_INFO *key_info(PCCERT_CONTEXT certificate)
{
    get_property get = (get_property)(void *)original("CertGetCertificateContextProperty");
    DWORD length = 0;
    if (!get(certificate, CERT_KEY_PROV_INFO_PROP_ID, NULL, &length))
        return NULL;
    CRYPT_KEY_PROV_INFO *info = malloc(length);
    if (info != NULL && !get(certificate, CERT_KEY_PROV_INFO_PROP_ID, info, &length)) {
        free(info);
        return NULL;
    }
    return info;
}

static SECURITY_STATUS open_key(const CRYPT_KEY_PROV_INFO *info, NCRYPT_KEY_HANDLE *key)
{
    NCRYPT_PROV_HANDLE provider = 0;
    SECURITY_STATUS status = NCryptOpenStorageProvider(&provider, info->pwszProvName, 0);
    if (status != ERROR_SUCCESS)
        return status;
    status = NCryptOpenKey(provider, key, info->pwszContainerName, info->dwKeySpec,
                           info->dwFlags & NCRYPT_MACHINE_KEY_FLAG);
    (void)NCryptFreeObject(provider);
    return status;
}

BOOL WINAPI CryptAcquireCertificatePrivateKey(PCCERT_CONTEXT certificate, DWORD flags,
                                              void *parameters,
                                              HCRYPTPROV_OR_NCRYPT_KEY_HANDLE *handle,
                                              DWORD *key_spec, BOOL *caller_frees)
{
    CRYPT_KEY_PROV_INFO *info = key_info(certificate);
    if (info == NULL || info->dwProvType != 0 ||
        (flags & CRYPT_ACQUIRE_NCRYPT_KEY_FLAGS_MASK) == 0) {
        free(info);
        return ((acquire)(void *)original("CryptAcquireCertificatePrivateKey"))(
            certificate, flags, parameters, handle, key_spec, caller_frees);
    }
    NCRYPT_KEY_HANDLE key = 0;
    SECURITY_STATUS status = open_key(info, &key);
    free(info);
    if (status != ERROR_SUCCESS) {
        SetLastError((DWORD)status);
        return FALSE;
    }
    *handle = key;
    if (key_spec != NULL)
        *key_spec = CERT_NCRYPT_KEY_SPEC;
    if (caller_frees != NULL)
        *caller_frees = TRUE;
    return TRUE;
}
