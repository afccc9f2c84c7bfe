#include "security_status.h"

static SECURITY_STATUS of_program_fault(rs_status status)
{
    switch (status) {
    case RS_BUFFER_TOO_SMALL:
        return NTE_BUFFER_TOO_SMALL;
    case RS_NO_MEMORY:
    case RS_SESSION_LIMIT: /* too many handles */
        return NTE_NO_MEMORY;
    case RS_NOT_SUPPORTED:
        return NTE_NOT_SUPPORTED;
    case RS_UNKNOWN_HANDLE:
        return NTE_INVALID_HANDLE;
    case RS_BAD_FLAGS:
        return NTE_BAD_FLAGS;
    case RS_NOT_FOUND:
        return NTE_NOT_FOUND;
    case RS_NO_MORE_ITEMS:
        return NTE_NO_MORE_ITEMS;
    case RS_SIGNATURE_INVALID:
        return NTE_BAD_SIGNATURE;
    default:
        return NTE_INTERNAL_ERROR;
    }
}

SECURITY_STATUS ksp_status(rs_status status)
{
    switch (status) {
    case RS_OK:
        return ERROR_SUCCESS;
    case RS_INVALID_REQUEST:
        return NTE_INVALID_PARAMETER;
    case RS_UNSUPPORTED_ALGORITHM:
        return NTE_BAD_ALGID;
    case RS_DATA_INVALID:
        return NTE_BAD_DATA;
    case RS_DATA_LENGTH:
        return NTE_BAD_LEN;
    case RS_UNKNOWN_KEY:
        return NTE_BAD_KEYSET;
    case RS_CREDENTIAL_UNUSABLE:
    case RS_NOT_ALLOWED:
    case RS_LIMIT_REACHED:
        return NTE_PERM;
    case RS_NOT_SIGNED_IN:
    case RS_AGENT_UNAVAILABLE:
    case RS_UNAVAILABLE:
        return NTE_DEVICE_NOT_READY;
    case RS_PIN_INCORRECT:
        return (SECURITY_STATUS)SCARD_W_WRONG_CHV;
    case RS_PIN_LOCKED:
        return (SECURITY_STATUS)SCARD_W_CHV_BLOCKED;
    case RS_DECLINED:
        return NTE_USER_CANCELLED;
    case RS_CONSENT_NEEDED:
        return NTE_SILENT_CONTEXT;
    default:
        return of_program_fault(status); /* RS_INTERNAL too: NTE_INTERNAL_ERROR */
    }
}
