/* The configuration functions of bcrypt.dll, which Wine has as stubs only: they keep in the
 * registry what Windows keeps there, at the same place and in the same form:
 *
 *   HKLM\SYSTEM\CurrentControlSet\Control\Cryptography
 *     Providers\NAME\UM                                Image (REG_SZ)
 *     Providers\NAME\UM\00010001                       Flags (REG_DWORD), Functions (REG_MULTI_SZ)
 *     Configuration\Local\Default\00010001\KEY_STORAGE Providers (REG_MULTI_SZ)
 *
 * The function that the environment variable CNG_REFUSES names answers STATUS_ACCESS_DENIED. */
#include "buffer.h"
#include "cng_registry.h"

#include <stdio.h>
#include <wchar.h>

#define NTSTATUS_OF(code) ((NTSTATUS)(code))
#define DONE NTSTATUS_OF(0)
#define ACCESS_DENIED NTSTATUS_OF(0xc0000022)
#define NAME_COLLISION NTSTATUS_OF(0xc0000035)
#define NOT_FOUND NTSTATUS_OF(0xc0000225)
#define UNSUCCESSFUL NTSTATUS_OF(0xc0000001)

static bool refused(const wchar_t *function)
{
    wchar_t named[64];
    DWORD length = GetEnvironmentVariableW(L"CNG_REFUSES", named, 64);
    return length > 0 && length < 64 && wcscmp(named, function) == 0;
}

static NTSTATUS status_of(LONG error)
{
    if (error == ERROR_FILE_NOT_FOUND)
        return NOT_FOUND;
    return error == ERROR_SUCCESS ? DONE : UNSUCCESSFUL;
}

/* The texts of a REG_MULTI_SZ, each with its NUL. */
static DWORD joined(wchar_t *to, ULONG count, PWSTR *texts)
{
    DWORD length = 0;
    for (ULONG i = 0; i < count; i++) {
        wcscpy(to + length, texts[i]);
        length += (DWORD)wcslen(texts[i]) + 1;
    }
    to[length++] = 0;
    return length * (DWORD)sizeof *to;
}

static LONG set_text(HKEY key, const wchar_t *name, const wchar_t *text)
{
    return RegSetValueExW(key, name, 0, REG_SZ, (const BYTE *)text,
                          (DWORD)((wcslen(text) + 1) * sizeof *text));
}

static LONG write_interface(HKEY um, const CRYPT_INTERFACE_REG *one)
{
    wchar_t name[16];
    wchar_t functions[CNG_TEXT_MAX];
    HKEY key = NULL;
    swprintf(name, 16, L"%08lX", one->dwInterface);
    LONG error = RegCreateKeyExW(um, name, 0, NULL, 0, KEY_SET_VALUE, NULL, &key, NULL);
    if (error != ERROR_SUCCESS)
        return error;
    error = RegSetValueExW(key, L"Flags", 0, REG_DWORD, (const BYTE *)&one->dwFlags,
                           sizeof one->dwFlags);
    if (error == ERROR_SUCCESS)
        error = RegSetValueExW(key, L"Functions", 0, REG_MULTI_SZ, (const BYTE *)functions,
                               joined(functions, one->cFunctions, one->rgpszFunctions));
    (void)RegCloseKey(key);
    return error;
}

NTSTATUS WINAPI BCryptRegisterProvider(LPCWSTR provider, ULONG flags, CRYPT_PROVIDER_REG *reg)
{
    wchar_t path[CNG_PATH_MAX];
    HKEY um = NULL;
    if (refused(L"BCryptRegisterProvider"))
        return ACCESS_DENIED;
    cng_provider_path(path, provider, L"");
    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, path, 0, KEY_READ, &um) == ERROR_SUCCESS) {
        (void)RegCloseKey(um);
        if ((flags & CRYPT_OVERWRITE) == 0)
            return NAME_COLLISION;
        (void)RegDeleteTreeW(HKEY_LOCAL_MACHINE, path);
    }
    cng_provider_path(path, provider, L"\\UM");
    LONG error =
        RegCreateKeyExW(HKEY_LOCAL_MACHINE, path, 0, NULL, 0, KEY_ALL_ACCESS, NULL, &um, NULL);
    if (error != ERROR_SUCCESS)
        return status_of(error);
    error = set_text(um, L"Image", reg->pUM->pszImage);
    for (ULONG i = 0; error == ERROR_SUCCESS && i < reg->pUM->cInterfaces; i++)
        error = write_interface(um, reg->pUM->rgpInterfaces[i]);
    (void)RegCloseKey(um);
    return status_of(error);
}

NTSTATUS WINAPI BCryptUnregisterProvider(LPCWSTR provider)
{
    wchar_t path[CNG_PATH_MAX];
    if (refused(L"BCryptUnregisterProvider"))
        return ACCESS_DENIED;
    cng_provider_path(path, provider, L"");
    return status_of(RegDeleteTreeW(HKEY_LOCAL_MACHINE, path));
}

/* The list of a function's providers, without one name, then perhaps with it at the end. */
static NTSTATUS change_list(ULONG interface_id, LPCWSTR function, LPCWSTR provider, bool add)
{
    wchar_t path[CNG_PATH_MAX];
    wchar_t list[CNG_TEXT_MAX];
    wchar_t next[CNG_TEXT_MAX];
    PWSTR names[CNG_NAMES_MAX];
    ULONG kept = 0;
    bool found = false;
    cng_function_path(path, interface_id, function);
    LONG error = cng_read(path, L"Providers", REG_MULTI_SZ, list, sizeof list);
    if (error != ERROR_SUCCESS)
        return status_of(error);
    for (wchar_t *one = list; *one != 0 && kept < CNG_NAMES_MAX - 1; one += wcslen(one) + 1) {
        if (_wcsicmp(one, provider) == 0)
            found = true;
        else
            names[kept++] = one;
    }
    if (!add && !found)
        return NOT_FOUND;
    if (add)
        names[kept++] = (PWSTR)(uintptr_t)provider;
    HKEY key = NULL;
    error = RegOpenKeyExW(HKEY_LOCAL_MACHINE, path, 0, KEY_SET_VALUE, &key);
    if (error != ERROR_SUCCESS)
        return status_of(error);
    error = RegSetValueExW(key, L"Providers", 0, REG_MULTI_SZ, (const BYTE *)next,
                           joined(next, kept, names));
    (void)RegCloseKey(key);
    return status_of(error);
}

NTSTATUS WINAPI BCryptAddContextFunctionProvider(ULONG table, LPCWSTR context, ULONG interface_id,
                                                 LPCWSTR function, LPCWSTR provider, ULONG position)
{
    if (refused(L"BCryptAddContextFunctionProvider"))
        return ACCESS_DENIED;
    if (table != CRYPT_LOCAL || wcscmp(context, CRYPT_DEFAULT_CONTEXT) != 0 ||
        position != CRYPT_PRIORITY_BOTTOM)
        return UNSUCCESSFUL; /* more is not needed here */
    return change_list(interface_id, function, provider, true);
}

NTSTATUS WINAPI BCryptRemoveContextFunctionProvider(ULONG table, LPCWSTR context,
                                                    ULONG interface_id, LPCWSTR function,
                                                    LPCWSTR provider)
{
    if (refused(L"BCryptRemoveContextFunctionProvider"))
        return ACCESS_DENIED;
    if (table != CRYPT_LOCAL || wcscmp(context, CRYPT_DEFAULT_CONTEXT) != 0)
        return UNSUCCESSFUL;
    return change_list(interface_id, function, provider, false);
}

/* Whoever called this would harm every other provider. */
NTSTATUS WINAPI BCryptRemoveContextFunction(ULONG table, LPCWSTR context, ULONG interface_id,
                                            LPCWSTR function)
{
    wchar_t path[CNG_PATH_MAX];
    (void)table;
    (void)context;
    cng_function_path(path, interface_id, function);
    return status_of(RegDeleteTreeW(HKEY_LOCAL_MACHINE, path));
}

/* One buffer for a count, the pointers and the texts that follow them. CRYPT_PROVIDERS and
 * CRYPT_CONTEXT_FUNCTION_PROVIDERS have the same shape. */
static NTSTATUS answer_names(ULONG count, PWSTR *names, ULONG *length, void **answer)
{
    size_t size = sizeof(CRYPT_PROVIDERS) + count * sizeof(PWSTR);
    for (ULONG i = 0; i < count; i++)
        size += (wcslen(names[i]) + 1) * sizeof(wchar_t);
    CRYPT_PROVIDERS *all = buffer_new(size);
    if (all == NULL)
        return UNSUCCESSFUL;
    all->cProviders = count;
    all->rgpszProviders = (PWSTR *)(all + 1);
    wchar_t *text = (wchar_t *)(all->rgpszProviders + count);
    for (ULONG i = 0; i < count; i++) {
        all->rgpszProviders[i] = wcscpy(text, names[i]);
        text += wcslen(text) + 1;
    }
    *length = (ULONG)size;
    *answer = all;
    return DONE;
}

NTSTATUS WINAPI BCryptEnumRegisteredProviders(ULONG *length, CRYPT_PROVIDERS **answer)
{
    static wchar_t texts[CNG_NAMES_MAX][256];
    PWSTR names[CNG_NAMES_MAX];
    wchar_t path[CNG_PATH_MAX];
    ULONG count = 0;
    HKEY key = NULL;
    void *all = NULL;
    if (refused(L"BCryptEnumRegisteredProviders"))
        return ACCESS_DENIED;
    cng_provider_path(path, L"", L"");
    LONG error = RegOpenKeyExW(HKEY_LOCAL_MACHINE, path, 0, KEY_READ, &key);
    if (error != ERROR_SUCCESS)
        return status_of(error);
    while (count < CNG_NAMES_MAX && RegEnumKeyW(key, count, texts[count], 256) == ERROR_SUCCESS) {
        names[count] = texts[count];
        count++;
    }
    (void)RegCloseKey(key);
    NTSTATUS status = answer_names(count, names, length, &all);
    *answer = all;
    return status;
}

NTSTATUS WINAPI BCryptEnumContextFunctionProviders(ULONG table, LPCWSTR context, ULONG interface_id,
                                                   LPCWSTR function, ULONG *length,
                                                   CRYPT_CONTEXT_FUNCTION_PROVIDERS **answer)
{
    wchar_t path[CNG_PATH_MAX];
    wchar_t list[CNG_TEXT_MAX];
    PWSTR names[CNG_NAMES_MAX];
    ULONG count = 0;
    void *all = NULL;
    (void)table;
    (void)context;
    if (refused(L"BCryptEnumContextFunctionProviders"))
        return ACCESS_DENIED;
    cng_function_path(path, interface_id, function);
    LONG error = cng_read(path, L"Providers", REG_MULTI_SZ, list, sizeof list);
    if (error != ERROR_SUCCESS)
        return status_of(error);
    for (wchar_t *one = list; *one != 0 && count < CNG_NAMES_MAX; one += wcslen(one) + 1)
        names[count++] = one;
    NTSTATUS status = answer_names(count, names, length, &all);
    *answer = all;
    return status;
}

NTSTATUS WINAPI BCryptQueryProviderRegistration(LPCWSTR provider, ULONG mode, ULONG interface_id,
                                                ULONG *length, CRYPT_PROVIDER_REG **answer)
{
    /* Everything that the answer points at, in one piece. */
    struct details {
        CRYPT_PROVIDER_REG provider;
        CRYPT_IMAGE_REG image;
        CRYPT_INTERFACE_REG one;
        CRYPT_INTERFACE_REG *interfaces[1];
        PWSTR functions[CNG_NAMES_MAX];
        wchar_t path[CNG_PATH_MAX];
        wchar_t list[CNG_TEXT_MAX];
    };
    wchar_t path[CNG_PATH_MAX];
    wchar_t below[16];
    (void)mode;
    struct details *all = buffer_new(sizeof *all);
    if (all == NULL)
        return UNSUCCESSFUL;
    *all = (struct details){.one.dwInterface = interface_id, .image.cInterfaces = 1};
    all->provider.pUM = &all->image;
    all->image.pszImage = all->path;
    all->image.rgpInterfaces = all->interfaces;
    all->interfaces[0] = &all->one;
    all->one.rgpszFunctions = all->functions;
    swprintf(below, 16, L"\\UM\\%08lX", interface_id);
    cng_provider_path(path, provider, below);
    LONG error = cng_read(path, L"Functions", REG_MULTI_SZ, all->list, sizeof all->list);
    if (error == ERROR_SUCCESS)
        error = cng_read(path, L"Flags", REG_DWORD, &all->one.dwFlags, sizeof all->one.dwFlags);
    cng_provider_path(path, provider, L"\\UM");
    if (error == ERROR_SUCCESS)
        error = cng_read(path, L"Image", REG_SZ, all->path, sizeof all->path);
    for (wchar_t *one = all->list; *one != 0; one += wcslen(one) + 1)
        all->functions[all->one.cFunctions++] = one;
    *length = sizeof *all;
    *answer = &all->provider;
    if (error != ERROR_SUCCESS) {
        buffer_free(all);
        *answer = NULL;
    }
    return status_of(error);
}
