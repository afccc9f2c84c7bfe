/* What each object answers for each attribute; the tables are in docs/pkcs11.md, "Objects". */
#ifndef P11_ATTRIBUTE_VALUE_H
#define P11_ATTRIBUTE_VALUE_H

#include "mechanism.h"
#include "object.h"
#include "public_key.h"

/* A value: `bytes` are a view of the object, or of what is made here. Not to be copied. */
typedef struct p11_value {
    rs_bytes bytes;
    union {
        CK_BBOOL flag;
        CK_ULONG number;
        CK_MECHANISM_TYPE mechanisms[P11_MECHANISMS_MAX];
        uint8_t der[RS_PUBLIC_KEY_INFO_MAX];
    } made;
} p11_value;

/* RS_ATTRIBUTE_SENSITIVE: it exists and stays where the key is. RS_ATTRIBUTE_UNKNOWN: objects of
 * this kind do not have it. */
RS_MUST_CHECK rs_status p11_attribute_value(const p11_object *object, CK_ATTRIBUTE_TYPE type,
                                            p11_value *result);

#endif
