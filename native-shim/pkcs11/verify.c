#include "sign.h"

rs_status p11_verify_init(p11_module *module, p11_session *session, const CK_MECHANISM *mechanism,
                          CK_OBJECT_HANDLE key)
{
    return p11_operation_begin(&session->verify, module, mechanism, key, CKO_PUBLIC_KEY);
}

static rs_status ask_agent(p11_module *module, p11_operation *operation, rs_bytes signature)
{
    uint8_t digest[RS_DIGEST_MAX];
    rs_signature_input input;
    bool valid = false;
    if (signature.length != rs_credential_signature_length(operation->credential))
        return RS_SIGNATURE_LENGTH;
    rs_status status = p11_operation_conclude(operation, digest, &input);
    if (status == RS_OK)
        status = rs_agent_verify(module->agent, operation->credential, &input, signature, &valid);
    if (status == RS_OK && !valid)
        status = RS_SIGNATURE_INVALID;
    return status;
}

/* PKCS#11 v2.40, 5.12: a verifying call always ends the operation. */
static rs_status finish(p11_module *module, p11_operation *operation, rs_bytes data,
                        rs_bytes signature)
{
    rs_status status = signature.data == NULL ? RS_INVALID_REQUEST : RS_OK;
    if (status == RS_OK)
        status = p11_operation_update(operation, data);
    if (status == RS_OK)
        status = ask_agent(module, operation, signature);
    p11_operation_end(operation);
    return status;
}

rs_status p11_verify(p11_module *module, p11_session *session, const CK_BYTE *data,
                     CK_ULONG data_length, const CK_BYTE *signature, CK_ULONG length)
{
    p11_operation *operation = &session->verify;
    rs_status status = p11_operation_demand_whole(operation);
    if (status != RS_OK)
        return status;
    return finish(module, operation, (rs_bytes){data, data_length}, (rs_bytes){signature, length});
}

rs_status p11_verify_update(p11_session *session, const CK_BYTE *data, CK_ULONG length)
{
    return p11_operation_add_part(&session->verify, (rs_bytes){data, length});
}

rs_status p11_verify_final(p11_module *module, p11_session *session, const CK_BYTE *signature,
                           CK_ULONG length)
{
    if (!session->verify.active)
        return RS_OPERATION_MISSING;
    return finish(module, &session->verify, (rs_bytes){NULL, 0}, (rs_bytes){signature, length});
}
