#include "sign.h"

#include "log.h"

rs_status p11_sign_init(p11_module *module, p11_session *session, const CK_MECHANISM *mechanism,
                        CK_OBJECT_HANDLE key)
{
    return p11_operation_begin(&session->sign, module, mechanism, key, CKO_PRIVATE_KEY);
}

static rs_status make_signature(p11_module *module, p11_operation *operation, CK_BYTE *signature,
                                size_t length)
{
    uint8_t digest[RS_DIGEST_MAX];
    rs_signature_input input;
    rs_consent consent = {.pin = {operation->pin, operation->pin_length}};
    if (operation->needs_pin) {
        rs_log("the key wants a login of its own for each signature (CKA_ALWAYS_AUTHENTICATE)");
        return RS_NOT_SIGNED_IN;
    }
    rs_status status = p11_operation_conclude(operation, digest, &input);
    if (status != RS_OK)
        return status;
    status =
        rs_agent_sign(module->agent, operation->credential, &input, &consent, signature, length);
    if (status != RS_OK)
        p11_distrust_listing(module);
    return status;
}

/* PKCS#11 v2.40, 5.11: a signing call always ends the operation, unless it only asked for the
 * length or the buffer was too small. `data` is empty for C_SignFinal. */
static rs_status finish(p11_module *module, p11_operation *operation, rs_bytes data,
                        CK_BYTE *signature, CK_ULONG *length)
{
    rs_status status = RS_INVALID_REQUEST;
    if (length == NULL)
        goto done;
    CK_ULONG given = *length;
    CK_ULONG needed = (CK_ULONG)rs_credential_signature_length(operation->credential);
    if (signature == NULL || given < needed) {
        *length = needed;
        return signature == NULL ? RS_OK : RS_BUFFER_TOO_SMALL;
    }
    status = p11_operation_update(operation, data);
    if (status == RS_OK)
        status = make_signature(module, operation, signature, needed);
    if (status == RS_OK)
        *length = needed;
done:
    p11_operation_end(operation);
    return status;
}

rs_status p11_sign(p11_module *module, p11_session *session, const CK_BYTE *data,
                   CK_ULONG data_length, CK_BYTE *signature, CK_ULONG *length)
{
    p11_operation *operation = &session->sign;
    rs_status status = p11_operation_demand_whole(operation);
    if (status != RS_OK)
        return status;
    return finish(module, operation, (rs_bytes){data, data_length}, signature, length);
}

rs_status p11_sign_update(p11_session *session, const CK_BYTE *data, CK_ULONG length)
{
    return p11_operation_add_part(&session->sign, (rs_bytes){data, length});
}

rs_status p11_sign_final(p11_module *module, p11_session *session, CK_BYTE *signature,
                         CK_ULONG *length)
{
    if (!session->sign.active)
        return RS_OPERATION_MISSING;
    return finish(module, &session->sign, (rs_bytes){NULL, 0}, signature, length);
}
