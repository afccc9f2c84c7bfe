/* The functions of PKCS#11 v2.40 that do something. Parameter names are the specification's. */
#include "attribute.h"
#include "digest.h"
#include "edge.h"
#include "find.h"
#include "random.h"
#include "sign.h"
#include "slot.h"

#define IN_MODULE(...) P11_IN_MODULE(p11_rv, __VA_ARGS__)
#define IN_SESSION(...) P11_IN_SESSION(p11_rv, __VA_ARGS__)
#define VERSION ((CK_VERSION){CRYPTOKI_VERSION_MAJOR, CRYPTOKI_VERSION_MINOR})

CK_RV C_Initialize(void *pInitArgs)
{
    return p11_rv(p11_initialize(pInitArgs), P11_AT_SLOT);
}

CK_RV C_Finalize(void *pReserved)
{
    return p11_rv(p11_finalize(pReserved), P11_AT_SLOT);
}

CK_RV C_GetInfo(CK_INFO *pInfo)
{
    IN_MODULE(p11_info(VERSION, pInfo));
}

CK_RV C_GetSlotList(CK_BBOOL tokenPresent, CK_SLOT_ID *pSlotList, CK_ULONG *pulCount)
{
    IN_MODULE(p11_slot_list(module, tokenPresent != CK_FALSE, pSlotList, pulCount));
}

CK_RV C_GetSlotInfo(CK_SLOT_ID slotID, CK_SLOT_INFO *pInfo)
{
    IN_MODULE(p11_slot_info(module, slotID, pInfo));
}

CK_RV C_GetTokenInfo(CK_SLOT_ID slotID, CK_TOKEN_INFO *pInfo)
{
    IN_MODULE(p11_token_info(module, slotID, pInfo));
}

/* Waits: the only one that is not holding the program's mutex from beginning to end. */
CK_RV C_WaitForSlotEvent(CK_FLAGS flags, CK_SLOT_ID *pSlot, void *pReserved)
{
    p11_module *module = NULL;
    rs_status status = p11_module_acquire(&module);
    if (status == RS_OK) {
        status = p11_slot_event(module, flags, pSlot, pReserved);
        p11_module_release(module);
    }
    return p11_rv(status, P11_AT_SLOT);
}

CK_RV C_GetMechanismList(CK_SLOT_ID slotID, CK_MECHANISM_TYPE *pMechanismList, CK_ULONG *pulCount)
{
    IN_MODULE(p11_mechanism_list(module, slotID, pMechanismList, pulCount));
}

CK_RV C_GetMechanismInfo(CK_SLOT_ID slotID, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *pInfo)
{
    IN_MODULE(p11_mechanism_info(module, slotID, type, pInfo));
}

CK_RV C_OpenSession(CK_SLOT_ID slotID, CK_FLAGS flags, void *pApplication, CK_NOTIFY Notify,
                    CK_SESSION_HANDLE *phSession)
{
    (void)pApplication; /* there are no notifications that a module has to give */
    (void)Notify;
    IN_MODULE(p11_open_session(module, slotID, flags, phSession));
}

CK_RV C_CloseSession(CK_SESSION_HANDLE hSession)
{
    IN_MODULE(p11_close_session(module, hSession));
}

CK_RV C_CloseAllSessions(CK_SLOT_ID slotID)
{
    IN_MODULE(p11_close_all_sessions(module, slotID));
}

CK_RV C_GetSessionInfo(CK_SESSION_HANDLE hSession, CK_SESSION_INFO *pInfo)
{
    IN_SESSION(hSession, P11_AT_SESSION, p11_session_info(module, session, pInfo));
}

CK_RV C_Login(CK_SESSION_HANDLE hSession, CK_USER_TYPE userType, CK_UTF8CHAR *pPin,
              CK_ULONG ulPinLen)
{
    IN_SESSION(hSession, P11_AT_LOGIN, p11_login(module, session, userType, pPin, ulPinLen));
}

CK_RV C_Logout(CK_SESSION_HANDLE hSession)
{
    IN_SESSION(hSession, P11_AT_SESSION, p11_logout(module));
}

CK_RV C_GetObjectSize(CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE hObject, CK_ULONG *pulSize)
{
    IN_SESSION(hSession, P11_AT_SESSION, p11_object_size(module, hObject, pulSize));
}

CK_RV C_GetAttributeValue(CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE hObject,
                          CK_ATTRIBUTE *pTemplate, CK_ULONG ulCount)
{
    IN_SESSION(hSession, P11_AT_SESSION, p11_get_attributes(module, hObject, pTemplate, ulCount));
}

CK_RV C_FindObjectsInit(CK_SESSION_HANDLE hSession, CK_ATTRIBUTE *pTemplate, CK_ULONG ulCount)
{
    IN_SESSION(hSession, P11_AT_SESSION, p11_find_init(module, session, pTemplate, ulCount));
}

CK_RV C_FindObjects(CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE *phObject,
                    CK_ULONG ulMaxObjectCount, CK_ULONG *pulObjectCount)
{
    IN_SESSION(hSession, P11_AT_SESSION,
               p11_find_next(session, phObject, ulMaxObjectCount, pulObjectCount));
}

CK_RV C_FindObjectsFinal(CK_SESSION_HANDLE hSession)
{
    IN_SESSION(hSession, P11_AT_SESSION, p11_find_final(session));
}

CK_RV C_DigestInit(CK_SESSION_HANDLE hSession, CK_MECHANISM *pMechanism)
{
    IN_SESSION(hSession, P11_AT_SESSION, p11_digest_init(session, pMechanism));
}

CK_RV C_Digest(CK_SESSION_HANDLE hSession, CK_BYTE *pData, CK_ULONG ulDataLen, CK_BYTE *pDigest,
               CK_ULONG *pulDigestLen)
{
    IN_SESSION(hSession, P11_AT_SESSION,
               p11_digest(session, pData, ulDataLen, pDigest, pulDigestLen));
}

CK_RV C_DigestUpdate(CK_SESSION_HANDLE hSession, CK_BYTE *pPart, CK_ULONG ulPartLen)
{
    IN_SESSION(hSession, P11_AT_SESSION, p11_digest_update(session, pPart, ulPartLen));
}

CK_RV C_DigestFinal(CK_SESSION_HANDLE hSession, CK_BYTE *pDigest, CK_ULONG *pulDigestLen)
{
    IN_SESSION(hSession, P11_AT_SESSION, p11_digest_final(session, pDigest, pulDigestLen));
}

CK_RV C_SignInit(CK_SESSION_HANDLE hSession, CK_MECHANISM *pMechanism, CK_OBJECT_HANDLE hKey)
{
    IN_SESSION(hSession, P11_AT_SESSION, p11_sign_init(module, session, pMechanism, hKey));
}

CK_RV C_Sign(CK_SESSION_HANDLE hSession, CK_BYTE *pData, CK_ULONG ulDataLen, CK_BYTE *pSignature,
             CK_ULONG *pulSignatureLen)
{
    IN_SESSION(hSession, P11_AT_SESSION,
               p11_sign(module, session, pData, ulDataLen, pSignature, pulSignatureLen));
}

CK_RV C_SignUpdate(CK_SESSION_HANDLE hSession, CK_BYTE *pPart, CK_ULONG ulPartLen)
{
    IN_SESSION(hSession, P11_AT_SESSION, p11_sign_update(session, pPart, ulPartLen));
}

CK_RV C_SignFinal(CK_SESSION_HANDLE hSession, CK_BYTE *pSignature, CK_ULONG *pulSignatureLen)
{
    IN_SESSION(hSession, P11_AT_SESSION,
               p11_sign_final(module, session, pSignature, pulSignatureLen));
}

CK_RV C_VerifyInit(CK_SESSION_HANDLE hSession, CK_MECHANISM *pMechanism, CK_OBJECT_HANDLE hKey)
{
    IN_SESSION(hSession, P11_AT_SESSION, p11_verify_init(module, session, pMechanism, hKey));
}

CK_RV C_Verify(CK_SESSION_HANDLE hSession, CK_BYTE *pData, CK_ULONG ulDataLen, CK_BYTE *pSignature,
               CK_ULONG ulSignatureLen)
{
    IN_SESSION(hSession, P11_AT_SESSION,
               p11_verify(module, session, pData, ulDataLen, pSignature, ulSignatureLen));
}

CK_RV C_VerifyUpdate(CK_SESSION_HANDLE hSession, CK_BYTE *pPart, CK_ULONG ulPartLen)
{
    IN_SESSION(hSession, P11_AT_SESSION, p11_verify_update(session, pPart, ulPartLen));
}

CK_RV C_VerifyFinal(CK_SESSION_HANDLE hSession, CK_BYTE *pSignature, CK_ULONG ulSignatureLen)
{
    IN_SESSION(hSession, P11_AT_SESSION,
               p11_verify_final(module, session, pSignature, ulSignatureLen));
}

CK_RV C_GenerateRandom(CK_SESSION_HANDLE hSession, CK_BYTE *RandomData, CK_ULONG ulRandomLen)
{
    IN_SESSION(hSession, P11_AT_SESSION,
               RandomData == NULL && ulRandomLen != 0 ? RS_INVALID_REQUEST
                                                      : rs_random(RandomData, ulRandomLen));
}
