/* The functions of a key storage provider, version 1.0: enter, do, leave, map. Parameter names are
 * those of the CNG documentation. */
#include "algorithm.h"
#include "blob.h"
#include "buffer.h"
#include "list.h"
#include "property.h"
#include "security_status.h"
#include "sign.h"

/* The whole body of a function of a provider ... */
#define IN_PROVIDER(call)                                                                          \
    ksp_module *module = NULL;                                                                     \
    rs_status status = ksp_enter(hProvider, &module);                                              \
    if (status == RS_OK) {                                                                         \
        status = (call);                                                                           \
        ksp_leave(module);                                                                         \
    }                                                                                              \
    return ksp_status(status)

/* ... and of one of a key. */
#define IN_KEY(call)                                                                               \
    ksp_module *module = NULL;                                                                     \
    ksp_key key;                                                                                   \
    rs_status status = ksp_enter_key(hProvider, hKey, &module, &key);                              \
    if (status == RS_OK) {                                                                         \
        status = (call);                                                                           \
        ksp_leave_key(module, &key);                                                               \
    }                                                                                              \
    return ksp_status(status)

static SECURITY_STATUS WINAPI OpenProvider(NCRYPT_PROV_HANDLE *phProvider, LPCWSTR pszProviderName,
                                           DWORD dwFlags)
{
    (void)pszProviderName; /* the name under which this DLL is registered, whatever it is */
    if (phProvider == NULL)
        return NTE_INVALID_PARAMETER;
    if ((dwFlags & ~(DWORD)NCRYPT_SILENT_FLAG) != 0)
        return NTE_BAD_FLAGS;
    return ksp_status(ksp_open_provider(phProvider));
}

static SECURITY_STATUS WINAPI FreeProvider(NCRYPT_PROV_HANDLE hProvider)
{
    return ksp_status(ksp_free_provider(hProvider));
}

static rs_status open_key(ksp_module *module, NCRYPT_PROV_HANDLE provider, const wchar_t *name,
                          NCRYPT_KEY_HANDLE *key, DWORD flags)
{
    if (key == NULL || name == NULL)
        return RS_INVALID_REQUEST;
    if ((flags & ~(DWORD)(NCRYPT_SILENT_FLAG | NCRYPT_MACHINE_KEY_FLAG)) != 0)
        return RS_BAD_FLAGS;
    if ((flags & NCRYPT_MACHINE_KEY_FLAG) != 0)
        return RS_UNKNOWN_KEY; /* keys belong to people here */
    return ksp_open_key(module, provider, name, key);
}

static SECURITY_STATUS WINAPI OpenKey(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE *phKey,
                                      LPCWSTR pszKeyName, DWORD dwLegacyKeySpec, DWORD dwFlags)
{
    (void)dwLegacyKeySpec; /* old programs name one; a key here has none, and serves them all */
    IN_PROVIDER(open_key(module, hProvider, pszKeyName, phKey, dwFlags));
}

static SECURITY_STATUS WINAPI FreeKey(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE hKey)
{
    (void)hProvider; /* it may have been freed before its keys */
    return ksp_status(ksp_free_key(hKey));
}

static SECURITY_STATUS WINAPI FreeBuffer(PVOID pvInput)
{
    return ksp_status(ksp_buffer_free(pvInput));
}

static SECURITY_STATUS WINAPI GetProviderProperty(NCRYPT_PROV_HANDLE hProvider, LPCWSTR pszProperty,
                                                  PBYTE pbOutput, DWORD cbOutput, DWORD *pcbResult,
                                                  DWORD dwFlags)
{
    IN_PROVIDER(ksp_get_provider_property(module, hProvider, pszProperty, pbOutput, cbOutput,
                                          pcbResult, dwFlags));
}

static SECURITY_STATUS WINAPI GetKeyProperty(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE hKey,
                                             LPCWSTR pszProperty, PBYTE pbOutput, DWORD cbOutput,
                                             DWORD *pcbResult, DWORD dwFlags)
{
    IN_KEY(ksp_get_key_property(&key, pszProperty, pbOutput, cbOutput, pcbResult, dwFlags));
}

static SECURITY_STATUS WINAPI SetProviderProperty(NCRYPT_PROV_HANDLE hProvider, LPCWSTR pszProperty,
                                                  PBYTE pbInput, DWORD cbInput, DWORD dwFlags)
{
    IN_PROVIDER(
        ksp_set_property(module, hProvider, pszProperty, (rs_bytes){pbInput, cbInput}, dwFlags));
}

static SECURITY_STATUS WINAPI SetKeyProperty(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE hKey,
                                             LPCWSTR pszProperty, PBYTE pbInput, DWORD cbInput,
                                             DWORD dwFlags)
{
    IN_KEY(ksp_set_property(module, hKey, pszProperty, (rs_bytes){pbInput, cbInput}, dwFlags));
}

static SECURITY_STATUS WINAPI IsAlgSupported(NCRYPT_PROV_HANDLE hProvider, LPCWSTR pszAlgId,
                                             DWORD dwFlags)
{
    IN_PROVIDER(ksp_is_algorithm_supported(pszAlgId, dwFlags));
}

static SECURITY_STATUS WINAPI EnumAlgorithms(NCRYPT_PROV_HANDLE hProvider, DWORD dwAlgOperations,
                                             DWORD *pdwAlgCount, NCryptAlgorithmName **ppAlgList,
                                             DWORD dwFlags)
{
    IN_PROVIDER(ksp_enum_algorithms(dwAlgOperations, pdwAlgCount, ppAlgList, dwFlags));
}

static SECURITY_STATUS WINAPI EnumKeys(NCRYPT_PROV_HANDLE hProvider, LPCWSTR pszScope,
                                       NCryptKeyName **ppKeyName, PVOID *ppEnumState, DWORD dwFlags)
{
    IN_PROVIDER(ksp_enum_keys(module, pszScope, ppKeyName, ppEnumState, dwFlags));
}

static rs_status export_key(const ksp_key *key, NCRYPT_KEY_HANDLE wrapping, const wchar_t *type,
                            BYTE *output, DWORD capacity, DWORD *length, DWORD flags)
{
    if ((flags & ~(DWORD)NCRYPT_SILENT_FLAG) != 0)
        return RS_BAD_FLAGS;
    if (wrapping != 0)
        return RS_NOT_SUPPORTED;
    return ksp_export_key(key, type, output, capacity, length);
}

static SECURITY_STATUS WINAPI ExportKey(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE hKey,
                                        NCRYPT_KEY_HANDLE hExportKey, LPCWSTR pszBlobType,
                                        NCryptBufferDesc *pParameterList, PBYTE pbOutput,
                                        DWORD cbOutput, DWORD *pcbResult, DWORD dwFlags)
{
    (void)pParameterList;
    IN_KEY(export_key(&key, hExportKey, pszBlobType, pbOutput, cbOutput, pcbResult, dwFlags));
}

static SECURITY_STATUS WINAPI SignHash(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE hKey,
                                       VOID *pPaddingInfo, PBYTE pbHashValue, DWORD cbHashValue,
                                       PBYTE pbSignature, DWORD cbSignature, DWORD *pcbResult,
                                       DWORD dwFlags)
{
    ksp_hash_input input = {pPaddingInfo, {pbHashValue, cbHashValue}, dwFlags};
    IN_KEY(ksp_sign_hash(module, &key, &input, pbSignature, cbSignature, pcbResult));
}

static SECURITY_STATUS WINAPI VerifySignature(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE hKey,
                                              VOID *pPaddingInfo, PBYTE pbHashValue,
                                              DWORD cbHashValue, PBYTE pbSignature,
                                              DWORD cbSignature, DWORD dwFlags)
{
    ksp_hash_input input = {pPaddingInfo, {pbHashValue, cbHashValue}, dwFlags};
    IN_KEY(ksp_verify_signature(module, &key, &input, (rs_bytes){pbSignature, cbSignature}));
}

/* Keys are made by enrollment, at the server, and end there; decryption does not exist yet. */

#define REFUSED_IN_PROVIDER IN_PROVIDER(RS_NOT_SUPPORTED)
#define REFUSED_IN_KEY IN_KEY(RS_NOT_SUPPORTED)

#pragma GCC diagnostic ignored "-Wunused-parameter"

static SECURITY_STATUS WINAPI CreatePersistedKey(NCRYPT_PROV_HANDLE hProvider,
                                                 NCRYPT_KEY_HANDLE *phKey, LPCWSTR pszAlgId,
                                                 LPCWSTR pszKeyName, DWORD dwLegacyKeySpec,
                                                 DWORD dwFlags)
{
    REFUSED_IN_PROVIDER;
}

static SECURITY_STATUS WINAPI ImportKey(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE hImportKey,
                                        LPCWSTR pszBlobType, NCryptBufferDesc *pParameterList,
                                        NCRYPT_KEY_HANDLE *phKey, PBYTE pbData, DWORD cbData,
                                        DWORD dwFlags)
{
    REFUSED_IN_PROVIDER;
}

static SECURITY_STATUS WINAPI FinalizeKey(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE hKey,
                                          DWORD dwFlags)
{
    REFUSED_IN_KEY;
}

static SECURITY_STATUS WINAPI DeleteKey(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE hKey,
                                        DWORD dwFlags)
{
    REFUSED_IN_KEY;
}

static SECURITY_STATUS WINAPI Encrypt(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE hKey,
                                      PBYTE pbInput, DWORD cbInput, VOID *pPaddingInfo,
                                      PBYTE pbOutput, DWORD cbOutput, DWORD *pcbResult,
                                      DWORD dwFlags)
{
    REFUSED_IN_KEY;
}

static SECURITY_STATUS WINAPI Decrypt(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE hKey,
                                      PBYTE pbInput, DWORD cbInput, VOID *pPaddingInfo,
                                      PBYTE pbOutput, DWORD cbOutput, DWORD *pcbResult,
                                      DWORD dwFlags)
{
    REFUSED_IN_KEY;
}

static SECURITY_STATUS WINAPI PromptUser(NCRYPT_PROV_HANDLE hProvider, NCRYPT_KEY_HANDLE hKey,
                                         LPCWSTR pszOperation, DWORD dwFlags)
{
    REFUSED_IN_KEY;
}

static SECURITY_STATUS WINAPI NotifyChangeKey(NCRYPT_PROV_HANDLE hProvider, HANDLE *phEvent,
                                              DWORD dwFlags)
{
    REFUSED_IN_PROVIDER;
}

static SECURITY_STATUS WINAPI SecretAgreement(NCRYPT_PROV_HANDLE hProvider,
                                              NCRYPT_KEY_HANDLE hPrivKey, NCRYPT_KEY_HANDLE hPubKey,
                                              NCRYPT_SECRET_HANDLE *phAgreedSecret, DWORD dwFlags)
{
    REFUSED_IN_PROVIDER;
}

static SECURITY_STATUS WINAPI DeriveKey(NCRYPT_PROV_HANDLE hProvider,
                                        NCRYPT_SECRET_HANDLE hSharedSecret, LPCWSTR pwszKDF,
                                        NCryptBufferDesc *pParameterList, PBYTE pbDerivedKey,
                                        DWORD cbDerivedKey, DWORD *pcbResult, ULONG dwFlags)
{
    REFUSED_IN_PROVIDER;
}

static SECURITY_STATUS WINAPI FreeSecret(NCRYPT_PROV_HANDLE hProvider,
                                         NCRYPT_SECRET_HANDLE hSharedSecret)
{
    REFUSED_IN_PROVIDER;
}

SECURITY_STATUS WINAPI GetKeyStorageInterface(LPCWSTR pszProviderName,
                                              RS_KEY_STORAGE_FUNCTION_TABLE **ppFunctionTable,
                                              DWORD dwFlags)
{
    static RS_KEY_STORAGE_FUNCTION_TABLE table = {
        NCRYPT_KEY_STORAGE_INTERFACE_VERSION,
        OpenProvider,
        OpenKey,
        CreatePersistedKey,
        GetProviderProperty,
        GetKeyProperty,
        SetProviderProperty,
        SetKeyProperty,
        FinalizeKey,
        DeleteKey,
        FreeProvider,
        FreeKey,
        FreeBuffer,
        Encrypt,
        Decrypt,
        IsAlgSupported,
        EnumAlgorithms,
        EnumKeys,
        ImportKey,
        ExportKey,
        SignHash,
        VerifySignature,
        PromptUser,
        NotifyChangeKey,
        SecretAgreement,
        DeriveKey,
        FreeSecret,
    };
    if (ppFunctionTable == NULL)
        return NTE_INVALID_PARAMETER;
    *ppFunctionTable = &table;
    return ERROR_SUCCESS;
}
