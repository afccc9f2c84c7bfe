/* The command that registers the key storage provider, seen from outside: what it says, its exit
 * code, and what is in the registry afterwards. Needs the stand-in for bcrypt.dll, which keeps the
 * configuration of CNG as Windows does.
 * usage: registration_test card-register.exe KSP-64-BIT.dll KSP-32-BIT.dll */
#include "cng_registry.h"
#include "name.h"
#include "test.h"

#include <stdlib.h>
#include <wchar.h>

#include <ncrypt.h>

#define CRYPTOGRAPHY L"SYSTEM\\CurrentControlSet\\Control\\Cryptography"
#define LIST CRYPTOGRAPHY L"\\Configuration\\Local\\Default\\00010001\\KEY_STORAGE"
#define OURS CRYPTOGRAPHY L"\\Providers\\" KSP_NAME
#define THEIRS L"Other Key Storage Provider"

enum { ALL = 65536, SAID = 8192 };

static const char *command;
static const char *built[2];
static wchar_t placed[2][MAX_PATH];
static char said[SAID];

/* Runs the command with its arguments; what it says is in `said`. */
static DWORD run(const char *arguments)
{
    char line[1024];
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
    HANDLE from = NULL;
    HANDLE to = NULL;
    DWORD length = 0;
    DWORD got = 0;
    DWORD code = 0;
    PROCESS_INFORMATION process;
    REQUIRE(CreatePipe(&from, &to, &inherited, SAID));
    REQUIRE(SetHandleInformation(from, HANDLE_FLAG_INHERIT, 0));
    STARTUPINFOA start = {.cb = sizeof start, .dwFlags = STARTF_USESTDHANDLES};
    start.hStdOutput = to;
    start.hStdError = to;
    snprintf(line, sizeof line, "\"%s\" %s", command, arguments);
    REQUIRE(CreateProcessA(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &start, &process));
    (void)CloseHandle(to);
    while (length < SAID - 1 && ReadFile(from, said + length, SAID - 1 - length, &got, NULL))
        length += got;
    said[length] = 0;
    (void)CloseHandle(from);
    REQUIRE(WaitForSingleObject(process.hProcess, INFINITE) == WAIT_OBJECT_0);
    REQUIRE(GetExitCodeProcess(process.hProcess, &code));
    (void)CloseHandle(process.hThread);
    (void)CloseHandle(process.hProcess);
    return code;
}

/* Runs it so that the function of Windows is refused as to a user who is not elevated. */
static DWORD run_refused(const char *function, const char *arguments)
{
    REQUIRE(SetEnvironmentVariableA("CNG_REFUSES", function));
    DWORD code = run(arguments);
    REQUIRE(SetEnvironmentVariableA("CNG_REFUSES", NULL));
    return code;
}

#define CHECK_SAID(text)                                                                           \
    do {                                                                                           \
        if (strstr(said, text) == NULL) {                                                          \
            fprintf(stderr, "%s:%d: %s: not said: %s\n--- but:\n%s---\n", __FILE__, __LINE__,      \
                    __func__, text, said);                                                         \
            failed_checks++;                                                                       \
        }                                                                                          \
    } while (0)

static void set(const wchar_t *path, const wchar_t *name, DWORD type, const void *data, DWORD size)
{
    HKEY key = NULL;
    REQUIRE(RegCreateKeyExW(HKEY_LOCAL_MACHINE, path, 0, NULL, 0, KEY_SET_VALUE, NULL, &key,
                            NULL) == ERROR_SUCCESS);
    REQUIRE(RegSetValueExW(key, name, 0, type, data, size) == ERROR_SUCCESS);
    (void)RegCloseKey(key);
}

static void set_entry(const wchar_t *provider, const wchar_t *image)
{
    wchar_t path[CNG_PATH_MAX];
    DWORD flags = 1;
    cng_provider_path(path, provider, L"\\UM");
    set(path, L"Image", REG_SZ, image, (DWORD)((wcslen(image) + 1) * sizeof *image));
    cng_provider_path(path, provider, L"\\UM\\00010001");
    set(path, L"Flags", REG_DWORD, &flags, sizeof flags);
    set(path, L"Functions", REG_MULTI_SZ, L"KEY_STORAGE\0", 13 * sizeof(wchar_t));
}

/* All of a key: every value and every key below, each on a line. */
static void append_tree(const wchar_t *path, wchar_t *all)
{
    wchar_t name[256];
    HKEY key = NULL;
    REQUIRE(RegOpenKeyExW(HKEY_LOCAL_MACHINE, path, 0, KEY_READ, &key) == ERROR_SUCCESS);
    for (DWORD i = 0;; i++) {
        BYTE data[CNG_TEXT_MAX];
        DWORD length = 256;
        DWORD size = sizeof data;
        DWORD type = 0;
        if (RegEnumValueW(key, i, name, &length, NULL, &type, data, &size) != ERROR_SUCCESS)
            break;
        swprintf(all + wcslen(all), ALL - wcslen(all), L"%ls %ls %lu ", path, name, type);
        for (DWORD j = 0; j < size; j++)
            swprintf(all + wcslen(all), ALL - wcslen(all), L"%02x", data[j]);
        REQUIRE(wcslen(all) < ALL - 2);
        wcscat(all, L"\n");
    }
    for (DWORD i = 0; RegEnumKeyW(key, i, name, 256) == ERROR_SUCCESS; i++) {
        wchar_t below[CNG_PATH_MAX];
        swprintf(below, CNG_PATH_MAX, L"%ls\\%ls", path, name);
        append_tree(below, all);
    }
    (void)RegCloseKey(key);
}

static wchar_t *snapshot(void)
{
    wchar_t *all = calloc(ALL, sizeof *all);
    REQUIRE(all != NULL);
    append_tree(CRYPTOGRAPHY, all);
    return all;
}

static void check_same(const wchar_t *before)
{
    wchar_t *now = snapshot();
    CHECK(wcscmp(before, now) == 0);
    free(now);
}

static void place_libraries(const char *for_64_bits, const char *for_32_bits)
{
    const char *from[] = {for_64_bits, for_32_bits};
    for (int i = 0; i < 2; i++) {
        char to[MAX_PATH];
        (void)DeleteFileW(placed[i]);
        snprintf(to, sizeof to, "%ls", placed[i]);
        REQUIRE(from[i] == NULL || CopyFileA(from[i], to, FALSE));
    }
}

/* Two other providers, in both places; nothing of ours in the registry, all of it on the disk. */
static void begin(void)
{
    static const wchar_t list[] = MS_KEY_STORAGE_PROVIDER L"\0" THEIRS L"\0";
    (void)RegDeleteTreeW(HKEY_LOCAL_MACHINE, OURS);
    set_entry(MS_KEY_STORAGE_PROVIDER, L"ncryptprov.dll");
    set_entry(THEIRS, L"other.dll");
    set(LIST, L"Providers", REG_MULTI_SZ, list, sizeof list);
    place_libraries(built[0], built[1]);
}

static void check_registered(void)
{
    static const wchar_t list[] = MS_KEY_STORAGE_PROVIDER L"\0" THEIRS L"\0" KSP_NAME L"\0";
    wchar_t found[CNG_TEXT_MAX] = L"";
    DWORD flags = 0;
    CHECK_EQUAL(ERROR_SUCCESS, cng_read(OURS L"\\UM", L"Image", REG_SZ, found, sizeof found));
    CHECK(wcscmp(found, KSP_IMAGE) == 0);
    CHECK_EQUAL(ERROR_SUCCESS,
                cng_read(OURS L"\\UM\\00010001", L"Functions", REG_MULTI_SZ, found, sizeof found));
    CHECK(memcmp(found, L"KEY_STORAGE\0", 13 * sizeof(wchar_t)) == 0);
    CHECK_EQUAL(ERROR_SUCCESS,
                cng_read(OURS L"\\UM\\00010001", L"Flags", REG_DWORD, &flags, sizeof flags));
    CHECK_EQUAL(CRYPT_MIN_DEPENDENCIES, flags);
    CHECK_EQUAL(ERROR_SUCCESS, cng_read(LIST, L"Providers", REG_MULTI_SZ, found, sizeof found));
    CHECK(memcmp(found, list, sizeof list) == 0);
}

static void registration_comes_and_goes_beside_others(void)
{
    begin();
    wchar_t *before = snapshot();
    CHECK_EQUAL(3, run("status"));
    CHECK_SAID("registered      NO");
    CHECK_SAID("listed          NO, 2 other");
    check_same(before);

    CHECK_EQUAL(0, run("install"));
    CHECK_SAID("RemoteSigning Key Storage Provider is registered.");
    check_registered();
    CHECK_EQUAL(0, run("status"));
    CHECK_SAID("registered      yes, with the library remotesigning-ksp.dll");
    CHECK_SAID("listed          yes, place 3 of 3");

    CHECK_EQUAL(0, run("remove"));
    CHECK_SAID("is not registered any more");
    check_same(before);
    CHECK_EQUAL(0, run("remove"));
    CHECK_SAID("was not registered; nothing was changed");
    check_same(before);
    free(before);
}

static void second_installation_changes_nothing(void)
{
    begin();
    CHECK_EQUAL(0, run("install"));
    wchar_t *once = snapshot();
    CHECK_EQUAL(0, run("install"));
    CHECK_SAID("was registered already; nothing was changed");
    check_same(once);
    free(once);
}

static void only_listed(void)
{
    static const wchar_t list[] = MS_KEY_STORAGE_PROVIDER L"\0" THEIRS L"\0" KSP_NAME L"\0";
    set(LIST, L"Providers", REG_MULTI_SZ, list, sizeof list);
}

static void only_entered(void)
{
    set_entry(KSP_NAME, KSP_IMAGE);
}

static void wrong_library(void)
{
    set_entry(KSP_NAME, L"older.dll");
    only_listed();
}

static void not_for_key_storage(void)
{
    set(OURS L"\\UM", L"Image", REG_SZ, KSP_IMAGE, sizeof KSP_IMAGE);
    only_listed();
}

static void half_registrations_are_told_repaired_and_removed(void)
{
    static const struct {
        void (*make)(void);
        const char *status;
    } states[] = {{only_listed, "registered      NO"},
                  {only_entered, "listed          NO"},
                  {wrong_library, "registered      WRONG: with the library older.dll"},
                  {not_for_key_storage, "registered      WRONG: not for key storage"}};
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        begin();
        wchar_t *without = snapshot();
        states[i].make();
        CHECK_EQUAL(4, run("status"));
        CHECK_SAID(states[i].status);
        CHECK_EQUAL(0, run("install"));
        CHECK_SAID("by half or wrongly; that is repaired");
        check_registered();
        begin();
        states[i].make();
        CHECK_EQUAL(0, run("remove"));
        CHECK_SAID("is not registered any more");
        check_same(without);
        free(without);
    }
}

static void library_has_to_be_there(void)
{
    begin();
    wchar_t *before = snapshot();
    place_libraries(NULL, built[1]);
    CHECK_EQUAL(1, run("install"));
    CHECK_SAID("The 64-bit library of the provider cannot be used. MISSING: C:\\windows\\system32\\"
               "remotesigning-ksp.dll");
    place_libraries(built[0], NULL);
    CHECK_EQUAL(1, run("install"));
    CHECK_SAID("The 32-bit library of the provider cannot be used. MISSING: C:\\windows\\syswow64\\"
               "remotesigning-ksp.dll");
    place_libraries(built[1], built[0]);
    CHECK_EQUAL(1, run("install"));
    CHECK_SAID("WRONG FILE, no library for 64-bit programs");
    CHECK_SAID("The registration is as it was before.");
    check_same(before);
    free(before);

    place_libraries(built[0], built[1]);
    CHECK_EQUAL(0, run("install"));
    place_libraries(built[0], built[0]);
    CHECK_EQUAL(4, run("status"));
    CHECK_SAID("WRONG FILE, no library for 32-bit programs");
    place_libraries(NULL, NULL);
    CHECK_EQUAL(0, run("remove")); /* the files may go first */
}

static void truncated_library_is_none(void)
{
    begin();
    for (DWORD length = 0; length < 256; length += 51) {
        static const BYTE start[256] = {'M', 'Z', [60] = 252};
        DWORD written = 0;
        HANDLE file = CreateFileW(placed[0], GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
        REQUIRE(WriteFile(file, start, length, &written, NULL));
        (void)CloseHandle(file);
        CHECK_EQUAL(1, run("install"));
        CHECK_SAID("WRONG FILE, no library for 64-bit programs");
    }
}

static void refused_installation_leaves_all_as_it_was(void)
{
    static const char *const functions[] = {
        "BCryptEnumRegisteredProviders", "BCryptEnumContextFunctionProviders",
        "BCryptRegisterProvider", "BCryptAddContextFunctionProvider"};
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        begin();
        wchar_t *before = snapshot();
        CHECK_EQUAL(1, run_refused(functions[i], "install"));
        CHECK_SAID(functions[i]);
        CHECK_SAID("NTSTATUS 0xc0000022");
        CHECK_SAID("Run as administrator");
        CHECK_SAID("The registration is as it was before.");
        check_same(before);
        free(before);
    }
    begin();
    set_entry(KSP_NAME, L"older.dll");
    wchar_t *before = snapshot();
    CHECK_EQUAL(1, run_refused("BCryptAddContextFunctionProvider", "install"));
    check_same(before);
    free(before);
}

static void repair_of_an_unreadable_entry_is_told_when_it_stays(void)
{
    begin();
    set(OURS L"\\UM", L"Image", REG_SZ, KSP_IMAGE, sizeof KSP_IMAGE);
    CHECK_EQUAL(1, run_refused("BCryptAddContextFunctionProvider", "install"));
    CHECK_SAID("could not be taken back (NTSTATUS 0xc0000225): run \"card-register remove\"");
    CHECK_EQUAL(0, run("remove"));
}

static void list_of_windows_is_never_made_or_removed(void)
{
    begin();
    REQUIRE(RegDeleteTreeW(HKEY_LOCAL_MACHINE, LIST) == ERROR_SUCCESS);
    wchar_t *before = snapshot();
    CHECK_EQUAL(1, run("install"));
    CHECK_SAID("Windows has no list of key storage providers");
    check_same(before);
    CHECK_EQUAL(0, run("remove"));
    check_same(before);
    free(before);

    CHECK_EQUAL(1, run_refused("BCryptUnregisterProvider", "install"));
    CHECK_SAID("could not be taken back (NTSTATUS 0xc0000022): run \"card-register remove\"");
    CHECK_EQUAL(0, run("remove"));

    begin();
    set(LIST, L"Providers", REG_MULTI_SZ, L"", sizeof(wchar_t));
    before = snapshot();
    CHECK_EQUAL(0, run("install"));
    CHECK_EQUAL(0, run("remove"));
    check_same(before); /* empty, but there */
    free(before);
}

static void refused_removal_says_what_to_do(void)
{
    begin();
    CHECK_EQUAL(0, run("install"));
    CHECK_EQUAL(1, run_refused("BCryptRemoveContextFunctionProvider", "remove"));
    CHECK_SAID("could not take the provider out of the list");
    CHECK_SAID("Run as administrator");
    check_registered();
    CHECK_EQUAL(1, run_refused("BCryptUnregisterProvider", "remove"));
    CHECK_SAID("could not unregister the provider");
    CHECK_EQUAL(4, run("status"));
    CHECK_EQUAL(0, run("remove"));
    CHECK_EQUAL(3, run("status"));
}

static void wrong_usage_is_told(void)
{
    static const char *const wrong[] = {"", "register", "install now", "--install", "Install"};
    begin();
    wchar_t *before = snapshot();
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        CHECK_EQUAL(2, run(wrong[i]));
        CHECK_SAID("usage: card-register install|remove|status");
    }
    CHECK_EQUAL(0, run("--help"));
    CHECK_SAID("usage: card-register install|remove|status");
    check_same(before);
    free(before);
}

int main(int count, char **arguments)
{
    REQUIRE(count == 4);
    command = arguments[1];
    built[0] = arguments[2];
    built[1] = arguments[3];
    REQUIRE(GetSystemDirectoryW(placed[0], MAX_PATH - 64) != 0);
    REQUIRE(GetSystemWow64DirectoryW(placed[1], MAX_PATH - 64) != 0);
    wcscat(placed[0], L"\\" KSP_IMAGE);
    wcscat(placed[1], L"\\" KSP_IMAGE);
    RUN(registration_comes_and_goes_beside_others);
    RUN(second_installation_changes_nothing);
    RUN(half_registrations_are_told_repaired_and_removed);
    RUN(library_has_to_be_there);
    RUN(truncated_library_is_none);
    RUN(refused_installation_leaves_all_as_it_was);
    RUN(repair_of_an_unreadable_entry_is_told_when_it_stays);
    RUN(list_of_windows_is_never_made_or_removed);
    RUN(refused_removal_says_what_to_do);
    RUN(wrong_usage_is_told);
    begin();
    (void)run("install"); /* for the tests of programs that come after */
    return failed_checks == 0 ? 0 : 1;
}
