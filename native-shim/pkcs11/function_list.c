/* How a program finds the functions: one list for each version, and the choice among them. */
#include "function_list.h"

#include <stdbool.h>
#include <string.h>

#define SAME(name) .name = (name),

const CK_FUNCTION_LIST p11_functions = {.version = {CRYPTOKI_VERSION_MAJOR, CRYPTOKI_VERSION_MINOR},
                                        P11_FUNCTIONS(SAME, SAME)};

#define STANDARD_INTERFACE ((CK_UTF8CHAR *)"PKCS 11")

/* The first is what a program gets that names no version. Neither is CKF_INTERFACE_FORK_SAFE: a
 * child has to call C_Initialize again. */
static const CK_INTERFACE interfaces[] = {
    {STANDARD_INTERFACE, (void *)&p11_functions_3_0, 0},
    {STANDARD_INTERFACE, (void *)&p11_functions, 0},
};

enum { INTERFACES = sizeof interfaces / sizeof interfaces[0] };

/* PKCS#11 v2.40, 5.4. Callers only read the list. */
CK_RV C_GetFunctionList(CK_FUNCTION_LIST **ppFunctionList)
{
    if (ppFunctionList == NULL)
        return CKR_ARGUMENTS_BAD;
    *ppFunctionList = (CK_FUNCTION_LIST *)&p11_functions;
    return CKR_OK;
}

/* PKCS#11 v3.0, 5.4. */
CK_RV C_GetInterfaceList(CK_INTERFACE *pInterfacesList, CK_ULONG *pulCount)
{
    if (pulCount == NULL)
        return CKR_ARGUMENTS_BAD;
    CK_ULONG given = *pulCount;
    *pulCount = INTERFACES;
    if (pInterfacesList == NULL)
        return CKR_OK;
    if (given < INTERFACES)
        return CKR_BUFFER_TOO_SMALL;
    memcpy(pInterfacesList, interfaces, sizeof interfaces);
    return CKR_OK;
}

static bool is_version(const CK_INTERFACE *interface, const CK_VERSION *version)
{
    const CK_VERSION *own = interface->pFunctionList;
    return own->major == version->major && own->minor == version->minor;
}

/* PKCS#11 v3.0, 5.4, does not say how to tell that nothing matches; other modules say
 * CKR_ARGUMENTS_BAD. */
CK_RV C_GetInterface(CK_UTF8CHAR *pInterfaceName, CK_VERSION *pVersion, CK_INTERFACE **ppInterface,
                     CK_FLAGS flags)
{
    if (ppInterface == NULL)
        return CKR_ARGUMENTS_BAD;
    for (size_t i = 0; i < INTERFACES; i++) {
        const CK_INTERFACE *each = &interfaces[i];
        bool named = pInterfaceName == NULL ||
                     strcmp((const char *)pInterfaceName, (const char *)each->pInterfaceName) == 0;
        if (named && (pVersion == NULL || is_version(each, pVersion)) &&
            (each->flags & flags) == flags) {
            *ppInterface = (CK_INTERFACE *)each;
            return CKR_OK;
        }
    }
    return CKR_ARGUMENTS_BAD;
}
