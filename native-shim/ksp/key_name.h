/* Names of keys: readable, unique, and the same as long as the key is the same. */
#ifndef KSP_KEY_NAME_H
#define KSP_KEY_NAME_H

#include "provider.h"

/* The label and, in brackets, the first four bytes of the CKA_ID in hex. */
RS_MUST_CHECK rs_status ksp_name_of(const rs_credential *credential, wchar_t name[KSP_TEXT_MAX]);

/* RS_UNKNOWN_KEY: none has this name. */
RS_MUST_CHECK rs_status ksp_find_by_name(const rs_card *card, const wchar_t *name,
                                         const rs_credential **credential);

#endif
