#include "provider.h"

#include "cng_registry.h"
#include "software.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

enum { LOADED_MAX = 16, OBJECTS_MAX = 1024 };

static SRWLOCK guard = SRWLOCK_INIT;
static provider_table *loaded[LOADED_MAX];
static object *objects[OBJECTS_MAX];

void trace(const char *format, ...)
{
    wchar_t path[MAX_PATH];
    char line[1024];
    DWORD written = 0;
    va_list arguments;
    if (GetEnvironmentVariableW(L"NCRYPT_LOG", path, MAX_PATH) == 0)
        return;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line - 1, format, arguments);
    va_end(arguments);
    length = length < (int)sizeof line - 1 ? length : (int)sizeof line - 2;
    line[length++] = '\n';
    HANDLE file = CreateFileW(path, FILE_APPEND_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                              OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    (void)WriteFile(file, line, (DWORD)length, &written, NULL);
    (void)CloseHandle(file);
}

static bool is_listed(const wchar_t *name)
{
    wchar_t path[CNG_PATH_MAX];
    wchar_t list[CNG_TEXT_MAX];
    cng_function_path(path, 0x00010001, L"KEY_STORAGE");
    if (cng_read(path, L"Providers", REG_MULTI_SZ, list, sizeof list) != ERROR_SUCCESS)
        return false;
    for (const wchar_t *one = list; *one != 0; one += wcslen(one) + 1) {
        if (_wcsicmp(one, name) == 0)
            return true;
    }
    return false;
}

static bool stores_keys(const wchar_t *name)
{
    wchar_t path[CNG_PATH_MAX];
    wchar_t functions[CNG_TEXT_MAX];
    cng_provider_path(path, name, L"\\UM\\00010001");
    return cng_read(path, L"Functions", REG_MULTI_SZ, functions, sizeof functions) ==
               ERROR_SUCCESS &&
           wcscmp(functions, L"KEY_STORAGE") == 0;
}

static void remember(provider_table *table)
{
    AcquireSRWLockExclusive(&guard);
    for (int i = 0; i < LOADED_MAX; i++) {
        if (loaded[i] == NULL || loaded[i] == table) {
            loaded[i] = table;
            break;
        }
    }
    ReleaseSRWLockExclusive(&guard);
}

SECURITY_STATUS provider_find(const wchar_t *name, provider_table **table)
{
    typedef SECURITY_STATUS(WINAPI * function)(LPCWSTR, RS_KEY_STORAGE_FUNCTION_TABLE **, DWORD);
    wchar_t path[CNG_PATH_MAX];
    wchar_t image[MAX_PATH];
    RS_KEY_STORAGE_FUNCTION_TABLE *found = NULL;
    if (_wcsicmp(name, MS_KEY_STORAGE_PROVIDER) == 0) {
        *table = &software_provider;
        return ERROR_SUCCESS;
    }
    cng_provider_path(path, name, L"\\UM");
    if (!is_listed(name) || !stores_keys(name) ||
        cng_read(path, L"Image", REG_SZ, image, sizeof image) != ERROR_SUCCESS)
        return NTE_PROV_TYPE_NOT_DEF;
    HMODULE library = LoadLibraryExW(image, NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
    if (library == NULL)
        return NTE_PROV_DLL_NOT_FOUND;
    function get = (function)(void *)GetProcAddress(library, "GetKeyStorageInterface");
    SECURITY_STATUS status = get == NULL ? NTE_PROVIDER_DLL_FAIL : get(name, &found, 0);
    trace("load %ls as %ls: 0x%08lx", image, name, (unsigned long)status);
    if (status == ERROR_SUCCESS)
        remember(found);
    *table = found;
    return status;
}

SECURITY_STATUS provider_free_buffer(void *buffer)
{
    SECURITY_STATUS status = NTE_INVALID_PARAMETER;
    for (int i = 0; i < LOADED_MAX && loaded[i] != NULL && status != ERROR_SUCCESS; i++)
        status = loaded[i]->FreeBuffer(buffer);
    return status;
}

static bool swap(object *from, object *to)
{
    bool found = false;
    AcquireSRWLockExclusive(&guard);
    for (int i = 0; i < OBJECTS_MAX && !found; i++) {
        found = objects[i] == from;
        if (found)
            objects[i] = to;
    }
    ReleaseSRWLockExclusive(&guard);
    return found;
}

object *object_new(provider_table *table, object *provider, NCRYPT_HANDLE inner)
{
    object *one = malloc(sizeof *one);
    if (one == NULL || !swap(NULL, one))
        abort();
    *one = (object){table, provider, inner, 1};
    if (provider != NULL)
        object_keep(provider);
    return one;
}

void object_keep(object *one)
{
    (void)InterlockedIncrement(&one->references);
}

SECURITY_STATUS object_release(object *one)
{
    if (InterlockedDecrement(&one->references) != 0)
        return ERROR_SUCCESS;
    (void)swap(one, NULL);
    SECURITY_STATUS status = one->provider == NULL
                                 ? one->table->FreeProvider(one->inner)
                                 : one->table->FreeKey(one->provider->inner, one->inner);
    if (one->provider != NULL && object_release(one->provider) != ERROR_SUCCESS)
        trace("a provider could not be freed with its last key");
    free(one);
    return status;
}

object *object_of(NCRYPT_HANDLE handle)
{
    object *wanted = (object *)handle;
    object *found = NULL;
    AcquireSRWLockShared(&guard);
    for (int i = 0; i < OBJECTS_MAX && handle != 0; i++) {
        if (objects[i] == wanted)
            found = wanted;
    }
    ReleaseSRWLockShared(&guard);
    return found;
}
