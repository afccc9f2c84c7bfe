#include "attribute_value.h"

#include "common_name.h"
#include "der.h"

#include <string.h>

static rs_status view(p11_value *result, rs_bytes bytes)
{
    result->bytes = bytes;
    return RS_OK;
}

static rs_status flag(p11_value *result, bool set)
{
    result->made.flag = set ? CK_TRUE : CK_FALSE;
    return view(result, (rs_bytes){&result->made.flag, sizeof result->made.flag});
}

static rs_status number(p11_value *result, CK_ULONG given)
{
    result->made.number = given;
    return view(result,
                (rs_bytes){(const uint8_t *)&result->made.number, sizeof result->made.number});
}

static rs_status empty(p11_value *result)
{
    return view(result, (rs_bytes){NULL, 0});
}

/* CKA_EC_POINT is the point wrapped in a DER OCTET STRING (PKCS#11 v2.40 mechanisms, 2.3.3). */
static rs_status point(p11_value *result, rs_bytes raw)
{
    rs_writer writer = {result->made.der, sizeof result->made.der, 0, false};
    rs_der_put_header(&writer, RS_DER_OCTET_STRING, raw.length);
    rs_put_raw(&writer, raw.data, raw.length);
    return view(result, (rs_bytes){result->made.der, writer.length});
}

static rs_status public_key_info(p11_value *result, const p11_object *object)
{
    rs_writer writer = {result->made.der, sizeof result->made.der, 0, false};
    if (object->class == CKO_CERTIFICATE)
        return view(result, rs_certificate_key_info(object->certificate->value));
    rs_put_public_key_info(&writer, object->credential);
    return view(result, (rs_bytes){result->made.der, writer.length});
}

static rs_status key_hash(p11_value *result, const p11_key_hash *hash)
{
    return view(result, (rs_bytes){hash->bytes, hash->length});
}

static rs_status allowed_mechanisms(p11_value *result, const rs_credential *credential)
{
    size_t count = p11_mechanism_types_of(credential, result->made.mechanisms);
    return view(result, (rs_bytes){(const uint8_t *)result->made.mechanisms,
                                   count * sizeof result->made.mechanisms[0]});
}

static rs_status label(const p11_object *object, p11_value *result)
{
    if (!object->is_issuer)
        return view(result, object->credential->label);
    return view(result, rs_common_name(object->certificate->subject));
}

static rs_status of_any(const p11_object *object, CK_ATTRIBUTE_TYPE type, p11_value *result)
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
    case CKA_UNIQUE_ID:
        return view(result, (rs_bytes){(const uint8_t *)object->unique_id, P11_UNIQUE_ID_SIZE});
    default:
        return RS_ATTRIBUTE_UNKNOWN;
    }
}

/* Says that certificates can be read before login, which programs else do not try. */
static rs_status of_profile(CK_ATTRIBUTE_TYPE type, p11_value *result)
{
    return type == CKA_PROFILE_ID ? number(result, CKP_PUBLIC_CERTIFICATES_TOKEN)
                                  : RS_ATTRIBUTE_UNKNOWN;
}

static rs_status of_credential(const p11_object *object, CK_ATTRIBUTE_TYPE type, p11_value *result)
{
    switch (type) {
    case CKA_LABEL:
        return label(object, result);
    case CKA_ID:
        return view(result, object->is_issuer ? (rs_bytes){object->issuer_id, P11_ID_SIZE}
                                              : object->credential->cka_id);
    case CKA_SUBJECT:
        return view(result, object->certificate->subject);
    case CKA_PUBLIC_KEY_INFO:
        return public_key_info(result, object);
    default:
        return RS_ATTRIBUTE_UNKNOWN;
    }
}

static rs_status of_certificate(const p11_object *object, CK_ATTRIBUTE_TYPE type, p11_value *result)
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
        return empty(result);
    case CKA_HASH_OF_SUBJECT_PUBLIC_KEY:
        return key_hash(result, &object->subject_key_hash);
    case CKA_HASH_OF_ISSUER_PUBLIC_KEY:
        return key_hash(result, &object->issuer_key_hash);
    case CKA_JAVA_MIDP_SECURITY_DOMAIN:
        return number(result, 0);
    case CKA_NAME_HASH_ALGORITHM:
        return number(result, CKM_SHA_1);
    default:
        return RS_ATTRIBUTE_UNKNOWN;
    }
}

static rs_status of_key(const p11_object *object, CK_ATTRIBUTE_TYPE type, p11_value *result)
{
    bool rsa = object->credential->key_type == RS_KEY_RSA;
    switch (type) {
    case CKA_KEY_TYPE:
        return number(result, rsa ? CKK_RSA : CKK_EC);
    case CKA_START_DATE:
    case CKA_END_DATE: /* the certificate's are no limit of the key */
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

static rs_status of_public_key(const p11_object *object, CK_ATTRIBUTE_TYPE type, p11_value *result)
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
    case CKA_WRAP_TEMPLATE: /* of no attributes, as the key wraps nothing */
        return empty(result);
    case CKA_MODULUS_BITS:
        return rsa ? number(result, object->credential->key_bits) : RS_ATTRIBUTE_UNKNOWN;
    case CKA_EC_POINT:
        return rsa ? RS_ATTRIBUTE_UNKNOWN : point(result, object->credential->b);
    default:
        return RS_ATTRIBUTE_UNKNOWN;
    }
}

static rs_status of_private_key(const p11_object *object, CK_ATTRIBUTE_TYPE type, p11_value *result)
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
    case CKA_UNWRAP_TEMPLATE: /* of no attributes, as the key makes no others */
    case CKA_DERIVE_TEMPLATE:
        return empty(result);
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

rs_status p11_attribute_value(const p11_object *object, CK_ATTRIBUTE_TYPE type, p11_value *result)
{
    rs_status status = of_any(object, type, result);
    if (status == RS_ATTRIBUTE_UNKNOWN && object->class == CKO_PROFILE)
        return of_profile(type, result);
    if (status == RS_ATTRIBUTE_UNKNOWN)
        status = of_credential(object, type, result);
    if (status == RS_ATTRIBUTE_UNKNOWN && object->class == CKO_CERTIFICATE)
        return of_certificate(object, type, result);
    if (status == RS_ATTRIBUTE_UNKNOWN)
        status = of_key(object, type, result);
    if (status != RS_ATTRIBUTE_UNKNOWN)
        return status;
    return object->class == CKO_PUBLIC_KEY ? of_public_key(object, type, result)
                                           : of_private_key(object, type, result);
}
