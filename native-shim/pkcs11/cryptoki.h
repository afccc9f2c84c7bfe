/* PKCS#11 v2.40 and v3.0, their functions visible, and the names that the headers at hand lack. */
#ifndef P11_CRYPTOKI_H
#define P11_CRYPTOKI_H

#ifdef _WIN32
#include <windows.h>
#undef CreateMutex /* a name in CK_C_INITIALIZE_ARGS */
#endif

#pragma GCC visibility push(default)
#include "pkcs11.h"
/* in this order */
#include "pkcs11-3.0.h"
#pragma GCC visibility pop

#define CKM_ECDSA_SHA224 (0x1043UL)
#define CKM_ECDSA_SHA256 (0x1044UL)
#define CKM_ECDSA_SHA384 (0x1045UL)
#define CKM_ECDSA_SHA512 (0x1046UL)
#define CKA_UNIQUE_ID (0x4UL) /* these four: v3.0 */
#define CKA_PROFILE_ID (0x601UL)
#define CKO_PROFILE (0x9UL)
#define CKP_PUBLIC_CERTIFICATES_TOKEN (0x4UL)
#define CK_CERTIFICATE_CATEGORY_TOKEN_USER (1UL)
#define CK_CERTIFICATE_CATEGORY_AUTHORITY (2UL)

#endif
