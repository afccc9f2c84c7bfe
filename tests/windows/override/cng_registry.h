/* Where the configuration of CNG is in the registry. */
#ifndef CNG_REGISTRY_H
#define CNG_REGISTRY_H

#include <stdbool.h>
#include <stdint.h>

#include <windows.h>

#include <bcrypt.h>

enum { CNG_PATH_MAX = 512, CNG_TEXT_MAX = 4096, CNG_NAMES_MAX = 32 };

/* Path of a provider's key, or of one below it; the name "" gives the key of all providers. */
void cng_provider_path(wchar_t path[CNG_PATH_MAX], const wchar_t *provider, const wchar_t *below);

/* Path of the key with the providers of a function, for this machine and every program. */
void cng_function_path(wchar_t path[CNG_PATH_MAX], ULONG interface_id, const wchar_t *function);

/* A value of the machine's registry; texts end with NULs. An error code of Windows. */
LONG cng_read(const wchar_t *path, const wchar_t *name, DWORD type, void *to, DWORD size);

#endif
