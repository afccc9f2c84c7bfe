#include "operation.h"

#include "digest_info.h"
#include "log.h"
#include "secret.h"

#include <string.h>

enum { PKCS1_OVERHEAD = 11 }; /* padding (RFC 8017, 7.2.1 and 9.2) */

static rs_status find_key(p11_module *module, CK_OBJECT_HANDLE handle, CK_OBJECT_CLASS class,
                          p11_objects **objects, const p11_object **key)
{
    rs_status status = p11_object_of(module, handle, objects, key);
    if (status == RS_UNKNOWN_OBJECT)
        return RS_UNKNOWN_KEY;
    if (status != RS_OK)
        return status;
    if ((*key)->class == class)
        return RS_OK;
    bool is_key = (*key)->class == CKO_PRIVATE_KEY || (*key)->class == CKO_PUBLIC_KEY;
    status = is_key ? RS_CREDENTIAL_UNUSABLE : RS_UNKNOWN_KEY;
    p11_objects_release(*objects);
    return status;
}

static void log_refusal(const CK_MECHANISM *mechanism, const rs_credential *credential)
{
    char label[RS_PRINTABLE_SIZE];
    rs_log("mechanism 0x%lx with these parameters (%lu bytes) cannot be used with the key \"%s\"",
           mechanism->mechanism, mechanism->ulParameterLen, rs_printable(credential->label, label));
}

/* PKCS#11 v3.0, 5.13.1: an Init call without a mechanism ends what is under way. */
static rs_status cancel(p11_operation *operation)
{
    if (!operation->active)
        return RS_INVALID_REQUEST;
    p11_operation_end(operation);
    return RS_OK;
}

rs_status p11_operation_begin(p11_operation *operation, p11_module *module,
                              const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key,
                              CK_OBJECT_CLASS class)
{
    p11_objects *objects = NULL;
    const p11_object *object = NULL;
    const p11_mechanism *known = NULL;
    p11_operation begun = {.active = true};
    if (mechanism == NULL)
        return cancel(operation);
    if (operation->active)
        return RS_OPERATION_ACTIVE;
    rs_status status = p11_mechanism_find(mechanism->mechanism, &known);
    if (status == RS_OK)
        status = find_key(module, key, class, &objects, &object);
    if (status != RS_OK)
        return status;
    status = p11_mechanism_offered(known, objects->card)
                 ? p11_mechanism_select(mechanism, object->credential, &begun.signing)
                 : RS_UNSUPPORTED_ALGORITHM;
    if (status == RS_OK && begun.signing.hash_here)
        status = rs_hash_create((rs_hash_algorithm)begun.signing.hash, &begun.hash);
    if (status == RS_OK) {
        begun.objects = objects;
        begun.credential = object->credential;
        begun.needs_pin = class == CKO_PRIVATE_KEY &&
                          (object->credential->flags & RS_CREDENTIAL_ALWAYS_AUTHENTICATE) != 0;
        *operation = begun;
    } else {
        log_refusal(mechanism, object->credential);
        p11_objects_release(objects);
    }
    return status;
}

rs_status p11_operation_authenticate(p11_operation *operation, rs_bytes pin)
{
    if (pin.length > sizeof operation->pin)
        return RS_PIN_INCORRECT;
    if (pin.length > 0)
        memcpy(operation->pin, pin.data, pin.length);
    operation->pin_length = pin.length;
    operation->needs_pin = false;
    return RS_OK;
}

/* Of other data than a digest nobody could say what the remote key would be signing. */
static rs_status refuse_raw(const p11_operation *operation, size_t length)
{
    bool pkcs1 = operation->signing.scheme == RS_RSA_PKCS1;
    rs_log("the %zu bytes to be signed are not %s that the key may sign", length,
           pkcs1 ? "the DigestInfo of a digest" : "as long as a digest");
    size_t most = rs_credential_signature_length(operation->credential) - PKCS1_OVERHEAD;
    return pkcs1 && length <= most ? RS_DATA_INVALID : RS_DATA_LENGTH;
}

rs_status p11_operation_update(p11_operation *operation, rs_bytes data)
{
    if (data.data == NULL && data.length != 0)
        return RS_INVALID_REQUEST;
    if (data.length == 0)
        return RS_OK;
    if (operation->hash != NULL)
        return rs_hash_update(operation->hash, data);
    if (data.length > sizeof operation->raw - operation->raw_length)
        return refuse_raw(operation, operation->raw_length + data.length);
    memcpy(operation->raw + operation->raw_length, data.data, data.length);
    operation->raw_length += data.length;
    return RS_OK;
}

rs_status p11_operation_add_part(p11_operation *operation, rs_bytes part)
{
    if (!operation->active)
        return RS_OPERATION_MISSING;
    operation->updated = true;
    rs_status status = p11_operation_update(operation, part);
    if (status != RS_OK)
        p11_operation_end(operation);
    return status;
}

rs_status p11_operation_demand_whole(p11_operation *operation)
{
    if (!operation->active)
        return RS_OPERATION_MISSING;
    if (!operation->updated)
        return RS_OK;
    p11_operation_end(operation);
    return RS_OPERATION_ACTIVE;
}

/* A bare ECDSA digest does not say which hash made it; its length does. */
static rs_status hash_of_length(size_t length, uint8_t *hash)
{
    for (int each = RS_SHA1; each <= RS_SHA512; each++) {
        if (rs_digest_length((rs_hash_algorithm)each) == length) {
            *hash = (uint8_t)each;
            return RS_OK;
        }
    }
    return RS_DATA_LENGTH;
}

static rs_status conclude_raw(p11_operation *operation, rs_bytes *digest)
{
    rs_bytes raw = {operation->raw, operation->raw_length};
    rs_hash_algorithm hash = RS_SHA256;
    rs_status status = RS_OK;
    *digest = raw;
    switch (operation->signing.scheme) {
    case RS_RSA_PKCS1:
        status = rs_digest_info_parse(raw, &hash, digest);
        operation->signing.hash = (uint8_t)hash;
        break;
    case RS_RSA_PSS:
        if (raw.length != rs_digest_length((rs_hash_algorithm)operation->signing.hash))
            status = RS_DATA_LENGTH;
        break;
    case RS_ECDSA:
        status = hash_of_length(raw.length, &operation->signing.hash);
        break;
    }
    if (status != RS_OK || !p11_hash_allowed(operation->credential, operation->signing.hash))
        status = refuse_raw(operation, raw.length);
    return status;
}

rs_status p11_operation_conclude(p11_operation *operation, uint8_t digest[RS_DIGEST_MAX],
                                 rs_signature_input *input)
{
    rs_status status = RS_OK;
    rs_bytes result = {digest, 0};
    if (operation->hash != NULL) {
        status = rs_hash_finish(operation->hash, digest);
        result.length = rs_digest_length((rs_hash_algorithm)operation->signing.hash);
    } else {
        status = conclude_raw(operation, &result);
    }
    if (status == RS_OK)
        *input = (rs_signature_input){operation->signing.scheme,
                                      (rs_hash_algorithm)operation->signing.hash,
                                      operation->signing.salt_length, result};
    return status;
}

void p11_operation_end(p11_operation *operation)
{
    rs_hash_free(operation->hash);
    p11_objects_release(operation->objects);
    rs_wipe(operation, sizeof *operation);
}
