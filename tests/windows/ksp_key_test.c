/* The provider's keys: opened, listed, exported. */
#include "ksp_api.h"
#include "ksp_test.h"

#include <wchar.h>

#include <wincrypt.h>

static DWORD needed;
static BYTE out[4096];

static void keys_open_by_name(void)
{
    NCRYPT_KEY_HANDLE key = 0;
    begin(RS_LOGIN_PROTECTED);
    NCRYPT_PROV_HANDLE provider = open_provider();
    CASE(NTE_INVALID_PARAMETER, ksp->OpenKey(provider, NULL, RSA_NAME, 0, 0));
    CASE(NTE_INVALID_PARAMETER, ksp->OpenKey(provider, &key, NULL, 0, 0));
    CASE(NTE_INVALID_HANDLE, ksp->OpenKey(NO_HANDLE, &key, RSA_NAME, 0, 0));
    CASE(NTE_BAD_KEYSET, ksp->OpenKey(provider, &key, L"nobody", 0, 0));
    CASE(NTE_BAD_KEYSET, ksp->OpenKey(provider, &key, L"", 0, 0));
    CASE(NTE_BAD_KEYSET, ksp->OpenKey(provider, &key, L"Koblitz [42424242]", 0, 0));
    CASE(NTE_BAD_KEYSET, ksp->OpenKey(provider, &key, RSA_NAME, 0, NCRYPT_MACHINE_KEY_FLAG));
    CASE(NTE_BAD_FLAGS, ksp->OpenKey(provider, &key, RSA_NAME, 0, 0x100));
    CHECK(key == 0);
    CASE(ERROR_SUCCESS, ksp->OpenKey(provider, &key, RSA_NAME, AT_SIGNATURE, NCRYPT_SILENT_FLAG));
    CASE(NTE_INVALID_HANDLE, ksp->FreeKey(provider, NO_HANDLE));
    CASE(NTE_INVALID_HANDLE, ksp->FreeKey(provider, provider));
    CASE(ERROR_SUCCESS, ksp->FreeKey(provider, key));
    CASE(NTE_INVALID_HANDLE, ksp->FreeKey(provider, key));
    key = open_key(provider, P384_NAME);
    CASE(ERROR_SUCCESS, ksp->FreeProvider(provider));
    CASE(ERROR_SUCCESS, ksp->FreeKey(provider, key)); /* after its provider */
    pipe_agent_stop();
}

static void keys_are_listed_once(void)
{
    static const wchar_t *const names[] = {RSA_NAME, P256_NAME, P384_NAME};
    static const wchar_t *const algorithms[] = {L"RSA", L"ECDSA_P256", L"ECDSA_P384"};
    NCryptKeyName *name = NULL;
    void *state = NULL;
    void *none = NULL;
    begin(RS_LOGIN_PROTECTED);
    NCRYPT_PROV_HANDLE provider = open_provider();
    CASE(NTE_INVALID_PARAMETER, ksp->EnumKeys(provider, NULL, NULL, &state, 0));
    CASE(NTE_INVALID_PARAMETER, ksp->EnumKeys(provider, NULL, &name, NULL, 0));
    CASE(NTE_INVALID_PARAMETER, ksp->EnumKeys(provider, L"\\\\.\\reader\\", &name, &state, 0));
    CASE(NTE_INVALID_HANDLE, ksp->EnumKeys(NO_HANDLE, NULL, &name, &state, 0));
    CASE(NTE_BAD_FLAGS, ksp->EnumKeys(provider, NULL, &name, &state, 0x100));
    CASE(NTE_NO_MORE_ITEMS, ksp->EnumKeys(provider, NULL, &name, &none, NCRYPT_MACHINE_KEY_FLAG));
    CHECK(state == NULL && none == NULL && name == NULL);
    for (size_t i = 0; i < 3; i++) {
        CASE(ERROR_SUCCESS, ksp->EnumKeys(provider, NULL, &name, &state, NCRYPT_SILENT_FLAG));
        CHECK(name != NULL && wcscmp(name->pszName, names[i]) == 0);
        CHECK(name != NULL && wcscmp(name->pszAlgid, algorithms[i]) == 0);
        CASE(ERROR_SUCCESS, ksp->FreeBuffer(name));
    }
    CASE(NTE_NO_MORE_ITEMS, ksp->EnumKeys(provider, NULL, &name, &state, 0));
    CASE(NTE_NO_MORE_ITEMS, ksp->EnumKeys(provider, NULL, &name, &state, 0));
    CASE(NTE_INVALID_PARAMETER, ksp->FreeBuffer(name)); /* was given back */
    CASE(NTE_INVALID_PARAMETER, ksp->FreeBuffer(NULL));
    CASE(NTE_INVALID_PARAMETER, ksp->FreeBuffer(out));
    void *wrong = out;
    CASE(NTE_INVALID_PARAMETER, ksp->EnumKeys(provider, NULL, &name, &wrong, 0));
    CASE(ERROR_SUCCESS, ksp->FreeBuffer(state));
    ksp->FreeProvider(provider);
    pipe_agent_stop();
}

/* The second key's name as it is listed, and whether it opens by that. */
static void check_second_name(const char *label, const wchar_t *expected)
{
    NCryptKeyName *name = NULL;
    NCRYPT_KEY_HANDLE key = 0;
    void *state = NULL;
    script = (pipe_script){.mode = RS_LOGIN_PROTECTED, .signed_in = true, .label = label};
    pipe_agent_start();
    NCRYPT_PROV_HANDLE provider = open_provider();
    CASE(ERROR_SUCCESS, ksp->EnumKeys(provider, NULL, &name, &state, 0));
    CASE(ERROR_SUCCESS, ksp->FreeBuffer(name));
    name = NULL;
    CASE(ERROR_SUCCESS, ksp->EnumKeys(provider, NULL, &name, &state, 0));
    CHECK(name != NULL && wcscmp(name->pszName, expected) == 0);
    CASE(ERROR_SUCCESS, ksp->FreeBuffer(name));
    CASE(ERROR_SUCCESS, ksp->FreeBuffer(state));
    CASE(ERROR_SUCCESS, ksp->OpenKey(provider, &key, expected, 0, 0));
    ksp->FreeKey(provider, key);
    ksp->FreeProvider(provider);
    pipe_agent_stop();
}

/* A name has 259 units at most: 248 of the label, never half of a surrogate pair. */
static void long_labels_are_cut_between_characters(void)
{
    enum { ROOM = 248, MARK = 11 };
    static char label[256];
    static wchar_t expected[ROOM + MARK + 1];
    memset(label, 'a', 255);
    wmemset(expected, L'a', ROOM);
    wcscpy(expected + ROOM, L" [41414141]");
    check_second_name(label, expected);
    memcpy(label + ROOM - 1, "\xf0\x9f\x94\x91", 5); /* U+1F511: two units */
    wcscpy(expected + ROOM - 1, L" [41414141]");
    check_second_name(label, expected);
}

/* Neither listed nor opened, and no obstacle to the others: too short an id for a name, a curve
 * that is not as long as the key. */
static void keys_without_a_name_are_left_out(void)
{
    NCryptKeyName *name = NULL;
    NCRYPT_KEY_HANDLE key = 0;
    void *state = NULL;
    script = (pipe_script){
        .mode = RS_LOGIN_PROTECTED, .signed_in = true, .cka_id = "AAA", .key_bits = 256};
    pipe_agent_start();
    NCRYPT_PROV_HANDLE provider = open_provider();
    CASE(ERROR_SUCCESS, ksp->EnumKeys(provider, NULL, &name, &state, 0));
    CHECK(name != NULL && wcscmp(name->pszName, RSA_NAME) == 0);
    CASE(ERROR_SUCCESS, ksp->FreeBuffer(name));
    CASE(NTE_NO_MORE_ITEMS, ksp->EnumKeys(provider, NULL, &name, &state, 0));
    CASE(ERROR_SUCCESS, ksp->FreeBuffer(state));
    CASE(NTE_BAD_KEYSET, ksp->OpenKey(provider, &key, P384_NAME, 0, 0));
    ksp->FreeProvider(provider);
    pipe_agent_stop();
}

static void public_keys_are_exported(void)
{
    begin(RS_LOGIN_PROTECTED);
    NCRYPT_PROV_HANDLE provider = open_provider();
    NCRYPT_KEY_HANDLE key = open_key(provider, RSA_NAME);
    CASE(ERROR_SUCCESS,
         ksp->ExportKey(provider, key, 0, BCRYPT_RSAPUBLIC_BLOB, NULL, NULL, 0, &needed, 0));
    CHECK_EQUAL(sizeof(BCRYPT_RSAKEY_BLOB) + 3 + 256, needed);
    CASE(NTE_BUFFER_TOO_SMALL, ksp->ExportKey(provider, key, 0, BCRYPT_RSAPUBLIC_BLOB, NULL, out,
                                              needed - 1, &needed, 0));
    CASE(ERROR_SUCCESS, ksp->ExportKey(provider, key, 0, BCRYPT_PUBLIC_KEY_BLOB, NULL, out,
                                       sizeof out, &needed, 0));
    const BCRYPT_RSAKEY_BLOB *rsa = (const BCRYPT_RSAKEY_BLOB *)(const void *)out;
    CHECK_EQUAL(BCRYPT_RSAPUBLIC_MAGIC, rsa->Magic);
    CHECK_EQUAL(2048, rsa->BitLength);
    CHECK(memcmp(rsa + 1, pipe_card->credentials[0].b.data, 3) == 0);
    CHECK(memcmp((const BYTE *)(rsa + 1) + 3, pipe_card->credentials[0].a.data, 256) == 0);
    static const wchar_t *const refused[] = {BCRYPT_RSAPRIVATE_BLOB, BCRYPT_RSAFULLPRIVATE_BLOB,
                                             BCRYPT_ECCPUBLIC_BLOB, NCRYPT_PKCS8_PRIVATE_KEY_BLOB,
                                             NCRYPT_OPAQUETRANSPORT_BLOB};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        CASE(NTE_NOT_SUPPORTED,
             ksp->ExportKey(provider, key, 0, refused[i], NULL, out, sizeof out, &needed, 0));
    CASE(NTE_NOT_SUPPORTED, ksp->ExportKey(provider, key, key, BCRYPT_RSAPUBLIC_BLOB, NULL, out,
                                           sizeof out, &needed, 0));
    CASE(NTE_INVALID_PARAMETER,
         ksp->ExportKey(provider, key, 0, NULL, NULL, out, sizeof out, &needed, 0));
    CASE(NTE_INVALID_PARAMETER,
         ksp->ExportKey(provider, key, 0, BCRYPT_RSAPUBLIC_BLOB, NULL, out, sizeof out, NULL, 0));
    CASE(NTE_INVALID_HANDLE,
         ksp->ExportKey(provider, 5, 0, BCRYPT_RSAPUBLIC_BLOB, NULL, out, sizeof out, &needed, 0));
    ksp->FreeKey(provider, key);
    key = open_key(provider, P384_NAME);
    CASE(ERROR_SUCCESS, ksp->ExportKey(provider, key, 0, BCRYPT_ECCPUBLIC_BLOB, NULL, out,
                                       sizeof out, &needed, 0));
    const BCRYPT_ECCKEY_BLOB *ec = (const BCRYPT_ECCKEY_BLOB *)(const void *)out;
    CHECK_EQUAL(sizeof *ec + 96, needed);
    CHECK_EQUAL(BCRYPT_ECDSA_PUBLIC_P384_MAGIC, ec->dwMagic);
    CHECK_EQUAL(48, ec->cbKey);
    CHECK(memcmp(ec + 1, pipe_card->credentials[3].b.data + 1, 96) == 0);
    ksp->FreeKey(provider, key);
    ksp->FreeProvider(provider);
    pipe_agent_stop();
}

void ksp_test_keys(void)
{
    RUN(keys_open_by_name);
    RUN(keys_are_listed_once);
    RUN(long_labels_are_cut_between_characters);
    RUN(keys_without_a_name_are_left_out);
    RUN(public_keys_are_exported);
}
