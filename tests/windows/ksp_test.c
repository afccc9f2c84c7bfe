/* The key storage provider by its table: what each function does, and what it refuses.
 * usage: ksp_test remotesigning-ksp.dll */
#include "ksp_api.h"

#include <stdlib.h>
#include <wchar.h>

#include <wincrypt.h>

enum { KSP_USE_UNITS = 259 }; /* as many as are kept */

static DWORD needed;
static BYTE out[4096];

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

static void interface_is_version_1(void)
{
    CHECK_EQUAL(1, ksp->Version.MajorVersion);
    CHECK_EQUAL(0, ksp->Version.MinorVersion);
    CHECK_EQUAL(sizeof(void *) == 8 ? 216 : 108, sizeof *ksp);
    void **functions = (void **)&ksp->OpenProvider;
    for (size_t i = 0; i < 26; i++)
        CHECK(functions[i] != NULL);
}

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

static void check_text(NCRYPT_PROV_HANDLE provider, NCRYPT_KEY_HANDLE key, const wchar_t *property,
                       const wchar_t *text)
{
    DWORD size = (DWORD)((wcslen(text) + 1) * sizeof(wchar_t));
    memset(out, 0xee, sizeof out);
    CASE(ERROR_SUCCESS, ksp->GetKeyProperty(provider, key, property, NULL, 0, &needed, 0));
    CHECK_EQUAL(size, needed);
    CASE(NTE_BUFFER_TOO_SMALL,
         ksp->GetKeyProperty(provider, key, property, out, size - 1, &needed, 0));
    CHECK_EQUAL(size, needed);
    CHECK_EQUAL(0xee, out[0]);
    CASE(ERROR_SUCCESS, ksp->GetKeyProperty(provider, key, property, out, size, &needed, 0));
    CHECK(wcscmp((const wchar_t *)(const void *)out, text) == 0);
    CHECK_EQUAL(0xee, out[size]);
}

static void check_number(NCRYPT_PROV_HANDLE provider, NCRYPT_KEY_HANDLE key,
                         const wchar_t *property, DWORD number)
{
    DWORD value = ~number;
    CASE(ERROR_SUCCESS,
         ksp->GetKeyProperty(provider, key, property, (PBYTE)&value, sizeof value, &needed, 0));
    CHECK_EQUAL(sizeof value, needed);
    CHECK_EQUAL(number, value);
    CASE(NTE_BUFFER_TOO_SMALL,
         ksp->GetKeyProperty(provider, key, property, out, sizeof value - 1, &needed, 0));
}

static void properties_of_an_rsa_key(void)
{
    NCRYPT_SUPPORTED_LENGTHS lengths;
    begin(RS_LOGIN_PROTECTED);
    NCRYPT_PROV_HANDLE provider = open_provider();
    NCRYPT_KEY_HANDLE key = open_key(provider, RSA_NAME);
    check_text(provider, key, NCRYPT_ALGORITHM_GROUP_PROPERTY, L"RSA");
    check_text(provider, key, NCRYPT_ALGORITHM_PROPERTY, L"RSA");
    check_text(provider, key, NCRYPT_NAME_PROPERTY, RSA_NAME);
    check_text(provider, key, NCRYPT_UNIQUE_NAME_PROPERTY, RSA_NAME);
    check_number(provider, key, NCRYPT_LENGTH_PROPERTY, 2048);
    check_number(provider, key, L"PublicKeyLength", 2048);
    check_number(provider, key, NCRYPT_BLOCK_LENGTH_PROPERTY, 256);
    check_number(provider, key, NCRYPT_EXPORT_POLICY_PROPERTY, 0);
    check_number(provider, key, NCRYPT_KEY_USAGE_PROPERTY, NCRYPT_ALLOW_SIGNING_FLAG);
    check_number(provider, key, NCRYPT_KEY_TYPE_PROPERTY, 0);
    CASE(ERROR_SUCCESS, ksp->GetKeyProperty(provider, key, NCRYPT_LENGTHS_PROPERTY, (PBYTE)&lengths,
                                            sizeof lengths, &needed, 0));
    CHECK_EQUAL(2048, lengths.dwMinLength);
    CHECK_EQUAL(2048, lengths.dwMaxLength);
    CASE(ERROR_SUCCESS, ksp->GetKeyProperty(provider, key, NCRYPT_CERTIFICATE_PROPERTY, out,
                                            sizeof out, &needed, 0));
    CHECK(needed == 10 && memcmp(out, "Sign\xc3\xa9 RSA", 10) == 0);
    CASE(ERROR_SUCCESS, ksp->GetKeyProperty(provider, key, NCRYPT_SECURITY_DESCR_PROPERTY, out,
                                            sizeof out, &needed, DACL_SECURITY_INFORMATION));
    CHECK(IsValidSecurityDescriptor(out));
    ksp->FreeKey(provider, key);
    ksp->FreeProvider(provider);
    pipe_agent_stop();
}

static void properties_of_an_ec_key(void)
{
    NCRYPT_UI_POLICY policy;
    begin(RS_LOGIN_PROTECTED);
    NCRYPT_PROV_HANDLE provider = open_provider();
    NCRYPT_KEY_HANDLE key = open_key(provider, P384_NAME);
    check_text(provider, key, NCRYPT_ALGORITHM_GROUP_PROPERTY, L"ECDSA");
    check_text(provider, key, NCRYPT_ALGORITHM_PROPERTY, L"ECDSA_P384");
    check_number(provider, key, NCRYPT_LENGTH_PROPERTY, 384);
    CASE(NTE_NOT_SUPPORTED, ksp->GetKeyProperty(provider, key, NCRYPT_BLOCK_LENGTH_PROPERTY, out,
                                                sizeof out, &needed, 0));
    CASE(ERROR_SUCCESS, ksp->GetKeyProperty(provider, key, NCRYPT_UI_POLICY_PROPERTY,
                                            (PBYTE)&policy, sizeof policy, &needed, 0));
    CHECK_EQUAL(1, policy.dwVersion);
    CHECK_EQUAL(NCRYPT_UI_PROTECT_KEY_FLAG | NCRYPT_UI_FORCE_HIGH_PROTECTION_FLAG, policy.dwFlags);
    ksp->FreeKey(provider, key);
    ksp->FreeProvider(provider);
    pipe_agent_stop();
}

static void unknown_properties_are_refused(void)
{
    static const struct {
        const wchar_t *name;
        DWORD status;
    } refused[] = {{L"CLR IsEphemeral", (DWORD)NTE_NOT_FOUND},
                   {NCRYPT_READER_PROPERTY, (DWORD)NTE_NOT_SUPPORTED},
                   {NCRYPT_SMARTCARD_GUID_PROPERTY, (DWORD)NTE_NOT_SUPPORTED},
                   {NCRYPT_PROVIDER_HANDLE_PROPERTY, (DWORD)NTE_NOT_SUPPORTED},
                   {NCRYPT_PIN_PROPERTY, (DWORD)NTE_NOT_SUPPORTED},
                   {NCRYPT_USE_CONTEXT_PROPERTY, (DWORD)NTE_NOT_FOUND},
                   {L"", (DWORD)NTE_NOT_SUPPORTED}};
    begin(RS_LOGIN_PROTECTED);
    NCRYPT_PROV_HANDLE provider = open_provider();
    NCRYPT_KEY_HANDLE key = open_key(provider, RSA_NAME);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        CASE(refused[i].status,
             ksp->GetKeyProperty(provider, key, refused[i].name, out, sizeof out, &needed, 0));
    CASE(NTE_INVALID_PARAMETER,
         ksp->GetKeyProperty(provider, key, NULL, out, sizeof out, &needed, 0));
    CASE(NTE_INVALID_PARAMETER,
         ksp->GetKeyProperty(provider, key, NCRYPT_LENGTH_PROPERTY, out, sizeof out, NULL, 0));
    CASE(NTE_BAD_FLAGS, ksp->GetKeyProperty(provider, key, NCRYPT_LENGTH_PROPERTY, out, sizeof out,
                                            &needed, 0x10));
    CASE(NTE_INVALID_HANDLE, ksp->GetKeyProperty(provider, NO_HANDLE, NCRYPT_LENGTH_PROPERTY, out,
                                                 sizeof out, &needed, 0));
    CASE(NTE_INVALID_HANDLE,
         ksp->GetKeyProperty(key, key, NCRYPT_LENGTH_PROPERTY, out, sizeof out, &needed, 0));
    CASE(NTE_NOT_SUPPORTED,
         ksp->SetKeyProperty(provider, key, NCRYPT_EXPORT_POLICY_PROPERTY, out, 4, 0));
    CASE(NTE_NOT_SUPPORTED, ksp->SetKeyProperty(provider, key, L"Unknown", out, 4, 0));
    CASE(NTE_INVALID_PARAMETER,
         ksp->SetKeyProperty(provider, key, NCRYPT_USE_CONTEXT_PROPERTY, NULL, 4, 0));
    CASE(NTE_BAD_FLAGS,
         ksp->SetKeyProperty(provider, key, NCRYPT_USE_CONTEXT_PROPERTY, out, 4, 0x100));
    ksp->FreeKey(provider, key);
    ksp->FreeProvider(provider);
    pipe_agent_stop();
}

/* One line, in UTF-8, of names that programs make up. */
static void refused_properties_are_logged(void)
{
    char line[512] = "";
    char file[MAX_PATH];
    char folder[MAX_PATH];
    wchar_t endless[400];
    REQUIRE(GetTempPathA(sizeof folder, folder) > 0);
    REQUIRE(GetTempFileNameA(folder, "log", 0, file) != 0);
    REQUIRE(SetEnvironmentVariableA("REMOTESIGNING_LOG", file));
    wmemset(endless, L'x', 399);
    endless[399] = L'\0';
    begin(RS_LOGIN_PROTECTED);
    NCRYPT_PROV_HANDLE provider = open_provider();
    CASE(NTE_NOT_SUPPORTED, ksp->GetProviderProperty(provider, L"Gr\x00f6\x00df\x4e2d\n!", out,
                                                     sizeof out, &needed, 0));
    CASE(NTE_NOT_SUPPORTED,
         ksp->GetProviderProperty(provider, endless, out, sizeof out, &needed, 0));
    ksp->FreeProvider(provider);
    pipe_agent_stop();
    REQUIRE(SetEnvironmentVariableA("REMOTESIGNING_LOG", NULL));
    FILE *log = fopen(file, "r");
    REQUIRE(log != NULL);
    CHECK(fgets(line, sizeof line, log) != NULL);
    CHECK(strstr(line, "the property \"Gr\xc3\xb6\xc3\x9f\xe4\xb8\xad?!\" is not supported") !=
          NULL);
    CHECK(fgets(line, sizeof line, log) != NULL);
    CHECK(strstr(line, "xxx\" is not supported") != NULL && strlen(line) < 200);
    CHECK(fgets(line, sizeof line, log) == NULL);
    (void)fclose(log);
    CHECK(DeleteFileA(file));
}

static void provider_properties(void)
{
    static const struct {
        const wchar_t *name;
        DWORD size;
    } known[] = {{NCRYPT_NAME_PROPERTY, sizeof L"RemoteSigning Key Storage Provider"},
                 {NCRYPT_IMPL_TYPE_PROPERTY, 4},
                 {NCRYPT_VERSION_PROPERTY, 4},
                 {NCRYPT_MAX_NAME_LENGTH_PROPERTY, 4},
                 {NCRYPT_SECURITY_DESCR_SUPPORT_PROPERTY, 4},
                 {NCRYPT_WINDOW_HANDLE_PROPERTY, sizeof(HWND)}};
    begin(RS_LOGIN_PROTECTED);
    NCRYPT_PROV_HANDLE provider = open_provider();
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        CASE(ERROR_SUCCESS, ksp->GetProviderProperty(provider, known[i].name, NULL, 0, &needed, 0));
        CHECK_EQUAL(known[i].size, needed);
        CASE(NTE_BUFFER_TOO_SMALL,
             ksp->GetProviderProperty(provider, known[i].name, out, known[i].size - 1, &needed, 0));
        CASE(ERROR_SUCCESS,
             ksp->GetProviderProperty(provider, known[i].name, out, known[i].size, &needed, 0));
    }
    CASE(NTE_NOT_SUPPORTED,
         ksp->GetProviderProperty(provider, NCRYPT_READER_PROPERTY, out, 4, &needed, 0));
    CASE(NTE_NOT_FOUND,
         ksp->GetProviderProperty(provider, NCRYPT_USE_CONTEXT_PROPERTY, out, 4, &needed, 0));
    CASE(NTE_INVALID_PARAMETER, ksp->GetProviderProperty(provider, NULL, out, 4, &needed, 0));
    CASE(NTE_INVALID_HANDLE,
         ksp->GetProviderProperty(NO_HANDLE, NCRYPT_NAME_PROPERTY, out, 4, &needed, 0));
    CASE(NTE_NOT_SUPPORTED, ksp->SetProviderProperty(provider, NCRYPT_NAME_PROPERTY, out, 4, 0));
    CASE(NTE_INVALID_HANDLE,
         ksp->SetProviderProperty(NO_HANDLE, NCRYPT_USE_CONTEXT_PROPERTY, out, 4, 0));
    ksp->FreeProvider(provider);
    pipe_agent_stop();
}

static BYTE signature[512];

static void check_signed(rs_scheme scheme, rs_hash_algorithm hash, WORD salt, size_t length)
{
    CHECK_EQUAL(scheme, script.scheme);
    CHECK_EQUAL(hash, script.hash);
    CHECK_EQUAL(salt, script.salt_length);
    CHECK_EQUAL(length, script.digest_length);
    CHECK(memcmp(script.digest, digest, length) == 0);
}

static void rsa_key_signs(void)
{
    BCRYPT_PKCS1_PADDING_INFO pkcs1 = {BCRYPT_SHA256_ALGORITHM};
    BCRYPT_PSS_PADDING_INFO pss = {BCRYPT_SHA384_ALGORITHM, 48};
    begin(RS_LOGIN_PROTECTED);
    NCRYPT_PROV_HANDLE provider = open_provider();
    NCRYPT_KEY_HANDLE key = open_key(provider, RSA_NAME);
    needed = 0;
    CASE(ERROR_SUCCESS,
         ksp->SignHash(provider, key, &pkcs1, digest, 32, NULL, 0, &needed, NCRYPT_PAD_PKCS1_FLAG));
    CHECK_EQUAL(256, needed);
    CHECK_EQUAL(0, script.signs);
    memset(signature, 0xee, sizeof signature);
    CASE(NTE_BUFFER_TOO_SMALL, ksp->SignHash(provider, key, &pkcs1, digest, 32, signature, 255,
                                             &needed, NCRYPT_PAD_PKCS1_FLAG));
    CHECK_EQUAL(256, needed);
    CHECK_EQUAL(0xee, signature[0]);
    for (unsigned twice = 1; twice <= 2; twice++) {
        CASE(ERROR_SUCCESS, ksp->SignHash(provider, key, &pkcs1, digest, 32, signature, 256,
                                          &needed, NCRYPT_PAD_PKCS1_FLAG));
        CHECK_EQUAL(256, needed);
        CHECK_EQUAL(twice, script.signs);
        CHECK(memcmp(signature, digest, 32) == 0);
        CHECK_EQUAL(0xee, signature[256]);
        check_signed(RS_RSA_PKCS1, RS_SHA256, 0, 32);
        CHECK_EQUAL(0, script.flags);
        CHECK_EQUAL(0, script.window);
    }
    CASE(ERROR_SUCCESS, ksp->SignHash(provider, key, &pss, digest, 48, signature, 512, &needed,
                                      NCRYPT_PAD_PSS_FLAG));
    CHECK_EQUAL(256, needed);
    check_signed(RS_RSA_PSS, RS_SHA384, 48, 48);
    CASE(ERROR_SUCCESS, ksp->VerifySignature(provider, key, &pss, digest, 48, signature, 256,
                                             NCRYPT_PAD_PSS_FLAG));
    signature[0] ^= 1;
    CASE(NTE_BAD_SIGNATURE, ksp->VerifySignature(provider, key, &pss, digest, 48, signature, 256,
                                                 NCRYPT_PAD_PSS_FLAG));
    CASE(NTE_BAD_SIGNATURE, ksp->VerifySignature(provider, key, &pss, digest, 48, signature, 255,
                                                 NCRYPT_PAD_PSS_FLAG));
    CASE(NTE_INVALID_PARAMETER,
         ksp->VerifySignature(provider, key, &pss, digest, 48, NULL, 256, NCRYPT_PAD_PSS_FLAG));
    CASE(NTE_BAD_FLAGS, ksp->VerifySignature(provider, key, &pss, digest, 48, signature, 256, 0));
    ksp->FreeKey(provider, key);
    ksp->FreeProvider(provider);
    pipe_agent_stop();
}

/* Without an algorithm id the program hands over the DigestInfo (RFC 8017, 9.2); nothing else is
 * signed so. */
static void rsa_key_signs_digest_infos_alone(void)
{
    static BYTE info[51] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                            0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};
    BCRYPT_PKCS1_PADDING_INFO raw = {NULL};
    begin(RS_LOGIN_PROTECTED);
    NCRYPT_PROV_HANDLE provider = open_provider();
    NCRYPT_KEY_HANDLE key = open_key(provider, RSA_NAME);
    memcpy(info + 19, digest, 32);
    CASE(ERROR_SUCCESS, ksp->SignHash(provider, key, &raw, info, sizeof info, signature, 256,
                                      &needed, NCRYPT_PAD_PKCS1_FLAG));
    check_signed(RS_RSA_PKCS1, RS_SHA256, 0, 32);
    CASE(NTE_BAD_DATA, ksp->SignHash(provider, key, &raw, digest, 36, signature, 256, &needed,
                                     NCRYPT_PAD_PKCS1_FLAG));
    CASE(NTE_BAD_DATA, ksp->SignHash(provider, key, &raw, info, sizeof info - 1, signature, 256,
                                     &needed, NCRYPT_PAD_PKCS1_FLAG));
    CHECK_EQUAL(1, script.signs);
    ksp->FreeKey(provider, key);
    ksp->FreeProvider(provider);
    pipe_agent_stop();
}

static void wrong_signature_requests_are_refused(void)
{
    BCRYPT_PKCS1_PADDING_INFO pkcs1 = {BCRYPT_SHA256_ALGORITHM};
    BCRYPT_PKCS1_PADDING_INFO md5 = {BCRYPT_MD5_ALGORITHM};
    BCRYPT_PKCS1_PADDING_INFO sha1 = {BCRYPT_SHA1_ALGORITHM};
    BCRYPT_PSS_PADDING_INFO unnamed = {NULL, 32};
    BCRYPT_PSS_PADDING_INFO salted = {BCRYPT_SHA256_ALGORITHM, 0x10000};
    begin(RS_LOGIN_PROTECTED);
    NCRYPT_PROV_HANDLE provider = open_provider();
    NCRYPT_KEY_HANDLE key = open_key(provider, RSA_NAME);
    const struct {
        DWORD status;
        void *padding;
        BYTE *hash;
        DWORD length;
        DWORD flags;
    } wrong[] = {
        {(DWORD)NTE_BAD_FLAGS, &pkcs1, digest, 32, 0},
        {(DWORD)NTE_BAD_FLAGS, &pkcs1, digest, 32, NCRYPT_PAD_PKCS1_FLAG | NCRYPT_PAD_PSS_FLAG},
        {(DWORD)NTE_BAD_FLAGS, &pkcs1, digest, 32, NCRYPT_PAD_PKCS1_FLAG | NCRYPT_PAD_OAEP_FLAG},
        {(DWORD)NTE_INVALID_PARAMETER, NULL, digest, 32, NCRYPT_PAD_PKCS1_FLAG},
        {(DWORD)NTE_INVALID_PARAMETER, NULL, digest, 32, NCRYPT_PAD_PSS_FLAG},
        {(DWORD)NTE_INVALID_PARAMETER, &pkcs1, NULL, 32, NCRYPT_PAD_PKCS1_FLAG},
        {(DWORD)NTE_INVALID_PARAMETER, &unnamed, digest, 32, NCRYPT_PAD_PSS_FLAG},
        {(DWORD)NTE_INVALID_PARAMETER, &salted, digest, 32, NCRYPT_PAD_PSS_FLAG},
        {(DWORD)NTE_BAD_LEN, &pkcs1, digest, 31, NCRYPT_PAD_PKCS1_FLAG},
        {(DWORD)NTE_BAD_LEN, &pkcs1, digest, 0, NCRYPT_PAD_PKCS1_FLAG},
        {(DWORD)NTE_BAD_ALGID, &md5, digest, 16, NCRYPT_PAD_PKCS1_FLAG},
        {(DWORD)NTE_BAD_ALGID, &sha1, digest, 20, NCRYPT_PAD_PKCS1_FLAG}, /* not of this key */
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        CASE(wrong[i].status,
             ksp->SignHash(provider, key, wrong[i].padding, wrong[i].hash, wrong[i].length,
                           signature, sizeof signature, &needed, wrong[i].flags));
    CASE(NTE_INVALID_PARAMETER, ksp->SignHash(provider, key, &pkcs1, digest, 32, signature, 256,
                                              NULL, NCRYPT_PAD_PKCS1_FLAG));
    CASE(NTE_INVALID_HANDLE, ksp->SignHash(provider, NO_HANDLE, &pkcs1, digest, 32, signature, 256,
                                           &needed, NCRYPT_PAD_PKCS1_FLAG));
    CASE(NTE_INVALID_HANDLE,
         ksp->SignHash(0, key, &pkcs1, digest, 32, signature, 256, &needed, NCRYPT_PAD_PKCS1_FLAG));
    CHECK_EQUAL(0, script.signs);
    ksp->FreeKey(provider, key);
    ksp->FreeProvider(provider);
    pipe_agent_stop();
}

static void ec_key_signs(void)
{
    static const struct {
        DWORD length;
        rs_hash_algorithm hash;
    } digests[] = {{32, RS_SHA256}, {48, RS_SHA384}, {64, RS_SHA512}};
    begin(RS_LOGIN_PROTECTED);
    NCRYPT_PROV_HANDLE provider = open_provider();
    NCRYPT_KEY_HANDLE key = open_key(provider, P256_NAME);
    for (size_t i = 0; i < 3; i++) {
        CASE(ERROR_SUCCESS, ksp->SignHash(provider, key, NULL, digest, digests[i].length, signature,
                                          64, &needed, 0));
        CHECK_EQUAL(64, needed);
        check_signed(RS_ECDSA, digests[i].hash, 0, digests[i].length);
    }
    CASE(NTE_BAD_LEN, ksp->SignHash(provider, key, NULL, digest, 33, signature, 64, &needed, 0));
    CASE(NTE_BAD_ALGID, ksp->SignHash(provider, key, NULL, digest, 20, signature, 64, &needed, 0));
    CASE(NTE_BAD_FLAGS, ksp->SignHash(provider, key, NULL, digest, 32, signature, 64, &needed,
                                      NCRYPT_PAD_PKCS1_FLAG));
    CASE(NTE_BUFFER_TOO_SMALL,
         ksp->SignHash(provider, key, NULL, digest, 32, signature, 63, &needed, 0));
    ksp->FreeKey(provider, key);
    key = open_key(provider, P384_NAME);
    CASE(ERROR_SUCCESS, ksp->SignHash(provider, key, NULL, digest, 48, NULL, 0, &needed, 0));
    CHECK_EQUAL(96, needed);
    CASE(ERROR_SUCCESS, ksp->SignHash(provider, key, NULL, digest, 48, signature, 96, &needed, 0));
    CASE(ERROR_SUCCESS, ksp->VerifySignature(provider, key, NULL, digest, 48, signature, 96, 0));
    ksp->FreeKey(provider, key);
    ksp->FreeProvider(provider);
    pipe_agent_stop();
}

/* What the agent is told of how the signer may be asked. */
static void window_and_silence_reach_the_agent(void)
{
    ULONG_PTR window = 0x1234;
    ULONG_PTR other = 0x5678;
    begin(RS_LOGIN_PROTECTED);
    NCRYPT_PROV_HANDLE provider = open_provider();
    CASE(NTE_BAD_LEN,
         ksp->SetProviderProperty(provider, NCRYPT_WINDOW_HANDLE_PROPERTY, (PBYTE)&window, 3, 0));
    CASE(ERROR_SUCCESS, ksp->SetProviderProperty(provider, NCRYPT_WINDOW_HANDLE_PROPERTY,
                                                 (PBYTE)&window, sizeof window, 0));
    NCRYPT_KEY_HANDLE key = open_key(provider, P256_NAME);
    CASE(ERROR_SUCCESS, ksp->SignHash(provider, key, NULL, digest, 32, signature, 64, &needed, 0));
    CHECK_EQUAL(window, script.window);
    CASE(ERROR_SUCCESS, ksp->SetKeyProperty(provider, key, NCRYPT_WINDOW_HANDLE_PROPERTY,
                                            (PBYTE)&other, sizeof other, NCRYPT_PERSIST_FLAG));
    CASE(ERROR_SUCCESS, ksp->SignHash(provider, key, NULL, digest, 32, signature, 64, &needed,
                                      NCRYPT_SILENT_FLAG));
    CHECK_EQUAL(other, script.window);
    CHECK_EQUAL(RS_SIGN_SILENT, script.flags);
    CASE(ERROR_SUCCESS, ksp->SetKeyProperty(provider, key, NCRYPT_USE_CONTEXT_PROPERTY,
                                            (PBYTE)L"a contract", sizeof L"a contract", 0));
    check_text(provider, key, NCRYPT_USE_CONTEXT_PROPERTY, L"a contract");
    CASE(NTE_BAD_LEN,
         ksp->SetKeyProperty(provider, key, NCRYPT_USE_CONTEXT_PROPERTY, (PBYTE)L"abc", 3, 0));
    ksp->FreeKey(provider, key);
    ksp->FreeProvider(provider);
    pipe_agent_stop();
}

static void check_use(NCRYPT_PROV_HANDLE provider, NCRYPT_KEY_HANDLE key, const char *expected)
{
    unsigned before = script.signs;
    script.use_length = 99;
    CASE(ERROR_SUCCESS, ksp->SignHash(provider, key, NULL, digest, 32, signature, 64, &needed, 0));
    CHECK_EQUAL(before + 1, script.signs);
    CHECK(script.use_length == strlen(expected) &&
          memcmp(script.use, expected, strlen(expected)) == 0);
}

/* What the program says that a signature is for; agents that cannot be told sign all the same. */
static void use_context_reaches_the_agent(void)
{
    static const wchar_t text[] = L"Vertr\x00e4ge \xd83d\xde00\xd800";
    static const char told[] = "Vertr\xc3\xa4ge \xf0\x9f\x98\x80\xef\xbf\xbd";
    wchar_t longest[KSP_USE_UNITS + 1];
    char longest_told[3 * KSP_USE_UNITS + 1] = "";
    begin(RS_LOGIN_PROTECTED);
    NCRYPT_PROV_HANDLE provider = open_provider();
    CASE(ERROR_SUCCESS, ksp->SetProviderProperty(provider, NCRYPT_USE_CONTEXT_PROPERTY,
                                                 (PBYTE)L"a contract", sizeof L"a contract", 0));
    NCRYPT_KEY_HANDLE key = open_key(provider, P256_NAME);
    check_use(provider, key, "a contract"); /* as its provider's */
    CASE(ERROR_SUCCESS, ksp->SetKeyProperty(provider, key, NCRYPT_USE_CONTEXT_PROPERTY, (PBYTE)text,
                                            sizeof text, 0));
    check_use(provider, key, told);
    script.problem = RS_DECLINED;
    CASE(NTE_USER_CANCELLED,
         ksp->SignHash(provider, key, NULL, digest, 32, signature, 64, &needed, 0));
    script.problem = 0;
    script.knows_no_use = true;
    check_use(provider, key, "");
    script.knows_no_use = false;
    for (size_t i = 0; i < KSP_USE_UNITS; i++) {
        longest[i] = 0x4e2d;
        strcat(longest_told, "\xe4\xb8\xad");
    }
    longest[KSP_USE_UNITS] = L'\0';
    CASE(ERROR_SUCCESS, ksp->SetKeyProperty(provider, key, NCRYPT_USE_CONTEXT_PROPERTY,
                                            (PBYTE)longest, sizeof longest, 0));
    check_use(provider, key, longest_told);
    CASE(ERROR_SUCCESS,
         ksp->SetKeyProperty(provider, key, NCRYPT_USE_CONTEXT_PROPERTY, (PBYTE)L"", 2, 0));
    check_use(provider, key, "");
    ksp->FreeKey(provider, key);
    ksp->FreeProvider(provider);
    pipe_agent_stop();
}

static void pin_goes_to_the_agent(void)
{
    static const wchar_t pin[] = L"12345678";
    static wchar_t long_pin[100];
    begin(RS_LOGIN_PIN);
    NCRYPT_PROV_HANDLE provider = open_provider();
    NCRYPT_KEY_HANDLE key = open_key(provider, RSA_NAME);
    CASE(ERROR_SUCCESS,
         ksp->SetKeyProperty(provider, key, NCRYPT_PIN_PROPERTY, (PBYTE)pin, sizeof pin, 0));
    CHECK(script.logins == 1 && script.pin_length == 8 && memcmp(script.pin, "12345678", 8) == 0);
    CASE(ERROR_SUCCESS, ksp->SetProviderProperty(provider, NCRYPT_PIN_PROPERTY, (PBYTE)pin,
                                                 sizeof pin - sizeof(wchar_t), 0));
    CHECK_EQUAL(2, script.logins);
    wcscpy(long_pin, pin);
    wcscpy(long_pin + sizeof pin / sizeof pin[0], L"left over");
    CASE(ERROR_SUCCESS, ksp->SetKeyProperty(provider, key, NCRYPT_PIN_PROPERTY, (PBYTE)long_pin,
                                            20 * sizeof(wchar_t), 0));
    CHECK(script.logins == 3 && script.pin_length == 8 && memcmp(script.pin, "12345678", 8) == 0);
    wmemset(long_pin, L'1', 99);
    CASE(SCARD_W_WRONG_CHV, ksp->SetKeyProperty(provider, key, NCRYPT_PIN_PROPERTY, (PBYTE)long_pin,
                                                sizeof long_pin, 0));
    CASE(SCARD_W_WRONG_CHV,
         ksp->SetKeyProperty(provider, key, NCRYPT_PIN_PROPERTY, (PBYTE)L"", sizeof L"", 0));
    CHECK_EQUAL(3, script.logins);
    script.problem = RS_PIN_INCORRECT;
    CASE(SCARD_W_WRONG_CHV,
         ksp->SetKeyProperty(provider, key, NCRYPT_PIN_PROPERTY, (PBYTE)pin, sizeof pin, 0));
    script.problem = RS_PIN_LOCKED;
    CASE(SCARD_W_CHV_BLOCKED,
         ksp->SetKeyProperty(provider, key, NCRYPT_PIN_PROPERTY, (PBYTE)pin, sizeof pin, 0));
    ksp->FreeKey(provider, key);
    ksp->FreeProvider(provider);
    pipe_agent_stop();
}

static void problems_have_their_status(void)
{
    static const struct {
        uint16_t problem;
        DWORD status;
    } problems[] = {{RS_INVALID_REQUEST, (DWORD)NTE_INVALID_PARAMETER},
                    {RS_UNSUPPORTED_ALGORITHM, (DWORD)NTE_BAD_ALGID},
                    {RS_DATA_INVALID, (DWORD)NTE_BAD_DATA},
                    {RS_DATA_LENGTH, (DWORD)NTE_BAD_LEN},
                    {RS_UNKNOWN_KEY, (DWORD)NTE_BAD_KEYSET},
                    {RS_CREDENTIAL_UNUSABLE, (DWORD)NTE_PERM},
                    {RS_NOT_SIGNED_IN, (DWORD)NTE_DEVICE_NOT_READY},
                    {RS_NOT_ALLOWED, (DWORD)NTE_PERM},
                    {RS_PIN_INCORRECT, (DWORD)SCARD_W_WRONG_CHV},
                    {RS_PIN_LOCKED, (DWORD)SCARD_W_CHV_BLOCKED},
                    {RS_DECLINED, (DWORD)NTE_USER_CANCELLED},
                    {RS_CONSENT_NEEDED, (DWORD)NTE_SILENT_CONTEXT},
                    {RS_LIMIT_REACHED, (DWORD)NTE_PERM},
                    {RS_UNAVAILABLE, (DWORD)NTE_DEVICE_NOT_READY},
                    {RS_INTERNAL, (DWORD)NTE_INTERNAL_ERROR},
                    {99, (DWORD)NTE_INTERNAL_ERROR}};
    begin(RS_LOGIN_PROTECTED);
    NCRYPT_PROV_HANDLE provider = open_provider();
    NCRYPT_KEY_HANDLE key = open_key(provider, P256_NAME);
    for (size_t i = 0; i < sizeof problems / sizeof problems[0]; i++) {
        script.problem = problems[i].problem;
        CASE(problems[i].status,
             ksp->SignHash(provider, key, NULL, digest, 32, signature, 64, &needed, 0));
    }
    script.problem = 0;
    CASE(ERROR_SUCCESS, ksp->SignHash(provider, key, NULL, digest, 32, signature, 64, &needed, 0));
    ksp->FreeKey(provider, key);
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
    RUN(keys_open_by_name);
    RUN(keys_are_listed_once);
    RUN(long_labels_are_cut_between_characters);
    RUN(keys_without_a_name_are_left_out);
    RUN(algorithms_are_listed);
    RUN(properties_of_an_rsa_key);
    RUN(properties_of_an_ec_key);
    RUN(unknown_properties_are_refused);
    RUN(refused_properties_are_logged);
    RUN(provider_properties);
    RUN(rsa_key_signs);
    RUN(rsa_key_signs_digest_infos_alone);
    RUN(wrong_signature_requests_are_refused);
    RUN(ec_key_signs);
    RUN(window_and_silence_reach_the_agent);
    RUN(use_context_reaches_the_agent);
    RUN(pin_goes_to_the_agent);
    RUN(problems_have_their_status);
    RUN(public_keys_are_exported);
    RUN(keys_are_not_made_here);
    RUN(absent_and_broken_agents);
    CHECK(FreeLibrary(library));
    return ksp_result();
}
