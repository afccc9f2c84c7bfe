/* The function lists of both interfaces. */
#ifndef P11_FUNCTION_LIST_H
#define P11_FUNCTION_LIST_H

#include "cryptoki.h"

/* The functions of v2.40: those that serve both interfaces, and those that each has its own of. */
#define P11_FUNCTIONS(SAME, OWN)                                                                   \
    SAME(C_Initialize)                                                                             \
    SAME(C_Finalize)                                                                               \
    OWN(C_GetInfo)                                                                                 \
    SAME(C_GetFunctionList)                                                                        \
    SAME(C_GetSlotList)                                                                            \
    SAME(C_GetSlotInfo)                                                                            \
    SAME(C_GetTokenInfo)                                                                           \
    SAME(C_GetMechanismList)                                                                       \
    SAME(C_GetMechanismInfo)                                                                       \
    SAME(C_InitToken)                                                                              \
    SAME(C_InitPIN)                                                                                \
    SAME(C_SetPIN)                                                                                 \
    SAME(C_OpenSession)                                                                            \
    SAME(C_CloseSession)                                                                           \
    SAME(C_CloseAllSessions)                                                                       \
    SAME(C_GetSessionInfo)                                                                         \
    SAME(C_GetOperationState)                                                                      \
    SAME(C_SetOperationState)                                                                      \
    OWN(C_Login)                                                                                   \
    SAME(C_Logout)                                                                                 \
    SAME(C_CreateObject)                                                                           \
    SAME(C_CopyObject)                                                                             \
    SAME(C_DestroyObject)                                                                          \
    SAME(C_GetObjectSize)                                                                          \
    SAME(C_GetAttributeValue)                                                                      \
    SAME(C_SetAttributeValue)                                                                      \
    SAME(C_FindObjectsInit)                                                                        \
    SAME(C_FindObjects)                                                                            \
    SAME(C_FindObjectsFinal)                                                                       \
    SAME(C_EncryptInit)                                                                            \
    SAME(C_Encrypt)                                                                                \
    SAME(C_EncryptUpdate)                                                                          \
    SAME(C_EncryptFinal)                                                                           \
    SAME(C_DecryptInit)                                                                            \
    SAME(C_Decrypt)                                                                                \
    SAME(C_DecryptUpdate)                                                                          \
    SAME(C_DecryptFinal)                                                                           \
    SAME(C_DigestInit)                                                                             \
    SAME(C_Digest)                                                                                 \
    SAME(C_DigestUpdate)                                                                           \
    SAME(C_DigestKey)                                                                              \
    SAME(C_DigestFinal)                                                                            \
    SAME(C_SignInit)                                                                               \
    OWN(C_Sign)                                                                                    \
    SAME(C_SignUpdate)                                                                             \
    OWN(C_SignFinal)                                                                               \
    SAME(C_SignRecoverInit)                                                                        \
    SAME(C_SignRecover)                                                                            \
    SAME(C_VerifyInit)                                                                             \
    OWN(C_Verify)                                                                                  \
    SAME(C_VerifyUpdate)                                                                           \
    OWN(C_VerifyFinal)                                                                             \
    SAME(C_VerifyRecoverInit)                                                                      \
    SAME(C_VerifyRecover)                                                                          \
    SAME(C_DigestEncryptUpdate)                                                                    \
    SAME(C_DecryptDigestUpdate)                                                                    \
    SAME(C_SignEncryptUpdate)                                                                      \
    SAME(C_DecryptVerifyUpdate)                                                                    \
    SAME(C_GenerateKey)                                                                            \
    SAME(C_GenerateKeyPair)                                                                        \
    SAME(C_WrapKey)                                                                                \
    SAME(C_UnwrapKey)                                                                              \
    SAME(C_DeriveKey)                                                                              \
    SAME(C_SeedRandom)                                                                             \
    SAME(C_GenerateRandom)                                                                         \
    SAME(C_GetFunctionStatus)                                                                      \
    SAME(C_CancelFunction)                                                                         \
    SAME(C_WaitForSlotEvent)

/* Those that v3.0 added. */
#define P11_FUNCTIONS_ADDED(SAME)                                                                  \
    SAME(C_GetInterfaceList)                                                                       \
    SAME(C_GetInterface)                                                                           \
    SAME(C_LoginUser)                                                                              \
    SAME(C_SessionCancel)                                                                          \
    SAME(C_MessageEncryptInit)                                                                     \
    SAME(C_EncryptMessage)                                                                         \
    SAME(C_EncryptMessageBegin)                                                                    \
    SAME(C_EncryptMessageNext)                                                                     \
    SAME(C_MessageEncryptFinal)                                                                    \
    SAME(C_MessageDecryptInit)                                                                     \
    SAME(C_DecryptMessage)                                                                         \
    SAME(C_DecryptMessageBegin)                                                                    \
    SAME(C_DecryptMessageNext)                                                                     \
    SAME(C_MessageDecryptFinal)                                                                    \
    SAME(C_MessageSignInit)                                                                        \
    SAME(C_SignMessage)                                                                            \
    SAME(C_SignMessageBegin)                                                                       \
    SAME(C_SignMessageNext)                                                                        \
    SAME(C_MessageSignFinal)                                                                       \
    SAME(C_MessageVerifyInit)                                                                      \
    SAME(C_VerifyMessage)                                                                          \
    SAME(C_VerifyMessageBegin)                                                                     \
    SAME(C_VerifyMessageNext)                                                                      \
    SAME(C_MessageVerifyFinal)

extern const CK_FUNCTION_LIST p11_functions;
extern const CK_FUNCTION_LIST_3_0 p11_functions_3_0;

#endif
