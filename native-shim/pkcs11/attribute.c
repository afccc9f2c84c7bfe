#include "attribute.h"

#include "common_name.h"
#include "mechanism.h"
#include "protocol.h"

#include <string.h>

/* A value: a view of the card, or made here. */
typedef struct value {
    rs_bytes bytes;
    union {
        CK_BBOOL flag;
        CK_ULONG number;
        CK_MECHANISM_TYPE mechanisms[P11_MECHANISMS_MAX];
        uint8_t point[RS_SIGNATURE_MAX + 8];
    } made;
} value;

static rs_status view(value *result, rs_bytes bytes)
{
    result->bytes = bytes;
    return RS_OK;
}

static rs_status flag(value *result, bool set)
{
    result->made.flag = set ? CK_TRUE : CK_FALSE;
    return view(result, (rs_bytes){&result->made.flag, sizeof result->made.flag});
}

static rs_status number(value *result, CK_ULONG given)
{
    result->made.number = given;
    return view(result,
                (rs_bytes){(const uint8_t *)&result->made.number, sizeof result->made.number});
}

static rs_status empty(value *result)
{
    return view(result, (rs_bytes){NULL, 0});
}

/* CKA_EC_POINT is the point wrapped in a DER OCTET STRING (PKCS#11 v2.40 mechanisms, 2.3.3). */
static rs_status point(value *result, rs_bytes raw)
{
    uint8_t *at = result->made.point;
    *at++ = 0x04;
    if (raw.length >= 0x100) {
        *at++ = 0x82;
        *at++ = (uint8_t)(raw.length >> 8);
    } else if (raw.length >= 0x80) {
        *at++ = 0x81;
    }
    *at++ = (uint8_t)raw.length;
    memcpy(at, raw.data, raw.length);
    size_t header = (size_t)(at - result->made.point);
    return view(result, (rs_bytes){result->made.point, header + raw.length});
}

static rs_status allowed_mechanisms(value *result, const rs_credential *credential)
{
    size_t count = p11_mechanism_types_of(credential, result->made.mechanisms);
    return view(result, (rs_bytes){(const uint8_t *)result->made.mechanisms,
                                   count * sizeof result->made.mechanisms[0]});
}

static rs_status label(const p11_object *object, value *result)
{
    if (!object->is_issuer)
        return view(result, object->credential->label);
    return view(result, rs_common_name(object->certificate->subject));
}

static rs_status of_any(const p11_object *object, CK_ATTRIBUTE_TYPE type, value *result)
{
    switch (type) {
    case CKA_CLASS:
        return number(result, object->class);
    case CKA_TOKEN:
        return flag(result, true);
    case CKA_PRIVATE:
        return flag(result, object->is_private);
    case CKA_MODIFIABLE:
    case CKA_COPYABLE:
    case CKA_DESTROYABLE:
        return flag(result, false);
    case CKA_LABEL:
        return label(object, result);
    case CKA_ID:
        return view(result, object->is_issuer ? (rs_bytes){object->issuer_id, P11_ID_SIZE}
                                              : object->credential->cka_id);
    case CKA_SUBJECT:
        return view(result, object->certificate->subject);
    default:
        return RS_ATTRIBUTE_UNKNOWN;
    }
}

static rs_status of_certificate(const p11_object *object, CK_ATTRIBUTE_TYPE type, value *result)
{
    switch (type) {
    case CKA_CERTIFICATE_TYPE:
        return number(result, CKC_X_509);
    case CKA_CERTIFICATE_CATEGORY:
        return number(result, object->is_issuer ? CK_CERTIFICATE_CATEGORY_AUTHORITY
                                                : CK_CERTIFICATE_CATEGORY_TOKEN_USER);
    case CKA_TRUSTED:
        return flag(result, false); /* whom to trust is for the program to decide */
    case CKA_VALUE:
        return view(result, object->certificate->value);
    case CKA_ISSUER:
        return view(result, object->certificate->issuer);
    case CKA_SERIAL_NUMBER:
        return view(result, object->certificate->serial);
    case CKA_START_DATE:
        return view(result, object->certificate->not_before);
    case CKA_END_DATE:
        return view(result, object->certificate->not_after);
    case CKA_CHECK_VALUE:
        return view(result, (rs_bytes){object->check_value, P11_CHECK_SIZE});
    case CKA_URL:
    case CKA_HASH_OF_SUBJECT_PUBLIC_KEY:
    case CKA_HASH_OF_ISSUER_PUBLIC_KEY:
    case CKA_PUBLIC_KEY_INFO:
        return empty(result);
    case CKA_JAVA_MIDP_SECURITY_DOMAIN:
        return number(result, 0);
    case CKA_NAME_HASH_ALGORITHM:
        return number(result, CKM_SHA_1);
    default:
        return RS_ATTRIBUTE_UNKNOWN;
    }
}

static rs_status of_key(const p11_object *object, CK_ATTRIBUTE_TYPE type, value *result)
{
    bool rsa = object->credential->key_type == RS_KEY_RSA;
    switch (type) {
    case CKA_KEY_TYPE:
        return number(result, rsa ? CKK_RSA : CKK_EC);
    case CKA_START_DATE:
    case CKA_END_DATE:
    case CKA_PUBLIC_KEY_INFO:
        return empty(result);
    case CKA_DERIVE:
        return flag(result, false);
    case CKA_LOCAL:
        return flag(result, true);
    case CKA_KEY_GEN_MECHANISM:
        return number(result, rsa ? CKM_RSA_PKCS_KEY_PAIR_GEN : CKM_EC_KEY_PAIR_GEN);
    case CKA_ALLOWED_MECHANISMS:
        return allowed_mechanisms(result, object->credential);
    case CKA_MODULUS:
        return rsa ? view(result, object->credential->a) : RS_ATTRIBUTE_UNKNOWN;
    case CKA_PUBLIC_EXPONENT:
        return rsa ? view(result, object->credential->b) : RS_ATTRIBUTE_UNKNOWN;
    case CKA_EC_PARAMS:
        return rsa ? RS_ATTRIBUTE_UNKNOWN : view(result, object->credential->a);
    default:
        return RS_ATTRIBUTE_UNKNOWN;
    }
}

static rs_status of_public_key(const p11_object *object, CK_ATTRIBUTE_TYPE type, value *result)
{
    bool rsa = object->credential->key_type == RS_KEY_RSA;
    switch (type) {
    case CKA_VERIFY:
        return flag(result, true);
    case CKA_ENCRYPT:
    case CKA_VERIFY_RECOVER:
    case CKA_WRAP:
    case CKA_TRUSTED:
        return flag(result, false);
    case CKA_MODULUS_BITS:
        return rsa ? number(result, object->credential->key_bits) : RS_ATTRIBUTE_UNKNOWN;
    case CKA_EC_POINT:
        return rsa ? RS_ATTRIBUTE_UNKNOWN : point(result, object->credential->b);
    default:
        return RS_ATTRIBUTE_UNKNOWN;
    }
}

static rs_status of_private_key(const p11_object *object, CK_ATTRIBUTE_TYPE type, value *result)
{
    bool rsa = object->credential->key_type == RS_KEY_RSA;
    switch (type) {
    case CKA_SIGN:
    case CKA_SENSITIVE:
    case CKA_ALWAYS_SENSITIVE:
    case CKA_NEVER_EXTRACTABLE:
        return flag(result, true);
    case CKA_EXTRACTABLE:
    case CKA_DECRYPT:
    case CKA_SIGN_RECOVER:
    case CKA_UNWRAP:
    case CKA_WRAP_WITH_TRUSTED:
        return flag(result, false);
    case CKA_ALWAYS_AUTHENTICATE:
        return flag(result, (object->credential->flags & RS_CREDENTIAL_ALWAYS_AUTHENTICATE) != 0);
    case CKA_VALUE: /* the EC private value */
        return rsa ? RS_ATTRIBUTE_UNKNOWN : RS_ATTRIBUTE_SENSITIVE;
    case CKA_PRIVATE_EXPONENT:
    case CKA_PRIME_1:
    case CKA_PRIME_2:
    case CKA_EXPONENT_1:
    case CKA_EXPONENT_2:
    case CKA_COEFFICIENT:
        return rsa ? RS_ATTRIBUTE_SENSITIVE : RS_ATTRIBUTE_UNKNOWN;
    default:
        return RS_ATTRIBUTE_UNKNOWN;
    }
}

static rs_status attribute(const p11_object *object, CK_ATTRIBUTE_TYPE type, value *result)
{
    rs_status status = of_any(object, type, result);
    if (status == RS_ATTRIBUTE_UNKNOWN && object->class == CKO_CERTIFICATE)
        return of_certificate(object, type, result);
    if (status == RS_ATTRIBUTE_UNKNOWN)
        status = of_key(object, type, result);
    if (status != RS_ATTRIBUTE_UNKNOWN)
        return status;
    return object->class == CKO_PUBLIC_KEY ? of_public_key(object, type, result)
                                           : of_private_key(object, type, result);
}

static rs_status fill(const p11_object *object, CK_ATTRIBUTE *wanted)
{
    value found;
    rs_status status = attribute(object, wanted->type, &found);
    if (status == RS_OK && wanted->pValue != NULL && wanted->ulValueLen < found.bytes.length)
        status = RS_BUFFER_TOO_SMALL;
    if (status != RS_OK) {
        wanted->ulValueLen = CK_UNAVAILABLE_INFORMATION;
        return status;
    }
    if (wanted->pValue != NULL && found.bytes.length > 0)
        memcpy(wanted->pValue, found.bytes.data, found.bytes.length);
    wanted->ulValueLen = found.bytes.length;
    return RS_OK;
}

/* An object that login hides is not there, for those who only look. */
static rs_status find(p11_module *module, CK_OBJECT_HANDLE handle, p11_objects **objects,
                      const p11_object **object)
{
    rs_status status = p11_object_of(module, handle, objects, object);
    return status == RS_NOT_SIGNED_IN ? RS_UNKNOWN_OBJECT : status;
}

rs_status p11_get_attributes(p11_module *module, CK_OBJECT_HANDLE handle, CK_ATTRIBUTE *template,
                             CK_ULONG count)
{
    p11_objects *objects = NULL;
    const p11_object *object = NULL;
    if (template == NULL && count != 0)
        return RS_INVALID_REQUEST;
    rs_status result = find(module, handle, &objects, &object);
    if (result != RS_OK)
        return result;
    /* All of them are answered, whatever becomes of one (PKCS#11 v2.40, 5.7, C_GetAttributeValue).
     */
    for (CK_ULONG i = 0; i < count; i++) {
        rs_status status = fill(object, &template[i]);
        if (result == RS_OK)
            result = status;
    }
    p11_objects_release(objects);
    return result;
}

rs_status p11_object_size(p11_module *module, CK_OBJECT_HANDLE handle, CK_ULONG *size)
{
    p11_objects *objects = NULL;
    const p11_object *object = NULL;
    if (size == NULL)
        return RS_INVALID_REQUEST;
    rs_status status = find(module, handle, &objects, &object);
    if (status != RS_OK)
        return status;
    *size = object->class == CKO_CERTIFICATE
                ? object->certificate->value.length
                : object->credential->a.length + object->credential->b.length;
    p11_objects_release(objects);
    return RS_OK;
}

bool p11_object_matches(const p11_object *object, const CK_ATTRIBUTE *template, CK_ULONG count)
{
    for (CK_ULONG i = 0; i < count; i++) {
        value found;
        rs_bytes wanted = {template[i].pValue, template[i].ulValueLen};
        if (attribute(object, template[i].type, &found) != RS_OK ||
            !rs_bytes_equal(found.bytes, wanted))
            return false;
    }
    return true;
}
