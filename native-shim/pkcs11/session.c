#include "session.h"

#include <stdlib.h>

static void end_operations(p11_session *session, CK_FLAGS flags)
{
    if ((flags & CKF_SIGN) != 0)
        p11_operation_end(&session->sign);
    if ((flags & CKF_VERIFY) != 0)
        p11_operation_end(&session->verify);
    if ((flags & CKF_DIGEST) != 0) {
        rs_hash_free(session->digest);
        session->digest = NULL;
    }
    if ((flags & CKF_FIND_OBJECTS) != 0) {
        free(session->find.handles);
        session->find = (p11_find){false, NULL, 0, 0};
    }
}

/* PKCS#11 v3.0, 5.6: flags of operations that are not under way are ignored. */
rs_status p11_session_cancel(p11_session *session, CK_FLAGS flags)
{
    end_operations(session, flags);
    return RS_OK;
}

static void session_free(p11_session *session)
{
    end_operations(session, CKF_SIGN | CKF_VERIFY | CKF_DIGEST | CKF_FIND_OBJECTS);
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
    rs_status status = p11_refresh(module, true);
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

/* With the module's lock held: the login has ended for this program. True when the agent has to be
 * told, by tell_logout; until it knows, no login begins, or LOGOUT could end a later one. */
static bool begin_logout(p11_module *module)
{
    bool needed = module->mode != RS_LOGIN_AGENT && (module->state & RS_STATE_LOGGED_IN) != 0;
    p11_set_logged_in(module, false);
    if (needed)
        module->logouts++;
    return needed;
}

static void tell_logout(p11_module *module)
{
    /* Whatever the agent says, the login ends: with its last connection at the latest. */
    if (rs_agent_logout(module->agent) != RS_OK)
        rs_agent_close_idle(module->agent);
    rs_lock_take(&module->lock);
    module->logins++; /* what was listed meanwhile may be of before */
    if (--module->logouts == 0)
        rs_change_tell(&module->logged_out);
    rs_lock_leave(&module->lock);
}

static void await_logouts(p11_module *module)
{
    rs_lock_take(&module->lock);
    while (module->logouts > 0)
        rs_change_wait(&module->logged_out, &module->lock);
    rs_lock_leave(&module->lock);
}

/* PKCS#11 v2.40, 5.6: closing the last session logs out. */
static void log_out_if_none_left(p11_module *module)
{
    rs_lock_take(&module->lock);
    bool none = rs_handles_count(module->sessions) == 0;
    bool tell = none && begin_logout(module);
    rs_lock_leave(&module->lock);
    if (tell)
        tell_logout(module);
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
    log_out_if_none_left(module);
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
    log_out_if_none_left(module);
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
    await_logouts(module);
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
        status = check_pin(mode, pin.data, (CK_ULONG)pin.length);
        if (status == RS_OK)
            status = rs_agent_login(module->agent, pin);
    }
    if (status != RS_OK)
        return status;
    rs_lock_take(&module->lock);
    p11_set_logged_in(module, true);
    rs_lock_leave(&module->lock);
    log_out_if_none_left(module); /* closed by another thread while the agent asked for the PIN */
    return RS_OK;
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
    bool tell = user && begin_logout(module);
    rs_lock_leave(&module->lock);
    if (tell)
        tell_logout(module);
    return user ? RS_OK : RS_NOT_SIGNED_IN;
}
