/* The functions of bcrypt.dll that read and change the configuration of CNG, under the names of
 * the documentation. mingw-w64 declares some of them only. They are taken from the system's own
 * folder at run time: this program runs elevated, and a bcrypt.dll beside it must not get in. */
#ifndef REGISTER_CNG_H
#define REGISTER_CNG_H

#include <stdbool.h>

#include <windows.h>

#include <bcrypt.h>

#define STATUS_DONE ((NTSTATUS)0)
#define STATUS_NO_ACCESS ((NTSTATUS)0xc0000022)
#define STATUS_NOT_THERE ((NTSTATUS)0xc0000225)

/* ncrypt.h: the interface of key storage providers, and its one function. */
#define KEY_STORAGE_INTERFACE 0x00010001
#define KEY_STORAGE_FUNCTION L"KEY_STORAGE"

typedef struct cng_configuration {
    NTSTATUS(WINAPI *RegisterProvider)(LPCWSTR, ULONG, CRYPT_PROVIDER_REG *);
    NTSTATUS(WINAPI *UnregisterProvider)(LPCWSTR);
    NTSTATUS(WINAPI *AddContextFunctionProvider)(ULONG, LPCWSTR, ULONG, LPCWSTR, LPCWSTR, ULONG);
    NTSTATUS(WINAPI *RemoveContextFunctionProvider)(ULONG, LPCWSTR, ULONG, LPCWSTR, LPCWSTR);
    NTSTATUS(WINAPI *EnumRegisteredProviders)(ULONG *, CRYPT_PROVIDERS **);
    NTSTATUS(WINAPI *QueryProviderRegistration)
    (LPCWSTR, ULONG, ULONG, ULONG *, CRYPT_PROVIDER_REG **);
    NTSTATUS(WINAPI *EnumContextFunctionProviders)
    (ULONG, LPCWSTR, ULONG, LPCWSTR, ULONG *, CRYPT_CONTEXT_FUNCTION_PROVIDERS **);
    void(WINAPI *FreeBuffer)(void *);
} cng_configuration;

/* False: this Windows has not all of them. */
bool cng_load(cng_configuration *cng);

#endif
