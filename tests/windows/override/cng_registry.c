#include "cng_registry.h"

#include <stdio.h>

#define CRYPTOGRAPHY L"SYSTEM\\CurrentControlSet\\Control\\Cryptography"

void cng_provider_path(wchar_t path[CNG_PATH_MAX], const wchar_t *provider, const wchar_t *below)
{
    swprintf(path, CNG_PATH_MAX, CRYPTOGRAPHY L"\\Providers%ls%ls%ls", *provider == 0 ? L"" : L"\\",
             provider, below);
}

void cng_function_path(wchar_t path[CNG_PATH_MAX], ULONG interface_id, const wchar_t *function)
{
    swprintf(path, CNG_PATH_MAX, CRYPTOGRAPHY L"\\Configuration\\Local\\Default\\%08lX\\%ls",
             interface_id, function);
}

LONG cng_read(const wchar_t *path, const wchar_t *name, DWORD type, void *to, DWORD size)
{
    static const DWORD kinds[] = {[REG_SZ] = RRF_RT_REG_SZ,
                                  [REG_DWORD] = RRF_RT_REG_DWORD,
                                  [REG_MULTI_SZ] = RRF_RT_REG_MULTI_SZ};
    DWORD length = size;
    return RegGetValueW(HKEY_LOCAL_MACHINE, path, name, kinds[type], NULL, to, &length);
}
