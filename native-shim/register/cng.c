#include "cng.h"

#include <string.h>

/* A function pointer of any type takes what GetProcAddress found. */
static bool take(HMODULE library, const char *name, void *function)
{
    FARPROC found = GetProcAddress(library, name);
    memcpy(function, &found, sizeof found);
    return found != NULL;
}

bool cng_load(cng_configuration *cng)
{
    HMODULE library = LoadLibraryExW(L"bcrypt.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
    return library != NULL && take(library, "BCryptRegisterProvider", &cng->RegisterProvider) &&
           take(library, "BCryptUnregisterProvider", &cng->UnregisterProvider) &&
           take(library, "BCryptAddContextFunctionProvider", &cng->AddContextFunctionProvider) &&
           take(library, "BCryptRemoveContextFunctionProvider",
                &cng->RemoveContextFunctionProvider) &&
           take(library, "BCryptEnumRegisteredProviders", &cng->EnumRegisteredProviders) &&
           take(library, "BCryptQueryProviderRegistration", &cng->QueryProviderRegistration) &&
           take(library, "BCryptEnumContextFunctionProviders",
                &cng->EnumContextFunctionProviders) &&
           take(library, "BCryptFreeBuffer", &cng->FreeBuffer);
}
