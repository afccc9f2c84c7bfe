#include "ksp_api.h"

RS_KEY_STORAGE_FUNCTION_TABLE *ksp;
BYTE digest[64];
volatile LONG cases;

HMODULE ksp_load(const char *path)
{
    HMODULE library = LoadLibraryA(path);
    REQUIRE(library != NULL);
    SECURITY_STATUS(WINAPI * get)
    (LPCWSTR, RS_KEY_STORAGE_FUNCTION_TABLE **, DWORD) =
        (void *)GetProcAddress(library, "GetKeyStorageInterface");
    REQUIRE(get != NULL);
    CASE(NTE_INVALID_PARAMETER, get(L"any", NULL, 0));
    REQUIRE(get(L"any", &ksp, 0) == ERROR_SUCCESS);
    for (size_t i = 0; i < sizeof digest; i++)
        digest[i] = (BYTE)(i + 1);
    return library;
}

void begin(rs_login_mode mode)
{
    script = (pipe_script){.mode = mode, .signed_in = true};
    pipe_agent_start();
}

NCRYPT_PROV_HANDLE open_provider(void)
{
    NCRYPT_PROV_HANDLE provider = 0;
    REQUIRE(ksp->OpenProvider(&provider, L"any", 0) == ERROR_SUCCESS);
    return provider;
}

NCRYPT_KEY_HANDLE open_key(NCRYPT_PROV_HANDLE provider, const wchar_t *name)
{
    NCRYPT_KEY_HANDLE key = 0;
    REQUIRE(ksp->OpenKey(provider, &key, name, 0, 0) == ERROR_SUCCESS);
    return key;
}

int ksp_result(void)
{
    fprintf(stderr, "%ld cases, %d failed checks\n", cases, (int)failed_checks);
    return failed_checks == 0 ? 0 : 1;
}
