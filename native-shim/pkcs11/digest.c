#include "digest.h"

#include <string.h>

static void end(p11_session *session)
{
    rs_hash_free(session->digest);
    session->digest = NULL;
}

/* PKCS#11 v3.0, 5.12.1: without a mechanism it ends what is under way. */
static rs_status cancel(p11_session *session)
{
    if (session->digest == NULL)
        return RS_INVALID_REQUEST;
    end(session);
    return RS_OK;
}

rs_status p11_digest_init(p11_session *session, const CK_MECHANISM *mechanism)
{
    const p11_mechanism *found = NULL;
    if (mechanism == NULL)
        return cancel(session);
    if (session->digest != NULL)
        return RS_OPERATION_ACTIVE;
    rs_status status = p11_mechanism_find(mechanism->mechanism, &found);
    if (status != RS_OK || found->scheme != P11_SCHEME_NONE)
        return RS_UNSUPPORTED_ALGORITHM;
    if (mechanism->ulParameterLen != 0)
        return RS_BAD_PARAMETERS;
    session->digest_algorithm = (rs_hash_algorithm)found->hash;
    session->digest_updated = false;
    return rs_hash_create(session->digest_algorithm, &session->digest);
}

static rs_status update(p11_session *session, const CK_BYTE *data, CK_ULONG length)
{
    if (data == NULL && length != 0)
        return RS_INVALID_REQUEST;
    return length == 0 ? RS_OK : rs_hash_update(session->digest, (rs_bytes){data, length});
}

static rs_status finish(p11_session *session, rs_bytes data, CK_BYTE *digest, CK_ULONG *length)
{
    uint8_t whole[RS_DIGEST_MAX];
    rs_status status = RS_INVALID_REQUEST;
    if (length == NULL)
        goto done;
    CK_ULONG given = *length;
    CK_ULONG needed = (CK_ULONG)rs_digest_length(session->digest_algorithm);
    if (digest == NULL || given < needed) {
        *length = needed;
        return digest == NULL ? RS_OK : RS_BUFFER_TOO_SMALL;
    }
    status = update(session, data.data, (CK_ULONG)data.length);
    if (status == RS_OK)
        status = rs_hash_finish(session->digest, whole);
    if (status == RS_OK) {
        memcpy(digest, whole, needed);
        *length = needed;
    }
done:
    end(session);
    return status;
}

rs_status p11_digest(p11_session *session, const CK_BYTE *data, CK_ULONG data_length,
                     CK_BYTE *digest, CK_ULONG *length)
{
    if (session->digest == NULL)
        return RS_OPERATION_MISSING;
    if (session->digest_updated) { /* parts are finished by C_DigestFinal */
        end(session);
        return RS_OPERATION_ACTIVE;
    }
    return finish(session, (rs_bytes){data, data_length}, digest, length);
}

rs_status p11_digest_update(p11_session *session, const CK_BYTE *data, CK_ULONG length)
{
    if (session->digest == NULL)
        return RS_OPERATION_MISSING;
    session->digest_updated = true;
    rs_status status = update(session, data, length);
    if (status != RS_OK)
        end(session);
    return status;
}

rs_status p11_digest_final(p11_session *session, CK_BYTE *digest, CK_ULONG *length)
{
    if (session->digest == NULL)
        return RS_OPERATION_MISSING;
    return finish(session, (rs_bytes){NULL, 0}, digest, length);
}
