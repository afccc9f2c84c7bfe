/* Properties of the provider and of its keys; among them the PIN, the window and the use of a
 * signature, which go to the agent. */
#include "ksp_api.h"
#include "ksp_test.h"

#include <stdlib.h>
#include <wchar.h>

enum { KSP_USE_UNITS = 259 }; /* as many as are kept */

static DWORD needed;
static BYTE out[4096];
static BYTE signature[64];

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

void ksp_test_properties(void)
{
    RUN(properties_of_an_rsa_key);
    RUN(properties_of_an_ec_key);
    RUN(unknown_properties_are_refused);
    RUN(refused_properties_are_logged);
    RUN(provider_properties);
    RUN(window_and_silence_reach_the_agent);
    RUN(use_context_reaches_the_agent);
    RUN(pin_goes_to_the_agent);
}
