#include "property.h"

#include "algorithm.h"
#include "log.h"

#include <sddl.h>
#include <string.h>
#include <wchar.h>

/* A value on its way to the program. */
typedef struct value {
    rs_bytes bytes;
    BYTE small[64];
    void *owned; /* from LocalAlloc; NULL = nothing */
} value;

typedef rs_status key_getter(const ksp_key *key, value *to);

static rs_status put(value *to, const void *data, size_t length)
{
    memcpy(to->small, data, length);
    to->bytes = (rs_bytes){to->small, length};
    return RS_OK;
}

static rs_status put_number(value *to, DWORD number)
{
    return put(to, &number, sizeof number);
}

/* Text that outlives the call, with its NUL. */
static rs_status put_text(value *to, const wchar_t *text)
{
    to->bytes = (rs_bytes){(const uint8_t *)text, (wcslen(text) + 1) * sizeof(wchar_t)};
    return RS_OK;
}

static rs_status get_group(const ksp_key *key, value *to)
{
    return put_text(to, ksp_algorithm_of(key->credential)->group);
}

static rs_status get_algorithm(const ksp_key *key, value *to)
{
    return put_text(to, ksp_algorithm_of(key->credential)->name);
}

static rs_status get_length(const ksp_key *key, value *to)
{
    return put_number(to, key->credential->key_bits);
}

/* An existing key has one length. */
static rs_status get_lengths(const ksp_key *key, value *to)
{
    DWORD bits = key->credential->key_bits;
    NCRYPT_SUPPORTED_LENGTHS lengths = {bits, bits, 8, bits};
    return put(to, &lengths, sizeof lengths);
}

static rs_status get_block_length(const ksp_key *key, value *to)
{
    if (key->credential->key_type != RS_KEY_RSA)
        return RS_NOT_SUPPORTED; /* ECDSA has no blocks */
    return put_number(to, (DWORD)key->credential->a.length);
}

static rs_status get_name(const ksp_key *key, value *to)
{
    return put_text(to, key->name);
}

static rs_status get_export_policy(const ksp_key *key, value *to)
{
    (void)key;
    return put_number(to, 0);
}

static rs_status get_key_usage(const ksp_key *key, value *to)
{
    (void)key;
    return put_number(to, NCRYPT_ALLOW_SIGNING_FLAG);
}

static rs_status get_key_type(const ksp_key *key, value *to)
{
    (void)key;
    return put_number(to, 0); /* a user's, not the machine's */
}

static rs_status get_ui_policy(const ksp_key *key, value *to)
{
    NCRYPT_UI_POLICY policy = {.dwVersion = 1, .dwFlags = 0};
    if (key->card->mode == RS_LOGIN_PROTECTED)
        policy.dwFlags = NCRYPT_UI_PROTECT_KEY_FLAG | NCRYPT_UI_FORCE_HIGH_PROTECTION_FLAG;
    return put(to, &policy, sizeof policy);
}

/* The key is its owner's; who that is, the server knows. */
static rs_status get_security(const ksp_key *key, value *to)
{
    PSECURITY_DESCRIPTOR descriptor = NULL;
    ULONG length = 0;
    (void)key;
    if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(
            L"D:P(A;;GA;;;OW)(A;;GA;;;SY)", SDDL_REVISION_1, &descriptor, &length))
        return RS_INTERNAL;
    to->owned = descriptor;
    to->bytes = (rs_bytes){(const uint8_t *)descriptor, length};
    return RS_OK;
}

static rs_status get_certificate(const ksp_key *key, value *to)
{
    to->bytes = key->credential->certificates[0].value;
    return RS_OK;
}

static rs_status get_window(const ksp_key *key, value *to)
{
    HWND window = (HWND)(ULONG_PTR)key->settings.window;
    return put(to, &window, sizeof window);
}

static rs_status put_use_context(value *to, const ksp_settings *settings)
{
    if (settings->use_context[0] == L'\0')
        return RS_NOT_FOUND;
    return put_text(to, settings->use_context);
}

static rs_status get_use_context(const ksp_key *key, value *to)
{
    return put_use_context(to, &key->settings);
}

static const struct {
    const wchar_t *name;
    key_getter *get;
} key_properties[] = {
    {NCRYPT_ALGORITHM_GROUP_PROPERTY, get_group},
    {NCRYPT_ALGORITHM_PROPERTY, get_algorithm},
    {NCRYPT_LENGTH_PROPERTY, get_length},
    {L"PublicKeyLength", get_length},
    {NCRYPT_LENGTHS_PROPERTY, get_lengths},
    {NCRYPT_BLOCK_LENGTH_PROPERTY, get_block_length},
    {NCRYPT_NAME_PROPERTY, get_name},
    {NCRYPT_UNIQUE_NAME_PROPERTY, get_name},
    {NCRYPT_EXPORT_POLICY_PROPERTY, get_export_policy},
    {NCRYPT_KEY_USAGE_PROPERTY, get_key_usage},
    {NCRYPT_KEY_TYPE_PROPERTY, get_key_type},
    {NCRYPT_UI_POLICY_PROPERTY, get_ui_policy},
    {NCRYPT_SECURITY_DESCR_PROPERTY, get_security},
    {NCRYPT_CERTIFICATE_PROPERTY, get_certificate},
    {NCRYPT_WINDOW_HANDLE_PROPERTY, get_window},
    {NCRYPT_USE_CONTEXT_PROPERTY, get_use_context},
};

enum { LOGGED_UNITS = 60 }; /* in UTF-8 they fit into a line of the log */

/* Of what programs also ask for: .NET takes "not found" of this one as "no". */
static rs_status refuse(const wchar_t *name)
{
    char text[4 * LOGGED_UNITS];
    char shown[RS_PRINTABLE_SIZE];
    int length = WideCharToMultiByte(CP_UTF8, 0, name, (int)wcsnlen(name, LOGGED_UNITS), text,
                                     sizeof text, NULL, NULL);
    rs_log("the property \"%s\" is not supported",
           rs_printable((rs_bytes){(const uint8_t *)text, (size_t)length}, shown));
    return wcscmp(name, L"CLR IsEphemeral") == 0 ? RS_NOT_FOUND : RS_NOT_SUPPORTED;
}

static rs_status answer(const value *from, BYTE *output, DWORD capacity, DWORD *length)
{
    *length = (DWORD)from->bytes.length;
    if (output == NULL)
        return RS_OK;
    if (capacity < from->bytes.length)
        return RS_BUFFER_TOO_SMALL;
    memcpy(output, from->bytes.data, from->bytes.length);
    return RS_OK;
}

/* The security information bits say which parts of a descriptor are meant. */
static rs_status check(const wchar_t *name, const DWORD *length, DWORD flags)
{
    DWORD known = NCRYPT_SILENT_FLAG | NCRYPT_PERSIST_ONLY_FLAG;
    if (name == NULL || length == NULL)
        return RS_INVALID_REQUEST;
    if (wcscmp(name, NCRYPT_SECURITY_DESCR_PROPERTY) == 0)
        known |= OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION |
                 DACL_SECURITY_INFORMATION | SACL_SECURITY_INFORMATION;
    return (flags & ~known) == 0 ? RS_OK : RS_BAD_FLAGS;
}

rs_status ksp_get_key_property(const ksp_key *key, const wchar_t *name, BYTE *output,
                               DWORD capacity, DWORD *length, DWORD flags)
{
    value found = {.owned = NULL};
    rs_status status = check(name, length, flags);
    if (status != RS_OK)
        return status;
    for (size_t i = 0; i < sizeof key_properties / sizeof key_properties[0]; i++) {
        if (wcscmp(key_properties[i].name, name) != 0)
            continue;
        status = key_properties[i].get(key, &found);
        if (status == RS_OK)
            status = answer(&found, output, capacity, length);
        (void)LocalFree(found.owned);
        return status;
    }
    return refuse(name);
}

static rs_status provider_value(const ksp_settings *settings, const wchar_t *name, value *to)
{
    HWND window = (HWND)(ULONG_PTR)settings->window;
    if (wcscmp(name, NCRYPT_NAME_PROPERTY) == 0)
        return put_text(to, KSP_NAME);
    if (wcscmp(name, NCRYPT_IMPL_TYPE_PROPERTY) == 0)
        return put_number(to, NCRYPT_IMPL_HARDWARE_FLAG);
    if (wcscmp(name, NCRYPT_VERSION_PROPERTY) == 0)
        return put_number(to, RS_VERSION_MAJOR << 16 | RS_VERSION_MINOR);
    if (wcscmp(name, NCRYPT_MAX_NAME_LENGTH_PROPERTY) == 0)
        return put_number(to, KSP_TEXT_MAX - 1);
    if (wcscmp(name, NCRYPT_SECURITY_DESCR_SUPPORT_PROPERTY) == 0)
        return put_number(to, 0);
    if (wcscmp(name, NCRYPT_WINDOW_HANDLE_PROPERTY) == 0)
        return put(to, &window, sizeof window);
    if (wcscmp(name, NCRYPT_USE_CONTEXT_PROPERTY) == 0)
        return put_use_context(to, settings);
    return refuse(name);
}

rs_status ksp_get_provider_property(ksp_module *module, NCRYPT_PROV_HANDLE provider,
                                    const wchar_t *name, BYTE *output, DWORD capacity,
                                    DWORD *length, DWORD flags)
{
    value found = {.owned = NULL};
    ksp_settings settings;
    rs_status status = check(name, length, flags);
    if (status == RS_OK)
        status = ksp_get_settings(module, provider, &settings);
    if (status == RS_OK)
        status = provider_value(&settings, name, &found);
    if (status == RS_OK)
        status = answer(&found, output, capacity, length);
    return status;
}

static rs_status set_window(ksp_settings *settings, rs_bytes given)
{
    ULONG_PTR window = 0;
    if (given.length != sizeof window)
        return RS_DATA_LENGTH;
    memcpy(&window, given.data, sizeof window);
    settings->window = window;
    return RS_OK;
}

static rs_status set_use_context(ksp_settings *settings, rs_bytes given)
{
    size_t units = given.length / sizeof(wchar_t);
    if (given.length % sizeof(wchar_t) != 0)
        return RS_DATA_LENGTH;
    units = units < KSP_TEXT_MAX ? units : KSP_TEXT_MAX - 1; /* shown to a person: cut to fit */
    memcpy(settings->use_context, given.data, units * sizeof(wchar_t));
    settings->use_context[units] = L'\0';
    return RS_OK;
}

/* The PIN goes to the agent at once and is verified; nothing of it stays in this process. It comes
 * as text up to its NUL; what a program's buffer holds after that is not part of it. */
static rs_status log_in(ksp_module *module, rs_bytes given)
{
    uint8_t pin[4 * RS_PIN_MAX];
    const wchar_t *text = (const wchar_t *)(const void *)given.data;
    size_t units = wcsnlen(text, given.length / sizeof(wchar_t));
    if (given.length % sizeof(wchar_t) != 0 || units == 0 || units > RS_PIN_MAX)
        return RS_PIN_INCORRECT;
    int length = WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, text, (int)units, (char *)pin,
                                     sizeof pin, NULL, NULL);
    rs_status status = RS_PIN_INCORRECT;
    if (length > 0 && length <= RS_PIN_MAX)
        status = rs_agent_login(ksp_agent(module), (rs_bytes){pin, (size_t)length});
    SecureZeroMemory(pin, sizeof pin);
    return status;
}

rs_status ksp_set_property(ksp_module *module, ULONG_PTR handle, const wchar_t *name,
                           rs_bytes given, DWORD flags)
{
    ksp_settings settings;
    if (name == NULL || given.data == NULL)
        return RS_INVALID_REQUEST;
    if ((flags & ~(DWORD)(NCRYPT_SILENT_FLAG | NCRYPT_PERSIST_FLAG | NCRYPT_PERSIST_ONLY_FLAG)) !=
        0)
        return RS_BAD_FLAGS;
    if (wcscmp(name, NCRYPT_PIN_PROPERTY) == 0)
        return log_in(module, given);
    rs_status status = ksp_get_settings(module, handle, &settings);
    if (status != RS_OK)
        return status;
    if (wcscmp(name, NCRYPT_WINDOW_HANDLE_PROPERTY) == 0)
        status = set_window(&settings, given);
    else if (wcscmp(name, NCRYPT_USE_CONTEXT_PROPERTY) == 0)
        status = set_use_context(&settings, given);
    else
        return refuse(name);
    return status == RS_OK ? ksp_set_settings(module, handle, &settings) : status;
}
