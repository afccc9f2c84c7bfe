#include "session.h"

#include <stdlib.h>

static void session_free(p11_session *session)
{
    p11_operation_end(&session->sign);
    p11_operation_end(&session->verify);
    rs_hash_free(session->digest);
    free(session->find.handles);
    rs_lock_destroy(&session->lock);
    free(session);
}

static void session_release(p11_module *module, p11_session *session)
{
    rs_lock_take(&module->lock);
    bool last = --session->references == 0;
    rs_lock_leave(&module->lock);
    if (last)
        session_free(session);
}

rs_status p11_session_enter(CK_SESSION_HANDLE handle, p11_module **module, p11_session **session)
{
    void *found = NULL;
    rs_status status = p11_module_enter(module);
    if (status != RS_OK)
        return status;
    rs_lock_take(&(*module)->lock);
    status = rs_handles_find((*module)->sessions, handle, &found);
    *session = found;
    if (status == RS_OK)
        (*session)->references++;
    rs_lock_leave(&(*module)->lock);
    if (status != RS_OK) {
        p11_module_leave(*module);
        return status;
    }
    rs_lock_take(&(*session)->lock);
    return RS_OK;
}

void p11_session_leave(p11_module *module, p11_session *session)
{
    rs_lock_leave(&session->lock);
    session_release(module, session);
    p11_module_leave(module);
}

rs_status p11_open_session(p11_module *module, CK_SLOT_ID slot, CK_FLAGS flags,
                           CK_SESSION_HANDLE *handle)
{
    uint32_t drawn = 0;
    if (handle == NULL)
        return RS_INVALID_REQUEST;
    if (slot != P11_SLOT)
        return RS_UNKNOWN_SLOT;
    if ((flags & CKF_SERIAL_SESSION) == 0)
        return RS_SESSION_PARALLEL;
    rs_status status = p11_refresh(module, false);
    if (status != RS_OK)
        return status;
    p11_session *created = calloc(1, sizeof *created);
    if (created == NULL)
        return RS_NO_MEMORY;
    rs_lock_init(&created->lock);
    created->references = 1;
    created->read_write = (flags & CKF_RW_SESSION) != 0;
    rs_lock_take(&module->lock);
    status = rs_handles_add(module->sessions, created, &drawn);
    if (status == RS_OK && created->read_write)
        module->read_write_sessions++;
    rs_lock_leave(&module->lock);
    if (status == RS_OK)
        *handle = drawn;
    else
        session_free(created);
    return status;
}

static void log_out(p11_module *module)
{
    rs_lock_take(&module->lock);
    bool needed = module->mode != RS_LOGIN_AGENT && (module->state & RS_STATE_LOGGED_IN) != 0;
    rs_lock_leave(&module->lock);
    p11_set_logged_in(module, false);
    /* Whatever the agent says, the login ends: with its last connection at the latest. */
    if (needed && rs_agent_logout(module->agent) != RS_OK)
        rs_agent_close_idle(module->agent);
}

/* PKCS#11 v2.40, 5.6: closing the last session logs out. */
static void after_close(p11_module *module)
{
    rs_lock_take(&module->lock);
    bool none = rs_handles_count(module->sessions) == 0;
    rs_lock_leave(&module->lock);
    if (none)
        log_out(module);
}

rs_status p11_close_session(p11_module *module, CK_SESSION_HANDLE handle)
{
    void *found = NULL;
    rs_lock_take(&module->lock);
    rs_status status = rs_handles_remove(module->sessions, handle, &found);
    p11_session *session = found;
    if (status == RS_OK && session->read_write)
        module->read_write_sessions--;
    rs_lock_leave(&module->lock);
    if (status != RS_OK)
        return status;
    session_release(module, session);
    after_close(module);
    return RS_OK;
}

void p11_sessions_discard(p11_module *module)
{
    for (;;) {
        rs_lock_take(&module->lock);
        p11_session *session = rs_handles_take_any(module->sessions);
        module->read_write_sessions = 0;
        rs_lock_leave(&module->lock);
        if (session == NULL)
            return;
        session_release(module, session);
    }
}

rs_status p11_close_all_sessions(p11_module *module, CK_SLOT_ID slot)
{
    if (slot != P11_SLOT)
        return RS_UNKNOWN_SLOT;
    p11_sessions_discard(module);
    after_close(module);
    return RS_OK;
}

rs_status p11_session_info(p11_module *module, const p11_session *session, CK_SESSION_INFO *info)
{
    if (info == NULL)
        return RS_INVALID_REQUEST;
    rs_status status = p11_refresh(module, true);
    if (status != RS_OK)
        return status;
    rs_lock_take(&module->lock);
    bool user = module->mode == RS_LOGIN_AGENT ? module->claimed : p11_is_logged_in(module);
    rs_lock_leave(&module->lock);
    info->slotID = P11_SLOT;
    info->flags = CKF_SERIAL_SESSION | (session->read_write ? CKF_RW_SESSION : 0);
    info->ulDeviceError = 0;
    if (session->read_write)
        info->state = user ? CKS_RW_USER_FUNCTIONS : CKS_RW_PUBLIC_SESSION;
    else
        info->state = user ? CKS_RO_USER_FUNCTIONS : CKS_RO_PUBLIC_SESSION;
    return RS_OK;
}

/* What can be said about a PIN without asking. An empty one would have the agent ask its user. */
static rs_status check_pin(rs_login_mode mode, const CK_UTF8CHAR *pin, CK_ULONG length)
{
    if (pin == NULL && (length != 0 || mode != RS_LOGIN_PROTECTED))
        return RS_INVALID_REQUEST;
    if (length > RS_PIN_MAX || (length == 0 && mode != RS_LOGIN_PROTECTED))
        return RS_PIN_INCORRECT;
    return RS_OK;
}

static rs_status login_user(p11_module *module, rs_bytes pin)
{
    rs_status status = p11_refresh(module, false);
    if (status != RS_OK)
        return status;
    rs_lock_take(&module->lock);
    rs_login_mode mode = module->mode;
    bool already = mode == RS_LOGIN_AGENT ? module->claimed : p11_is_logged_in(module);
    rs_lock_leave(&module->lock);
    if (already)
        return RS_ALREADY_LOGGED_IN;
    if (mode != RS_LOGIN_AGENT) {
        status = check_pin(mode, pin.data, pin.length);
        if (status == RS_OK)
            status = rs_agent_login(module->agent, pin);
    }
    if (status == RS_OK)
        p11_set_logged_in(module, true);
    return status;
}

rs_status p11_login(p11_module *module, p11_session *session, CK_USER_TYPE user,
                    const CK_UTF8CHAR *pin, CK_ULONG length)
{
    rs_bytes bytes = {pin, length};
    if (user == CKU_USER)
        return login_user(module, bytes);
    if (user != CKU_CONTEXT_SPECIFIC)
        return RS_WRONG_USER_TYPE;
    if (!session->sign.active)
        return RS_OPERATION_MISSING;
    rs_lock_take(&module->lock);
    rs_login_mode mode = module->mode;
    rs_lock_leave(&module->lock);
    rs_status status = check_pin(mode, pin, length);
    return status == RS_OK ? p11_operation_authenticate(&session->sign, bytes) : status;
}

rs_status p11_logout(p11_module *module)
{
    rs_status status = p11_refresh(module, false);
    if (status != RS_OK)
        return status;
    rs_lock_take(&module->lock);
    bool user = module->mode == RS_LOGIN_AGENT ? module->claimed : p11_is_logged_in(module);
    rs_lock_leave(&module->lock);
    if (!user)
        return RS_NOT_SIGNED_IN;
    log_out(module);
    return RS_OK;
}
