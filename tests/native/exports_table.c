#include "exports_table.h"

#define U(index) args[index].number
#define P(index) args[index].pointer
#define CALL(name, ...)                                                                            \
    static CK_RV call_##name(void *function, const export_arg *args)                               \
    {                                                                                              \
        (void)args;                                                                                \
        return ((CK_##name)function)(__VA_ARGS__);                                                 \
    }

CALL(C_Initialize, P(0))
CALL(C_Finalize, P(0))
CALL(C_GetInfo, P(0))
CALL(C_GetFunctionList, P(0))
CALL(C_GetSlotList, (CK_BBOOL)U(0), P(1), P(2))
CALL(C_GetSlotInfo, U(0), P(1))
CALL(C_GetTokenInfo, U(0), P(1))
CALL(C_WaitForSlotEvent, U(0), P(1), P(2))
CALL(C_GetMechanismList, U(0), P(1), P(2))
CALL(C_GetMechanismInfo, U(0), U(1), P(2))
CALL(C_InitToken, U(0), P(1), U(2), P(3))
CALL(C_InitPIN, U(0), P(1), U(2))
CALL(C_SetPIN, U(0), P(1), U(2), P(3), U(4))
CALL(C_OpenSession, U(0), U(1), P(2), NULL, P(4))
CALL(C_CloseSession, U(0))
CALL(C_CloseAllSessions, U(0))
CALL(C_GetSessionInfo, U(0), P(1))
CALL(C_GetOperationState, U(0), P(1), P(2))
CALL(C_SetOperationState, U(0), P(1), U(2), U(3), U(4))
CALL(C_Login, U(0), U(1), P(2), U(3))
CALL(C_Logout, U(0))
CALL(C_CreateObject, U(0), P(1), U(2), P(3))
CALL(C_CopyObject, U(0), U(1), P(2), U(3), P(4))
CALL(C_DestroyObject, U(0), U(1))
CALL(C_GetObjectSize, U(0), U(1), P(2))
CALL(C_GetAttributeValue, U(0), U(1), P(2), U(3))
CALL(C_SetAttributeValue, U(0), U(1), P(2), U(3))
CALL(C_FindObjectsInit, U(0), P(1), U(2))
CALL(C_FindObjects, U(0), P(1), U(2), P(3))
CALL(C_FindObjectsFinal, U(0))
CALL(C_EncryptInit, U(0), P(1), U(2))
CALL(C_Encrypt, U(0), P(1), U(2), P(3), P(4))
CALL(C_EncryptUpdate, U(0), P(1), U(2), P(3), P(4))
CALL(C_EncryptFinal, U(0), P(1), P(2))
CALL(C_DecryptInit, U(0), P(1), U(2))
CALL(C_Decrypt, U(0), P(1), U(2), P(3), P(4))
CALL(C_DecryptUpdate, U(0), P(1), U(2), P(3), P(4))
CALL(C_DecryptFinal, U(0), P(1), P(2))
CALL(C_DigestInit, U(0), P(1))
CALL(C_Digest, U(0), P(1), U(2), P(3), P(4))
CALL(C_DigestUpdate, U(0), P(1), U(2))
CALL(C_DigestKey, U(0), U(1))
CALL(C_DigestFinal, U(0), P(1), P(2))
CALL(C_SignInit, U(0), P(1), U(2))
CALL(C_Sign, U(0), P(1), U(2), P(3), P(4))
CALL(C_SignUpdate, U(0), P(1), U(2))
CALL(C_SignFinal, U(0), P(1), P(2))
CALL(C_SignRecoverInit, U(0), P(1), U(2))
CALL(C_SignRecover, U(0), P(1), U(2), P(3), P(4))
CALL(C_VerifyInit, U(0), P(1), U(2))
CALL(C_Verify, U(0), P(1), U(2), P(3), U(4))
CALL(C_VerifyUpdate, U(0), P(1), U(2))
CALL(C_VerifyFinal, U(0), P(1), U(2))
CALL(C_VerifyRecoverInit, U(0), P(1), U(2))
CALL(C_VerifyRecover, U(0), P(1), U(2), P(3), P(4))
CALL(C_DigestEncryptUpdate, U(0), P(1), U(2), P(3), P(4))
CALL(C_DecryptDigestUpdate, U(0), P(1), U(2), P(3), P(4))
CALL(C_SignEncryptUpdate, U(0), P(1), U(2), P(3), P(4))
CALL(C_DecryptVerifyUpdate, U(0), P(1), U(2), P(3), P(4))
CALL(C_GenerateKey, U(0), P(1), P(2), U(3), P(4))
CALL(C_GenerateKeyPair, U(0), P(1), P(2), U(3), P(4), U(5), P(6), P(7))
CALL(C_WrapKey, U(0), P(1), U(2), U(3), P(4), P(5))
CALL(C_UnwrapKey, U(0), P(1), U(2), P(3), U(4), P(5), U(6), P(7))
CALL(C_DeriveKey, U(0), P(1), U(2), P(3), U(4), P(5))
CALL(C_SeedRandom, U(0), P(1), U(2))
CALL(C_GenerateRandom, U(0), P(1), U(2))
CALL(C_GetFunctionStatus, U(0))
CALL(C_CancelFunction, U(0))
CALL(C_GetInterfaceList, P(0), P(1))
CALL(C_GetInterface, P(0), P(1), P(2), U(3))
CALL(C_LoginUser, U(0), U(1), P(2), U(3), P(4), U(5))
CALL(C_SessionCancel, U(0), U(1))
CALL(C_MessageEncryptInit, U(0), P(1), U(2))
CALL(C_EncryptMessage, U(0), P(1), U(2), P(3), U(4), P(5), U(6), P(7), P(8))
CALL(C_EncryptMessageBegin, U(0), P(1), U(2), P(3), U(4))
CALL(C_EncryptMessageNext, U(0), P(1), U(2), P(3), U(4), P(5), P(6), U(7))
CALL(C_MessageEncryptFinal, U(0))
CALL(C_MessageDecryptInit, U(0), P(1), U(2))
CALL(C_DecryptMessage, U(0), P(1), U(2), P(3), U(4), P(5), U(6), P(7), P(8))
CALL(C_DecryptMessageBegin, U(0), P(1), U(2), P(3), U(4))
CALL(C_DecryptMessageNext, U(0), P(1), U(2), P(3), U(4), P(5), P(6), U(7))
CALL(C_MessageDecryptFinal, U(0))
CALL(C_MessageSignInit, U(0), P(1), U(2))
CALL(C_SignMessage, U(0), P(1), U(2), P(3), U(4), P(5), P(6))
CALL(C_SignMessageBegin, U(0), P(1), U(2))
CALL(C_SignMessageNext, U(0), P(1), U(2), P(3), U(4), P(5), P(6))
CALL(C_MessageSignFinal, U(0))
CALL(C_MessageVerifyInit, U(0), P(1), U(2))
CALL(C_VerifyMessage, U(0), P(1), U(2), P(3), U(4), P(5), U(6))
CALL(C_VerifyMessageBegin, U(0), P(1), U(2))
CALL(C_VerifyMessageNext, U(0), P(1), U(2), P(3), U(4), P(5), U(6))
CALL(C_MessageVerifyFinal, U(0))

enum {
    ULONG = sizeof(CK_ULONG),
    OK = CKR_OK,
    GONE = CKR_DEVICE_REMOVED,
    ABSENT = CKR_TOKEN_NOT_PRESENT,
};

#define APART(export)                                                                              \
    {                                                                                              \
        .name = #export, .call = call_##export                                                     \
    }
#define ROW(export, letters, before, answer, without_agent, given, written, bytes)                 \
    {                                                                                              \
        .name = #export, .call = call_##export, .parameters = (letters), .state = (before),        \
        .good = (answer), .agent_gone = (without_agent), .number = (given), .size = (written),     \
        .unit = (bytes)                                                                            \
    }
/* Begins an operation. */
#define BEGIN(export, letters, operation, without_agent, class)                                    \
    {                                                                                              \
        .name = #export, .call = call_##export, .parameters = (letters), .begins = (operation),    \
        .agent_gone = (without_agent), .number = 1, .key = (class)                                 \
    }
/* A function that this token has no use for. */
#define REFUSED(export, letters, rv) ROW(export, letters, LOGGED_IN, rv, rv, 8, 0, 1)
#define NOT_SUPPORTED(export, letters) REFUSED(export, letters, CKR_FUNCTION_NOT_SUPPORTED)

const export_case exports[] = {
    APART(C_Initialize),
    APART(C_Finalize),
    APART(C_GetFunctionList),
    APART(C_GetInterfaceList), /* interface_test */
    APART(C_GetInterface),
    ROW(C_GetInfo, "w", LOGGED_IN, OK, OK, 0, 1, sizeof(CK_INFO)),
    ROW(C_GetSlotList, "nbz", LOGGED_IN, OK, OK, CK_FALSE, 1, ULONG),
    ROW(C_GetSlotInfo, "sw", LOGGED_IN, OK, OK, 0, 1, sizeof(CK_SLOT_INFO)),
    ROW(C_GetTokenInfo, "sw", LOGGED_IN, OK, ABSENT, 0, 1, sizeof(CK_TOKEN_INFO)),
    APART(C_WaitForSlotEvent), /* in event_test.c: its answer depends on what went before */
    ROW(C_GetMechanismList, "sbz", LOGGED_IN, OK, ABSENT, 0, 0, ULONG),
    ROW(C_GetMechanismInfo, "snw", LOGGED_IN, OK, ABSENT, CKM_ECDSA, 1, sizeof(CK_MECHANISM_INFO)),
    ROW(C_OpenSession, "sn--w", LOGGED_IN, OK, ABSENT, CKF_SERIAL_SESSION, 1, ULONG),
    ROW(C_CloseSession, "h", LOGGED_IN, OK, OK, 0, 0, 0),
    ROW(C_CloseAllSessions, "s", LOGGED_IN, OK, OK, 0, 0, 0),
    ROW(C_GetSessionInfo, "hw", LOGGED_IN, OK, GONE, 0, 1, sizeof(CK_SESSION_INFO)),
    ROW(C_Login, "hnd8", PUBLIC, OK, GONE, CKU_USER, 0, 0),
    ROW(C_LoginUser, "hnd8--", PUBLIC, OK, GONE, CKU_USER, 0, 0),
    ROW(C_Logout, "h", LOGGED_IN, OK, GONE, 0, 0, 0),
    ROW(C_SessionCancel, "hn", LOGGED_IN, OK, OK, CKF_SIGN, 0, 0),
    ROW(C_GetObjectSize, "how", LOGGED_IN, OK, OK, 0, 1, ULONG),
    ROW(C_GetAttributeValue, "hotl", LOGGED_IN, OK, OK, 1, 0, 0),
    BEGIN(C_FindObjectsInit, "htl", FINDING, GONE, 0),
    ROW(C_FindObjects, "hwlw", FINDING, OK, OK, 3, 3, ULONG),
    ROW(C_FindObjectsFinal, "h", FINDING, OK, OK, 0, 0, 0),
    BEGIN(C_DigestInit, "hm", DIGESTING, OK, 0),
    ROW(C_Digest, "hdlbz", DIGESTING, OK, OK, 9, 32, 1),
    ROW(C_DigestUpdate, "hdl", DIGESTING, OK, OK, 9, 0, 0),
    ROW(C_DigestFinal, "hbz", DIGESTING, OK, OK, 0, 32, 1),
    BEGIN(C_SignInit, "hmk", SIGNING, OK, CKO_PRIVATE_KEY),
    ROW(C_Sign, "hdlbz", SIGNING, OK, GONE, 9, 256, 1),
    ROW(C_SignUpdate, "hdl", SIGNING, OK, OK, 9, 0, 0),
    ROW(C_SignFinal, "hbz", SIGNING, OK, GONE, 0, 256, 1),
    BEGIN(C_VerifyInit, "hmk", VERIFYING, OK, CKO_PUBLIC_KEY),
    ROW(C_Verify, "hdldl", VERIFYING, CKR_SIGNATURE_INVALID, GONE, 256, 0, 0),
    ROW(C_VerifyUpdate, "hdl", VERIFYING, OK, OK, 9, 0, 0),
    ROW(C_VerifyFinal, "hdl", VERIFYING, CKR_SIGNATURE_INVALID, GONE, 256, 0, 0),
    ROW(C_GenerateRandom, "hwl", LOGGED_IN, OK, OK, 24, 24, 1),
    REFUSED(C_SeedRandom, "hdl", CKR_RANDOM_SEED_NOT_SUPPORTED),
    REFUSED(C_GetFunctionStatus, "h", CKR_FUNCTION_NOT_PARALLEL),
    REFUSED(C_CancelFunction, "h", CKR_FUNCTION_NOT_PARALLEL),
    NOT_SUPPORTED(C_InitToken, "sdlw"),
    NOT_SUPPORTED(C_InitPIN, "hdl"),
    NOT_SUPPORTED(C_SetPIN, "hdldl"),
    NOT_SUPPORTED(C_GetOperationState, "hbz"),
    NOT_SUPPORTED(C_SetOperationState, "hdlkk"),
    NOT_SUPPORTED(C_CreateObject, "htlw"),
    NOT_SUPPORTED(C_CopyObject, "hotlw"),
    NOT_SUPPORTED(C_DestroyObject, "ho"),
    NOT_SUPPORTED(C_SetAttributeValue, "hotl"),
    NOT_SUPPORTED(C_EncryptInit, "hmk"),
    NOT_SUPPORTED(C_Encrypt, "hdlbz"),
    NOT_SUPPORTED(C_EncryptUpdate, "hdlbz"),
    NOT_SUPPORTED(C_EncryptFinal, "hbz"),
    NOT_SUPPORTED(C_DecryptInit, "hmk"),
    NOT_SUPPORTED(C_Decrypt, "hdlbz"),
    NOT_SUPPORTED(C_DecryptUpdate, "hdlbz"),
    NOT_SUPPORTED(C_DecryptFinal, "hbz"),
    NOT_SUPPORTED(C_DigestKey, "hk"),
    NOT_SUPPORTED(C_SignRecoverInit, "hmk"),
    NOT_SUPPORTED(C_SignRecover, "hdlbz"),
    NOT_SUPPORTED(C_VerifyRecoverInit, "hmk"),
    NOT_SUPPORTED(C_VerifyRecover, "hdlbz"),
    NOT_SUPPORTED(C_DigestEncryptUpdate, "hdlbz"),
    NOT_SUPPORTED(C_DecryptDigestUpdate, "hdlbz"),
    NOT_SUPPORTED(C_SignEncryptUpdate, "hdlbz"),
    NOT_SUPPORTED(C_DecryptVerifyUpdate, "hdlbz"),
    NOT_SUPPORTED(C_GenerateKey, "hmtlw"),
    NOT_SUPPORTED(C_GenerateKeyPair, "hmtltlww"),
    NOT_SUPPORTED(C_WrapKey, "hmkkbz"),
    NOT_SUPPORTED(C_UnwrapKey, "hmkdltlw"),
    NOT_SUPPORTED(C_DeriveKey, "hmktlw"),
    NOT_SUPPORTED(C_MessageEncryptInit, "hmk"),
    NOT_SUPPORTED(C_EncryptMessage, "hdldldlbz"),
    NOT_SUPPORTED(C_EncryptMessageBegin, "hdldl"),
    NOT_SUPPORTED(C_EncryptMessageNext, "hdldlbzn"),
    NOT_SUPPORTED(C_MessageEncryptFinal, "h"),
    NOT_SUPPORTED(C_MessageDecryptInit, "hmk"),
    NOT_SUPPORTED(C_DecryptMessage, "hdldldlbz"),
    NOT_SUPPORTED(C_DecryptMessageBegin, "hdldl"),
    NOT_SUPPORTED(C_DecryptMessageNext, "hdldlbzn"),
    NOT_SUPPORTED(C_MessageDecryptFinal, "h"),
    NOT_SUPPORTED(C_MessageSignInit, "hmk"),
    NOT_SUPPORTED(C_SignMessage, "hdldlbz"),
    NOT_SUPPORTED(C_SignMessageBegin, "hdl"),
    NOT_SUPPORTED(C_SignMessageNext, "hdldlbz"),
    NOT_SUPPORTED(C_MessageSignFinal, "h"),
    NOT_SUPPORTED(C_MessageVerifyInit, "hmk"),
    NOT_SUPPORTED(C_VerifyMessage, "hdldldl"),
    NOT_SUPPORTED(C_VerifyMessageBegin, "hdl"),
    NOT_SUPPORTED(C_VerifyMessageNext, "hdldldl"),
    NOT_SUPPORTED(C_MessageVerifyFinal, "h"),
};
const size_t export_count = sizeof exports / sizeof exports[0];
