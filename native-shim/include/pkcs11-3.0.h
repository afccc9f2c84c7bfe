/* What PKCS#11 v3.0 (OASIS Standard, 15 June 2020) adds to the interface of v2.40: interfaces by
 * name and version, and 24 functions. To be included after pkcs11.h. */
#ifndef PKCS11_3_0_H
#define PKCS11_3_0_H

#ifdef _WIN32
#pragma pack(push, 1)
#endif

/* 3.6, CK_INTERFACE. What pFunctionList points to begins with a CK_VERSION. */
typedef struct CK_INTERFACE {
    CK_UTF8CHAR *pInterfaceName;
    void *pFunctionList;
    CK_FLAGS flags;
} CK_INTERFACE;

#define CKF_INTERFACE_FORK_SAFE (1UL << 0)

/* CK_MECHANISM_INFO; C_SessionCancel takes them too, and CKF_FIND_OBJECTS. */
#define CKF_MESSAGE_ENCRYPT (1UL << 1)
#define CKF_MESSAGE_DECRYPT (1UL << 2)
#define CKF_MESSAGE_SIGN (1UL << 3)
#define CKF_MESSAGE_VERIFY (1UL << 4)
#define CKF_MULTI_MESSAGE (1UL << 5)
#define CKF_FIND_OBJECTS (1UL << 6)

#define CKR_OPERATION_CANCEL_FAILED (0x202UL)

#define CK_FUNCTION_3_0(name, ...)                                                                 \
    typedef CK_RV (*CK_##name)(__VA_ARGS__);                                                       \
    CK_RV CK_SPEC name(__VA_ARGS__)

CK_FUNCTION_3_0(C_GetInterfaceList, CK_INTERFACE *pInterfacesList, CK_ULONG *pulCount);
CK_FUNCTION_3_0(C_GetInterface, CK_UTF8CHAR *pInterfaceName, CK_VERSION *pVersion,
                CK_INTERFACE **ppInterface, CK_FLAGS flags);
CK_FUNCTION_3_0(C_LoginUser, CK_SESSION_HANDLE hSession, CK_USER_TYPE userType, CK_UTF8CHAR *pPin,
                CK_ULONG ulPinLen, CK_UTF8CHAR *pUsername, CK_ULONG ulUsernameLen);
CK_FUNCTION_3_0(C_SessionCancel, CK_SESSION_HANDLE hSession, CK_FLAGS flags);

CK_FUNCTION_3_0(C_MessageEncryptInit, CK_SESSION_HANDLE hSession, CK_MECHANISM *pMechanism,
                CK_OBJECT_HANDLE hKey);
CK_FUNCTION_3_0(C_EncryptMessage, CK_SESSION_HANDLE hSession, void *pParameter,
                CK_ULONG ulParameterLen, CK_BYTE *pAssociatedData, CK_ULONG ulAssociatedDataLen,
                CK_BYTE *pPlaintext, CK_ULONG ulPlaintextLen, CK_BYTE *pCiphertext,
                CK_ULONG *pulCiphertextLen);
CK_FUNCTION_3_0(C_EncryptMessageBegin, CK_SESSION_HANDLE hSession, void *pParameter,
                CK_ULONG ulParameterLen, CK_BYTE *pAssociatedData, CK_ULONG ulAssociatedDataLen);
CK_FUNCTION_3_0(C_EncryptMessageNext, CK_SESSION_HANDLE hSession, void *pParameter,
                CK_ULONG ulParameterLen, CK_BYTE *pPlaintextPart, CK_ULONG ulPlaintextPartLen,
                CK_BYTE *pCiphertextPart, CK_ULONG *pulCiphertextPartLen, CK_FLAGS flags);
CK_FUNCTION_3_0(C_MessageEncryptFinal, CK_SESSION_HANDLE hSession);

CK_FUNCTION_3_0(C_MessageDecryptInit, CK_SESSION_HANDLE hSession, CK_MECHANISM *pMechanism,
                CK_OBJECT_HANDLE hKey);
CK_FUNCTION_3_0(C_DecryptMessage, CK_SESSION_HANDLE hSession, void *pParameter,
                CK_ULONG ulParameterLen, CK_BYTE *pAssociatedData, CK_ULONG ulAssociatedDataLen,
                CK_BYTE *pCiphertext, CK_ULONG ulCiphertextLen, CK_BYTE *pPlaintext,
                CK_ULONG *pulPlaintextLen);
CK_FUNCTION_3_0(C_DecryptMessageBegin, CK_SESSION_HANDLE hSession, void *pParameter,
                CK_ULONG ulParameterLen, CK_BYTE *pAssociatedData, CK_ULONG ulAssociatedDataLen);
CK_FUNCTION_3_0(C_DecryptMessageNext, CK_SESSION_HANDLE hSession, void *pParameter,
                CK_ULONG ulParameterLen, CK_BYTE *pCiphertextPart, CK_ULONG ulCiphertextPartLen,
                CK_BYTE *pPlaintextPart, CK_ULONG *pulPlaintextPartLen, CK_FLAGS flags);
CK_FUNCTION_3_0(C_MessageDecryptFinal, CK_SESSION_HANDLE hSession);

CK_FUNCTION_3_0(C_MessageSignInit, CK_SESSION_HANDLE hSession, CK_MECHANISM *pMechanism,
                CK_OBJECT_HANDLE hKey);
CK_FUNCTION_3_0(C_SignMessage, CK_SESSION_HANDLE hSession, void *pParameter,
                CK_ULONG ulParameterLen, CK_BYTE *pData, CK_ULONG ulDataLen, CK_BYTE *pSignature,
                CK_ULONG *pulSignatureLen);
CK_FUNCTION_3_0(C_SignMessageBegin, CK_SESSION_HANDLE hSession, void *pParameter,
                CK_ULONG ulParameterLen);
CK_FUNCTION_3_0(C_SignMessageNext, CK_SESSION_HANDLE hSession, void *pParameter,
                CK_ULONG ulParameterLen, CK_BYTE *pData, CK_ULONG ulDataLen, CK_BYTE *pSignature,
                CK_ULONG *pulSignatureLen);
CK_FUNCTION_3_0(C_MessageSignFinal, CK_SESSION_HANDLE hSession);

CK_FUNCTION_3_0(C_MessageVerifyInit, CK_SESSION_HANDLE hSession, CK_MECHANISM *pMechanism,
                CK_OBJECT_HANDLE hKey);
CK_FUNCTION_3_0(C_VerifyMessage, CK_SESSION_HANDLE hSession, void *pParameter,
                CK_ULONG ulParameterLen, CK_BYTE *pData, CK_ULONG ulDataLen, CK_BYTE *pSignature,
                CK_ULONG ulSignatureLen);
CK_FUNCTION_3_0(C_VerifyMessageBegin, CK_SESSION_HANDLE hSession, void *pParameter,
                CK_ULONG ulParameterLen);
CK_FUNCTION_3_0(C_VerifyMessageNext, CK_SESSION_HANDLE hSession, void *pParameter,
                CK_ULONG ulParameterLen, CK_BYTE *pData, CK_ULONG ulDataLen, CK_BYTE *pSignature,
                CK_ULONG ulSignatureLen);
CK_FUNCTION_3_0(C_MessageVerifyFinal, CK_SESSION_HANDLE hSession);

#undef CK_FUNCTION_3_0

typedef struct CK_FUNCTION_LIST_3_0 {
    CK_VERSION version;
    CK_C_Initialize C_Initialize;
    CK_C_Finalize C_Finalize;
    CK_C_GetInfo C_GetInfo;
    CK_C_GetFunctionList C_GetFunctionList;
    CK_C_GetSlotList C_GetSlotList;
    CK_C_GetSlotInfo C_GetSlotInfo;
    CK_C_GetTokenInfo C_GetTokenInfo;
    CK_C_GetMechanismList C_GetMechanismList;
    CK_C_GetMechanismInfo C_GetMechanismInfo;
    CK_C_InitToken C_InitToken;
    CK_C_InitPIN C_InitPIN;
    CK_C_SetPIN C_SetPIN;
    CK_C_OpenSession C_OpenSession;
    CK_C_CloseSession C_CloseSession;
    CK_C_CloseAllSessions C_CloseAllSessions;
    CK_C_GetSessionInfo C_GetSessionInfo;
    CK_C_GetOperationState C_GetOperationState;
    CK_C_SetOperationState C_SetOperationState;
    CK_C_Login C_Login;
    CK_C_Logout C_Logout;
    CK_C_CreateObject C_CreateObject;
    CK_C_CopyObject C_CopyObject;
    CK_C_DestroyObject C_DestroyObject;
    CK_C_GetObjectSize C_GetObjectSize;
    CK_C_GetAttributeValue C_GetAttributeValue;
    CK_C_SetAttributeValue C_SetAttributeValue;
    CK_C_FindObjectsInit C_FindObjectsInit;
    CK_C_FindObjects C_FindObjects;
    CK_C_FindObjectsFinal C_FindObjectsFinal;
    CK_C_EncryptInit C_EncryptInit;
    CK_C_Encrypt C_Encrypt;
    CK_C_EncryptUpdate C_EncryptUpdate;
    CK_C_EncryptFinal C_EncryptFinal;
    CK_C_DecryptInit C_DecryptInit;
    CK_C_Decrypt C_Decrypt;
    CK_C_DecryptUpdate C_DecryptUpdate;
    CK_C_DecryptFinal C_DecryptFinal;
    CK_C_DigestInit C_DigestInit;
    CK_C_Digest C_Digest;
    CK_C_DigestUpdate C_DigestUpdate;
    CK_C_DigestKey C_DigestKey;
    CK_C_DigestFinal C_DigestFinal;
    CK_C_SignInit C_SignInit;
    CK_C_Sign C_Sign;
    CK_C_SignUpdate C_SignUpdate;
    CK_C_SignFinal C_SignFinal;
    CK_C_SignRecoverInit C_SignRecoverInit;
    CK_C_SignRecover C_SignRecover;
    CK_C_VerifyInit C_VerifyInit;
    CK_C_Verify C_Verify;
    CK_C_VerifyUpdate C_VerifyUpdate;
    CK_C_VerifyFinal C_VerifyFinal;
    CK_C_VerifyRecoverInit C_VerifyRecoverInit;
    CK_C_VerifyRecover C_VerifyRecover;
    CK_C_DigestEncryptUpdate C_DigestEncryptUpdate;
    CK_C_DecryptDigestUpdate C_DecryptDigestUpdate;
    CK_C_SignEncryptUpdate C_SignEncryptUpdate;
    CK_C_DecryptVerifyUpdate C_DecryptVerifyUpdate;
    CK_C_GenerateKey C_GenerateKey;
    CK_C_GenerateKeyPair C_GenerateKeyPair;
    CK_C_WrapKey C_WrapKey;
    CK_C_UnwrapKey C_UnwrapKey;
    CK_C_DeriveKey C_DeriveKey;
    CK_C_SeedRandom C_SeedRandom;
    CK_C_GenerateRandom C_GenerateRandom;
    CK_C_GetFunctionStatus C_GetFunctionStatus;
    CK_C_CancelFunction C_CancelFunction;
    CK_C_WaitForSlotEvent C_WaitForSlotEvent;
    CK_C_GetInterfaceList C_GetInterfaceList;
    CK_C_GetInterface C_GetInterface;
    CK_C_LoginUser C_LoginUser;
    CK_C_SessionCancel C_SessionCancel;
    CK_C_MessageEncryptInit C_MessageEncryptInit;
    CK_C_EncryptMessage C_EncryptMessage;
    CK_C_EncryptMessageBegin C_EncryptMessageBegin;
    CK_C_EncryptMessageNext C_EncryptMessageNext;
    CK_C_MessageEncryptFinal C_MessageEncryptFinal;
    CK_C_MessageDecryptInit C_MessageDecryptInit;
    CK_C_DecryptMessage C_DecryptMessage;
    CK_C_DecryptMessageBegin C_DecryptMessageBegin;
    CK_C_DecryptMessageNext C_DecryptMessageNext;
    CK_C_MessageDecryptFinal C_MessageDecryptFinal;
    CK_C_MessageSignInit C_MessageSignInit;
    CK_C_SignMessage C_SignMessage;
    CK_C_SignMessageBegin C_SignMessageBegin;
    CK_C_SignMessageNext C_SignMessageNext;
    CK_C_MessageSignFinal C_MessageSignFinal;
    CK_C_MessageVerifyInit C_MessageVerifyInit;
    CK_C_VerifyMessage C_VerifyMessage;
    CK_C_VerifyMessageBegin C_VerifyMessageBegin;
    CK_C_VerifyMessageNext C_VerifyMessageNext;
    CK_C_MessageVerifyFinal C_MessageVerifyFinal;
} CK_FUNCTION_LIST_3_0;

#ifdef _WIN32
#pragma pack(pop)
#endif

#endif
