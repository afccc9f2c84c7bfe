/* The key storage provider by its table: what each function does, and what it refuses. Here what is
 * of the provider as a whole.
 * usage: ksp_test remotesigning-ksp.dll */
#include "ksp_test.h"
#include "ksp_api.h"

#include <wchar.h>

static DWORD needed;
static BYTE out[256];
static BYTE signature[64];

static void interface_is_version_1(void)
{
    CHECK_EQUAL(1, ksp->Version.MajorVersion);
    CHECK_EQUAL(0, ksp->Version.MinorVersion);
    CHECK_EQUAL(sizeof(void *) == 8 ? 216 : 108, sizeof *ksp);
    void **functions = (void **)&ksp->OpenProvider;
    for (size_t i = 0; i < 26; i++)
        CHECK(functions[i] != NULL);
}

static void providers_open_and_close(void)
{
    NCRYPT_PROV_HANDLE first = 0;
    NCRYPT_PROV_HANDLE second = 0;
    begin(RS_LOGIN_PROTECTED);
    CASE(NTE_INVALID_PARAMETER, ksp->OpenProvider(NULL, L"any", 0));
    CASE(NTE_BAD_FLAGS, ksp->OpenProvider(&first, L"any", 0x8000));
    CHECK(first == 0);
    CASE(ERROR_SUCCESS, ksp->OpenProvider(&first, L"any", NCRYPT_SILENT_FLAG));
    CASE(ERROR_SUCCESS, ksp->OpenProvider(&second, L"any", 0));
    CHECK(first != 0 && second != 0 && first != second);
    CASE(NTE_INVALID_HANDLE, ksp->FreeProvider(NO_HANDLE));
    CASE(ERROR_SUCCESS, ksp->FreeProvider(first));
    CASE(NTE_INVALID_HANDLE, ksp->FreeProvider(first));
    CASE(ERROR_SUCCESS, ksp->FreeProvider(second));
    CASE(NTE_INVALID_HANDLE, ksp->FreeProvider(second));
    CASE(NTE_INVALID_HANDLE, ksp->IsAlgSupported(second, L"RSA", 0));
    pipe_agent_stop();
}

static void algorithms_are_listed(void)
{
    static const wchar_t *const names[] = {L"RSA", L"ECDSA_P256", L"ECDSA_P384", L"ECDSA_P521"};
    NCryptAlgorithmName *list = NULL;
    DWORD count = 9;
    begin(RS_LOGIN_PROTECTED);
    NCRYPT_PROV_HANDLE provider = open_provider();
    CASE(NTE_INVALID_PARAMETER, ksp->EnumAlgorithms(provider, 0, NULL, &list, 0));
    CASE(NTE_INVALID_PARAMETER, ksp->EnumAlgorithms(provider, 0, &count, NULL, 0));
    CASE(NTE_BAD_FLAGS, ksp->EnumAlgorithms(provider, 0, &count, &list, 1));
    CASE(NTE_INVALID_HANDLE, ksp->EnumAlgorithms(NO_HANDLE, 0, &count, &list, 0));
    CASE(ERROR_SUCCESS, ksp->EnumAlgorithms(provider, 0, &count, &list, 0));
    CHECK_EQUAL(4, count);
    for (DWORD i = 0; i < 4 && count == 4; i++) {
        CHECK(wcscmp(list[i].pszName, names[i]) == 0);
        CHECK_EQUAL(NCRYPT_SIGNATURE_OPERATION, list[i].dwAlgOperations);
        CASE(ERROR_SUCCESS, ksp->IsAlgSupported(provider, names[i], 0));
    }
    CASE(ERROR_SUCCESS, ksp->FreeBuffer(list));
    CASE(ERROR_SUCCESS, ksp->EnumAlgorithms(provider, NCRYPT_CIPHER_OPERATION, &count, &list, 0));
    CHECK(count == 0 && list == NULL);
    CASE(NTE_NOT_SUPPORTED, ksp->IsAlgSupported(provider, L"AES", 0));
    CASE(NTE_NOT_SUPPORTED, ksp->IsAlgSupported(provider, L"ECDH_P256", 0));
    CASE(NTE_INVALID_PARAMETER, ksp->IsAlgSupported(provider, NULL, 0));
    CASE(NTE_BAD_FLAGS, ksp->IsAlgSupported(provider, L"RSA", 2));
    ksp->FreeProvider(provider);
    pipe_agent_stop();
}

static void keys_are_not_made_here(void)
{
    NCRYPT_KEY_HANDLE other = 0;
    HANDLE event = NULL;
    NCRYPT_SECRET_HANDLE secret = 0;
    begin(RS_LOGIN_PROTECTED);
    NCRYPT_PROV_HANDLE provider = open_provider();
    NCRYPT_KEY_HANDLE key = open_key(provider, RSA_NAME);
    CASE(NTE_NOT_SUPPORTED, ksp->CreatePersistedKey(provider, &other, L"RSA", L"mine", 0, 0));
    CASE(NTE_NOT_SUPPORTED,
         ksp->ImportKey(provider, 0, BCRYPT_RSAPRIVATE_BLOB, NULL, &other, out, sizeof out, 0));
    CASE(NTE_NOT_SUPPORTED, ksp->FinalizeKey(provider, key, 0));
    CASE(NTE_NOT_SUPPORTED, ksp->DeleteKey(provider, key, 0));
    CASE(NTE_NOT_SUPPORTED, ksp->Encrypt(provider, key, out, 32, NULL, out, 256, &needed, 0));
    CASE(NTE_NOT_SUPPORTED, ksp->Decrypt(provider, key, out, 256, NULL, out, 256, &needed, 0));
    CASE(NTE_NOT_SUPPORTED, ksp->SecretAgreement(provider, key, key, &secret, 0));
    CASE(NTE_NOT_SUPPORTED, ksp->DeriveKey(provider, 1, L"HASH", NULL, out, 32, &needed, 0));
    CASE(NTE_NOT_SUPPORTED, ksp->FreeSecret(provider, 1));
    CASE(NTE_NOT_SUPPORTED, ksp->PromptUser(provider, key, L"sign", 0));
    CASE(NTE_NOT_SUPPORTED, ksp->NotifyChangeKey(provider, &event, 0));
    CASE(NTE_INVALID_HANDLE, ksp->DeleteKey(provider, NO_HANDLE, 0));
    CASE(NTE_INVALID_HANDLE, ksp->CreatePersistedKey(9, &other, L"RSA", L"mine", 0, 0));
    CHECK(other == 0 && secret == 0 && event == NULL);
    CASE(ERROR_SUCCESS, ksp->SignHash(provider, open_key(provider, P256_NAME), NULL, digest, 32,
                                      signature, 64, &needed, 0)); /* the key is still there */
    ksp->FreeKey(provider, key);
    ksp->FreeProvider(provider);
    pipe_agent_stop();
}

static void absent_and_broken_agents(void)
{
    NCRYPT_KEY_HANDLE key = 0;
    script = (pipe_script){.mode = RS_LOGIN_PROTECTED, .signed_in = true};
    NCRYPT_PROV_HANDLE provider = open_provider();
    CASE(NTE_DEVICE_NOT_READY, ksp->OpenKey(provider, &key, RSA_NAME, 0, 0));
    pipe_agent_start();
    CASE(ERROR_SUCCESS, ksp->OpenKey(provider, &key, P256_NAME, 0, 0));
    static const pipe_fault faults[] = {PIPE_CLOSE, PIPE_CUT, PIPE_GARBAGE};
    for (size_t i = 0; i < 3; i++) {
        script.fault = faults[i];
        memset(signature, 0xee, sizeof signature);
        CASE(NTE_DEVICE_NOT_READY,
             ksp->SignHash(provider, key, NULL, digest, 32, signature, 64, &needed, 0));
        CHECK_EQUAL(0xee, signature[0]);
        CASE(ERROR_SUCCESS,
             ksp->SignHash(provider, key, NULL, digest, 32, signature, 64, &needed, 0));
    }
    CHECK_EQUAL(6, script.signs); /* none was sent again */
    pipe_agent_stop();
    CASE(NTE_DEVICE_NOT_READY,
         ksp->SignHash(provider, key, NULL, digest, 32, signature, 64, &needed, 0));
    script.signed_in = false;
    pipe_agent_start();
    NCRYPT_KEY_HANDLE none = 0;
    CASE(NTE_DEVICE_NOT_READY, ksp->OpenKey(provider, &none, P256_NAME, 0, 0));
    script.signed_in = true;
    CASE(ERROR_SUCCESS, ksp->SignHash(provider, key, NULL, digest, 32, signature, 64, &needed, 0));
    pipe_agent_stop();
    script.foreign_name = true;
    pipe_agent_start();
    CASE(NTE_DEVICE_NOT_READY,
         ksp->SignHash(provider, key, NULL, digest, 32, signature, 64, &needed, 0));
    pipe_agent_stop();
    ksp->FreeKey(provider, key);
    ksp->FreeProvider(provider);
}

int main(int count, char **arguments)
{
    HMODULE library = count == 2 ? ksp_load(arguments[1]) : NULL;
    REQUIRE(library != NULL);
    RUN(interface_is_version_1);
    RUN(providers_open_and_close);
    RUN(algorithms_are_listed);
    RUN(keys_are_not_made_here);
    RUN(absent_and_broken_agents);
    ksp_test_keys();
    ksp_test_properties();
    ksp_test_signatures();
    CHECK(FreeLibrary(library));
    return ksp_result();
}
