#include "rv.h"

/* Outcomes that have another name at C_Login, or once a session was open. */
static CK_RV by_place(rs_status status, p11_where where)
{
    switch (status) {
    case RS_PIN_INCORRECT:
        return where == P11_AT_LOGIN ? CKR_PIN_INCORRECT : CKR_USER_NOT_LOGGED_IN;
    case RS_PIN_LOCKED:
        return where == P11_AT_LOGIN ? CKR_PIN_LOCKED : CKR_FUNCTION_REJECTED;
    case RS_DECLINED:
        return where == P11_AT_LOGIN ? CKR_FUNCTION_CANCELED : CKR_FUNCTION_REJECTED;
    case RS_NOT_SIGNED_IN: /* C_Login: the agent itself is not, so there is no token any more */
        return where == P11_AT_LOGIN ? CKR_DEVICE_REMOVED : CKR_USER_NOT_LOGGED_IN;
    case RS_AGENT_UNAVAILABLE:
        return where == P11_AT_SLOT ? CKR_TOKEN_NOT_PRESENT : CKR_DEVICE_REMOVED;
    default:
        return CKR_GENERAL_ERROR;
    }
}

static CK_RV of_program_fault(rs_status status)
{
    switch (status) {
    case RS_NOT_INITIALIZED:
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    case RS_ALREADY_INITIALIZED:
        return CKR_CRYPTOKI_ALREADY_INITIALIZED;
    case RS_CANNOT_LOCK:
        return CKR_CANT_LOCK;
    case RS_UNKNOWN_SLOT:
        return CKR_SLOT_ID_INVALID;
    case RS_UNKNOWN_SESSION:
        return CKR_SESSION_HANDLE_INVALID;
    case RS_SESSION_LIMIT:
        return CKR_SESSION_COUNT;
    case RS_SESSION_PARALLEL:
        return CKR_SESSION_PARALLEL_NOT_SUPPORTED;
    case RS_UNKNOWN_OBJECT:
        return CKR_OBJECT_HANDLE_INVALID;
    case RS_OPERATION_ACTIVE:
        return CKR_OPERATION_ACTIVE;
    case RS_OPERATION_MISSING:
        return CKR_OPERATION_NOT_INITIALIZED;
    case RS_BAD_PARAMETERS:
        return CKR_MECHANISM_PARAM_INVALID;
    case RS_WRONG_KEY_TYPE:
        return CKR_KEY_TYPE_INCONSISTENT;
    case RS_KEY_SIZE:
        return CKR_KEY_SIZE_RANGE;
    case RS_WRONG_USER_TYPE:
        return CKR_USER_TYPE_INVALID;
    case RS_ALREADY_LOGGED_IN:
        return CKR_USER_ALREADY_LOGGED_IN;
    default:
        return CKR_GENERAL_ERROR;
    }
}

CK_RV p11_rv(rs_status status, p11_where where)
{
    switch (status) {
    case RS_OK:
        return CKR_OK;
    case RS_INVALID_REQUEST:
        return CKR_ARGUMENTS_BAD;
    case RS_UNSUPPORTED_ALGORITHM:
        return CKR_MECHANISM_INVALID;
    case RS_DATA_INVALID:
        return CKR_DATA_INVALID;
    case RS_DATA_LENGTH:
        return CKR_DATA_LEN_RANGE;
    case RS_UNKNOWN_KEY:
        return CKR_KEY_HANDLE_INVALID;
    case RS_CREDENTIAL_UNUSABLE:
        return CKR_KEY_FUNCTION_NOT_PERMITTED;
    case RS_CONSENT_NEEDED:
        return CKR_USER_NOT_LOGGED_IN;
    case RS_NOT_ALLOWED:
    case RS_LIMIT_REACHED:
        return CKR_FUNCTION_REJECTED;
    case RS_UNAVAILABLE:
        return CKR_DEVICE_ERROR;
    case RS_BUFFER_TOO_SMALL:
        return CKR_BUFFER_TOO_SMALL;
    case RS_NO_MEMORY:
        return CKR_HOST_MEMORY;
    case RS_NOT_SUPPORTED:
        return CKR_FUNCTION_NOT_SUPPORTED;
    case RS_NO_EVENT:
        return CKR_NO_EVENT;
    case RS_ATTRIBUTE_SENSITIVE:
        return CKR_ATTRIBUTE_SENSITIVE;
    case RS_ATTRIBUTE_UNKNOWN:
        return CKR_ATTRIBUTE_TYPE_INVALID;
    case RS_SIGNATURE_INVALID:
        return CKR_SIGNATURE_INVALID;
    case RS_SIGNATURE_LENGTH:
        return CKR_SIGNATURE_LEN_RANGE;
    case RS_PIN_INCORRECT:
    case RS_PIN_LOCKED:
    case RS_DECLINED:
    case RS_NOT_SIGNED_IN:
    case RS_AGENT_UNAVAILABLE:
        return by_place(status, where);
    default:
        return of_program_fault(status); /* RS_INTERNAL too: CKR_GENERAL_ERROR */
    }
}

CK_RV p11_rv_3_0(rs_status status, p11_where where)
{
    return status == RS_NOT_ALLOWED ? CKR_ACTION_PROHIBITED : p11_rv(status, where);
}
