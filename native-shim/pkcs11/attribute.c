#include "attribute.h"

#include "attribute_value.h"

#include <string.h>

static rs_status fill(const p11_object *object, CK_ATTRIBUTE *wanted)
{
    p11_value found;
    rs_status status = p11_attribute_value(object, wanted->type, &found);
    if (status == RS_OK && wanted->pValue != NULL && wanted->ulValueLen < found.bytes.length)
        status = RS_BUFFER_TOO_SMALL;
    if (status != RS_OK) {
        wanted->ulValueLen = CK_UNAVAILABLE_INFORMATION;
        return status;
    }
    if (wanted->pValue != NULL && found.bytes.length > 0)
        memcpy(wanted->pValue, found.bytes.data, found.bytes.length);
    wanted->ulValueLen = (CK_ULONG)found.bytes.length;
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

static size_t size_of(const p11_object *object)
{
    if (object->class == CKO_PROFILE)
        return sizeof(CK_ULONG);
    return object->class == CKO_CERTIFICATE
               ? object->certificate->value.length
               : object->credential->a.length + object->credential->b.length;
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
    *size = (CK_ULONG)size_of(object);
    p11_objects_release(objects);
    return RS_OK;
}

bool p11_object_matches(const p11_object *object, const CK_ATTRIBUTE *template, CK_ULONG count)
{
    for (CK_ULONG i = 0; i < count; i++) {
        p11_value found;
        rs_bytes wanted = {template[i].pValue, template[i].ulValueLen};
        if (p11_attribute_value(object, template[i].type, &found) != RS_OK ||
            !rs_bytes_equal(found.bytes, wanted))
            return false;
    }
    return true;
}
