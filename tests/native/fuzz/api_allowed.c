#include "api_fuzz.h"

#include <string.h>

/* Where a set ends; no CK_RV of the specification. */
#define END ((CK_RV)-1)

/* PKCS#11 v2.40, 5.1.1 to 5.1.7: what any function, any on slot and token, any in a session may
 * return. */
static const CK_RV any[] = {CKR_OK, CKR_GENERAL_ERROR, CKR_HOST_MEMORY, CKR_ARGUMENTS_BAD, END};
static const CK_RV initialized[] = {CKR_CRYPTOKI_NOT_INITIALIZED, END};
static const CK_RV on_slot[] = {CKR_CRYPTOKI_NOT_INITIALIZED, CKR_SLOT_ID_INVALID,
                                CKR_TOKEN_NOT_PRESENT, CKR_DEVICE_ERROR, END};
static const CK_RV in_session[] = {CKR_CRYPTOKI_NOT_INITIALIZED, CKR_SESSION_HANDLE_INVALID,
                                   CKR_DEVICE_ERROR, CKR_DEVICE_REMOVED, END};

/* The sections of chapter 5, each function's own values. */
static const CK_RV initialize[] = {CKR_CANT_LOCK, CKR_CRYPTOKI_ALREADY_INITIALIZED, END};
static const CK_RV lengths[] = {CKR_BUFFER_TOO_SMALL, END};
static const CK_RV event[] = {CKR_NO_EVENT, CKR_FUNCTION_NOT_SUPPORTED, END};
static const CK_RV mechanism[] = {CKR_MECHANISM_INVALID, END};
static const CK_RV open_session[] = {CKR_SESSION_COUNT, CKR_SESSION_PARALLEL_NOT_SUPPORTED, END};
static const CK_RV login[] = {
    CKR_FUNCTION_CANCELED,         CKR_FUNCTION_REJECTED, CKR_ACTION_PROHIBITED, /* v3.0 */
    CKR_OPERATION_NOT_INITIALIZED, CKR_PIN_INCORRECT,     CKR_PIN_LOCKED,
    CKR_USER_ALREADY_LOGGED_IN,    CKR_USER_TYPE_INVALID, END};
static const CK_RV logout[] = {CKR_USER_NOT_LOGGED_IN, END};
static const CK_RV object[] = {CKR_OBJECT_HANDLE_INVALID, END};
static const CK_RV attributes[] = {CKR_OBJECT_HANDLE_INVALID, CKR_ATTRIBUTE_SENSITIVE,
                                   CKR_ATTRIBUTE_TYPE_INVALID, CKR_BUFFER_TOO_SMALL, END};
static const CK_RV begin[] = {CKR_OPERATION_ACTIVE, END};
static const CK_RV under_way[] = {CKR_OPERATION_NOT_INITIALIZED, END};
static const CK_RV begin_digest[] = {CKR_OPERATION_ACTIVE, CKR_MECHANISM_INVALID,
                                     CKR_MECHANISM_PARAM_INVALID, END};
static const CK_RV digest[] = {CKR_OPERATION_NOT_INITIALIZED, CKR_OPERATION_ACTIVE,
                               CKR_BUFFER_TOO_SMALL, END};
static const CK_RV begin_with_key[] = {CKR_OPERATION_ACTIVE,        CKR_MECHANISM_INVALID,
                                       CKR_MECHANISM_PARAM_INVALID, CKR_KEY_HANDLE_INVALID,
                                       CKR_KEY_TYPE_INCONSISTENT,   CKR_KEY_FUNCTION_NOT_PERMITTED,
                                       CKR_USER_NOT_LOGGED_IN,      END};
/* CKR_DATA_INVALID is ours: a part that already makes the whole no DigestInfo. */
static const CK_RV update[] = {CKR_OPERATION_NOT_INITIALIZED, CKR_DATA_LEN_RANGE, CKR_DATA_INVALID,
                               END};
/* Some of the agent's reasons are known at the signature only, when C_SignInit is long over. */
static const CK_RV sign[] = {CKR_OPERATION_NOT_INITIALIZED,
                             CKR_OPERATION_ACTIVE,
                             CKR_BUFFER_TOO_SMALL,
                             CKR_DATA_INVALID,
                             CKR_DATA_LEN_RANGE,
                             CKR_FUNCTION_REJECTED,
                             CKR_ACTION_PROHIBITED, /* v3.0 */
                             CKR_USER_NOT_LOGGED_IN,
                             CKR_KEY_FUNCTION_NOT_PERMITTED,
                             CKR_KEY_HANDLE_INVALID,
                             CKR_MECHANISM_INVALID,
                             END};
static const CK_RV verify[] = {CKR_OPERATION_NOT_INITIALIZED,
                               CKR_OPERATION_ACTIVE,
                               CKR_DATA_INVALID,
                               CKR_DATA_LEN_RANGE,
                               CKR_SIGNATURE_INVALID,
                               CKR_SIGNATURE_LEN_RANGE,
                               CKR_FUNCTION_REJECTED,
                               CKR_ACTION_PROHIBITED, /* v3.0 */
                               CKR_USER_NOT_LOGGED_IN,
                               CKR_KEY_FUNCTION_NOT_PERMITTED,
                               CKR_KEY_HANDLE_INVALID,
                               CKR_MECHANISM_INVALID,
                               END};

static const struct {
    const char *function;
    const CK_RV *family;
    const CK_RV *own;
} functions[] = {
    {"C_Initialize", initialize, initialize},
    {"C_Finalize", initialized, initialized},
    {"C_GetInfo", initialized, initialized},
    {"C_GetSlotList", initialized, lengths},
    {"C_GetSlotInfo", on_slot, on_slot},
    {"C_GetTokenInfo", on_slot, on_slot},
    {"C_WaitForSlotEvent", initialized, event},
    {"C_GetMechanismList", on_slot, lengths},
    {"C_GetMechanismInfo", on_slot, mechanism},
    {"C_OpenSession", on_slot, open_session},
    {"C_CloseSession", in_session, in_session},
    {"C_CloseAllSessions", on_slot, on_slot},
    {"C_GetSessionInfo", in_session, in_session},
    {"C_Login", in_session, login},
    {"C_Logout", in_session, logout},
    {"C_GetObjectSize", in_session, object},
    {"C_GetAttributeValue", in_session, attributes},
    {"C_FindObjectsInit", in_session, begin},
    {"C_FindObjects", in_session, under_way},
    {"C_FindObjectsFinal", in_session, under_way},
    {"C_DigestInit", in_session, begin_digest},
    {"C_Digest", in_session, digest},
    {"C_DigestUpdate", in_session, under_way},
    {"C_DigestFinal", in_session, digest},
    {"C_SignInit", in_session, begin_with_key},
    {"C_Sign", in_session, sign},
    {"C_SignUpdate", in_session, update},
    {"C_SignFinal", in_session, sign},
    {"C_VerifyInit", in_session, begin_with_key},
    {"C_Verify", in_session, verify},
    {"C_VerifyUpdate", in_session, update},
    {"C_VerifyFinal", in_session, verify},
    {"C_GenerateRandom", in_session, in_session},
    {"C_LoginUser", in_session, login},
    {"C_SessionCancel", in_session, in_session},
};

static bool contains(const CK_RV *set, CK_RV rv)
{
    while (*set != END && *set != rv)
        set++;
    return *set == rv;
}

bool api_allowed(const char *function, CK_RV rv)
{
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        if (strcmp(functions[i].function, function) == 0)
            return contains(any, rv) || contains(functions[i].family, rv) ||
                   contains(functions[i].own, rv);
    }
    return false;
}
