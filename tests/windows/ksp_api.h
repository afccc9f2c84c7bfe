/* The key storage provider as programs load it, and the few steps that most tests begin with. */
#ifndef KSP_API_H
#define KSP_API_H

#include "ncrypt_provider.h"
#include "pipe_agent.h"
#include "test.h"

#include <windows.h>

#define RSA_NAME L"Sign\x00e9 RSA [0123abff]"
#define P256_NAME L"P-256 [41414141]"
#define P384_NAME L"P-384 [43434343]"

enum { NO_HANDLE = 0x77777777 };

extern RS_KEY_STORAGE_FUNCTION_TABLE *ksp;
extern BYTE digest[64];
extern volatile LONG cases;

/* One case: a call and the status that it must have. */
#define CASE(expected, call)                                                                       \
    do {                                                                                           \
        (void)InterlockedIncrement(&cases);                                                        \
        CHECK_EQUAL((DWORD)(expected), (DWORD)(call));                                             \
    } while (0)

/* Loads the provider and fills `digest` with 1, 2, 3 ...; exits when that fails. */
HMODULE ksp_load(const char *path);

/* The test's agent, running, with a fresh script. */
void begin(rs_login_mode mode);
NCRYPT_PROV_HANDLE open_provider(void);
NCRYPT_KEY_HANDLE open_key(NCRYPT_PROV_HANDLE provider, const wchar_t *name);

/* Says how many cases there were; the exit code. */
int ksp_result(void);

#endif
