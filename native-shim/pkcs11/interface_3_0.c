/* The interface of PKCS#11 v3.0: the two functions it adds that do something, its own edge of those
 * whose answer names the version or CKR_ACTION_PROHIBITED, and its list. */
#include "edge.h"
#include "function_list.h"
#include "sign.h"
#include "slot.h"

#pragma GCC diagnostic ignored "-Wunused-parameter"

#define IN_MODULE(...) P11_IN_MODULE(p11_rv_3_0, __VA_ARGS__)
#define IN_SESSION(...) P11_IN_SESSION(p11_rv_3_0, __VA_ARGS__)
#define VERSION_3_0 ((CK_VERSION){3, 0})

/* 5.6: users of this token have no names. */
CK_RV C_LoginUser(CK_SESSION_HANDLE hSession, CK_USER_TYPE userType, CK_UTF8CHAR *pPin,
                  CK_ULONG ulPinLen, CK_UTF8CHAR *pUsername, CK_ULONG ulUsernameLen)
{
    IN_SESSION(hSession, P11_AT_LOGIN,
               ulUsernameLen != 0 ? RS_INVALID_REQUEST
                                  : p11_login(module, session, userType, pPin, ulPinLen));
}

CK_RV C_SessionCancel(CK_SESSION_HANDLE hSession, CK_FLAGS flags)
{
    IN_SESSION(hSession, P11_AT_SESSION, p11_session_cancel(session, flags));
}

static CK_RV C_GetInfo_3_0(CK_INFO *pInfo)
{
    IN_MODULE(p11_info(VERSION_3_0, pInfo));
}

static CK_RV C_Login_3_0(CK_SESSION_HANDLE hSession, CK_USER_TYPE userType, CK_UTF8CHAR *pPin,
                         CK_ULONG ulPinLen)
{
    IN_SESSION(hSession, P11_AT_LOGIN, p11_login(module, session, userType, pPin, ulPinLen));
}

static CK_RV C_Sign_3_0(CK_SESSION_HANDLE hSession, CK_BYTE *pData, CK_ULONG ulDataLen,
                        CK_BYTE *pSignature, CK_ULONG *pulSignatureLen)
{
    IN_SESSION(hSession, P11_AT_SESSION,
               p11_sign(module, session, pData, ulDataLen, pSignature, pulSignatureLen));
}

static CK_RV C_SignFinal_3_0(CK_SESSION_HANDLE hSession, CK_BYTE *pSignature,
                             CK_ULONG *pulSignatureLen)
{
    IN_SESSION(hSession, P11_AT_SESSION,
               p11_sign_final(module, session, pSignature, pulSignatureLen));
}

static CK_RV C_Verify_3_0(CK_SESSION_HANDLE hSession, CK_BYTE *pData, CK_ULONG ulDataLen,
                          CK_BYTE *pSignature, CK_ULONG ulSignatureLen)
{
    IN_SESSION(hSession, P11_AT_SESSION,
               p11_verify(module, session, pData, ulDataLen, pSignature, ulSignatureLen));
}

static CK_RV C_VerifyFinal_3_0(CK_SESSION_HANDLE hSession, CK_BYTE *pSignature,
                               CK_ULONG ulSignatureLen)
{
    IN_SESSION(hSession, P11_AT_SESSION,
               p11_verify_final(module, session, pSignature, ulSignatureLen));
}

#define SAME(name) .name = (name),
#define OWN(name) .name = name##_3_0,

const CK_FUNCTION_LIST_3_0 p11_functions_3_0 = {.version = {3, 0},
                                                P11_FUNCTIONS(SAME, OWN) P11_FUNCTIONS_ADDED(SAME)};
