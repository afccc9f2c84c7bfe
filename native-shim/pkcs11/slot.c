#include "slot.h"

#include "mechanism.h"

#include <string.h>

#define MANUFACTURER "RemoteSigning"

/* Fixed-size fields are padded with blanks and have no NUL; UTF-8 is not cut within a character. */
static void pad(unsigned char *field, size_t size, rs_bytes text)
{
    size_t length = text.length;
    if (length > size) {
        length = size;
        while (length > 0 && (text.data[length] & 0xc0) == 0x80)
            length--;
    }
    memset(field, ' ', size);
    if (length > 0)
        memcpy(field, text.data, length);
}

static void pad_string(unsigned char *field, size_t size, const char *text)
{
    pad(field, size, (rs_bytes){(const uint8_t *)text, strlen(text)});
}

rs_status p11_info(CK_VERSION version, CK_INFO *info)
{
    if (info == NULL)
        return RS_INVALID_REQUEST;
    *info = (CK_INFO){.cryptokiVersion = version,
                      .libraryVersion = {RS_VERSION_MAJOR, RS_VERSION_MINOR}};
    pad_string(info->manufacturerID, sizeof info->manufacturerID, MANUFACTURER);
    pad_string(info->libraryDescription, sizeof info->libraryDescription, "Remote signing card");
    return RS_OK;
}

/* Is there a token? A missing one is no error here, and neither is an agent that cannot be asked.
 */
static bool has_token(p11_module *module)
{
    return p11_refresh(module, false) == RS_OK;
}

rs_status p11_slot_list(p11_module *module, bool with_token, CK_SLOT_ID *slots, CK_ULONG *count)
{
    if (count == NULL)
        return RS_INVALID_REQUEST;
    CK_ULONG there = !with_token || has_token(module) ? 1 : 0;
    CK_ULONG given = *count;
    *count = there;
    if (slots == NULL)
        return RS_OK;
    if (given < there)
        return RS_BUFFER_TOO_SMALL;
    if (there != 0)
        slots[0] = P11_SLOT;
    return RS_OK;
}

rs_status p11_slot_info(p11_module *module, CK_SLOT_ID slot, CK_SLOT_INFO *info)
{
    if (info == NULL)
        return RS_INVALID_REQUEST;
    if (slot != P11_SLOT)
        return RS_UNKNOWN_SLOT;
    *info = (CK_SLOT_INFO){.flags = CKF_REMOVABLE_DEVICE,
                           .firmwareVersion = {RS_VERSION_MAJOR, RS_VERSION_MINOR}};
    if (has_token(module))
        info->flags |= CKF_TOKEN_PRESENT;
    pad_string(info->slotDescription, sizeof info->slotDescription, "Remote signing card reader");
    pad_string(info->manufacturerID, sizeof info->manufacturerID, MANUFACTURER);
    return RS_OK;
}

static CK_FLAGS login_flags(rs_login_mode mode)
{
    switch (mode) {
    case RS_LOGIN_PROTECTED:
        return CKF_LOGIN_REQUIRED | CKF_PROTECTED_AUTHENTICATION_PATH;
    case RS_LOGIN_PIN:
        return CKF_LOGIN_REQUIRED;
    case RS_LOGIN_AGENT:
        break;
    }
    return 0;
}

rs_status p11_token_info(p11_module *module, CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
    if (info == NULL)
        return RS_INVALID_REQUEST;
    if (slot != P11_SLOT)
        return RS_UNKNOWN_SLOT;
    rs_status status = p11_refresh(module, true);
    if (status != RS_OK)
        return status;
    *info = (CK_TOKEN_INFO){.ulMaxSessionCount = P11_SESSIONS_MAX,
                            .ulMaxRwSessionCount = P11_SESSIONS_MAX,
                            .ulMaxPinLen = RS_PIN_MAX,
                            .ulMinPinLen = 1,
                            .ulTotalPublicMemory = CK_UNAVAILABLE_INFORMATION,
                            .ulFreePublicMemory = CK_UNAVAILABLE_INFORMATION,
                            .ulTotalPrivateMemory = CK_UNAVAILABLE_INFORMATION,
                            .ulFreePrivateMemory = CK_UNAVAILABLE_INFORMATION,
                            .firmwareVersion = {RS_VERSION_MAJOR, RS_VERSION_MINOR}};
    pad_string(info->manufacturerID, sizeof info->manufacturerID, MANUFACTURER);
    pad_string(info->model, sizeof info->model, "Virtual card");
    pad_string(info->utcTime, sizeof info->utcTime, "");
    rs_lock_take(&module->lock);
    const rs_card *card = module->objects->card;
    info->flags = CKF_RNG | CKF_WRITE_PROTECTED | CKF_TOKEN_INITIALIZED | CKF_USER_PIN_INITIALIZED |
                  login_flags(module->mode);
    info->ulSessionCount = (CK_ULONG)rs_handles_count(module->sessions);
    info->ulRwSessionCount = module->read_write_sessions;
    pad(info->label, sizeof info->label, card->label);
    pad(info->serialNumber, sizeof info->serialNumber, card->serial);
    rs_lock_leave(&module->lock);
    return RS_OK;
}

/* An event is a change of what the program was last told here or, if it never was, first saw: the
 * token came or went, or its contents are of another generation. Each is told once. */
static bool take_event(p11_module *module, uint64_t present)
{
    rs_lock_take(&module->lock);
    bool changed = module->reported != present;
    module->reported = present;
    rs_lock_leave(&module->lock);
    return changed;
}

/* The part that is done with the program's mutex held, which waiting is not. */
static rs_status look_for_event(p11_module *module, uint64_t *generation, bool *event)
{
    rs_status status = p11_mutex_take(&module->mutex);
    if (status != RS_OK)
        return status;
    rs_lock_take(&module->lock);
    module->looked = true;
    rs_lock_leave(&module->lock);
    bool present = p11_look(module, generation) == RS_OK;
    if (rs_agent_waits_ended(module->agent))
        status = RS_NOT_INITIALIZED;
    else
        *event = take_event(module, present ? *generation : 0);
    p11_mutex_leave(&module->mutex);
    return status;
}

/* Waits until it is worth to look again. `waited_for`: the generation that the last WAIT named, 0
 * after a pause. If it still is the agent's, the WAIT failed or was answered for nothing, and the
 * next one would end as soon, perhaps. */
static rs_status await_change(p11_module *module, uint64_t generation, uint64_t *waited_for)
{
    if (generation == 0 || generation == *waited_for) {
        *waited_for = 0;
        return rs_agent_pause(module->agent, P11_RETRY_MS);
    }
    *waited_for = generation;
    rs_status status = rs_agent_wait(module->agent, generation);
    return status == RS_NOT_INITIALIZED ? status : RS_OK;
}

/* PKCS#11 v2.40, 5.5. */
rs_status p11_slot_event(p11_module *module, CK_FLAGS flags, CK_SLOT_ID *slot, const void *reserved)
{
    uint64_t waited_for = 0;
    if (slot == NULL || reserved != NULL)
        return RS_INVALID_REQUEST;
    for (;;) {
        uint64_t generation = 0;
        bool event = false;
        rs_status status = look_for_event(module, &generation, &event);
        if (status != RS_OK)
            return status;
        if (event)
            break;
        if ((flags & CKF_DONT_BLOCK) != 0)
            return RS_NO_EVENT;
        status = await_change(module, generation, &waited_for);
        if (status != RS_OK)
            return status;
    }
    *slot = P11_SLOT;
    return RS_OK;
}

static p11_objects *share_objects(p11_module *module)
{
    rs_lock_take(&module->lock);
    p11_objects *objects = p11_objects_share(module->objects);
    rs_lock_leave(&module->lock);
    return objects;
}

rs_status p11_mechanism_list(p11_module *module, CK_SLOT_ID slot, CK_MECHANISM_TYPE *types,
                             CK_ULONG *count)
{
    CK_MECHANISM_TYPE all[P11_MECHANISMS_MAX];
    if (count == NULL)
        return RS_INVALID_REQUEST;
    if (slot != P11_SLOT)
        return RS_UNKNOWN_SLOT;
    rs_status status = p11_refresh(module, true);
    if (status != RS_OK)
        return status;
    p11_objects *objects = share_objects(module);
    CK_ULONG given = *count;
    *count = (CK_ULONG)p11_mechanism_types(objects->card, all);
    p11_objects_release(objects);
    if (types == NULL)
        return RS_OK;
    if (given < *count)
        return RS_BUFFER_TOO_SMALL;
    memcpy(types, all, *count * sizeof all[0]);
    return RS_OK;
}

rs_status p11_mechanism_info(p11_module *module, CK_SLOT_ID slot, CK_MECHANISM_TYPE type,
                             CK_MECHANISM_INFO *info)
{
    const p11_mechanism *mechanism = NULL;
    if (info == NULL)
        return RS_INVALID_REQUEST;
    if (slot != P11_SLOT)
        return RS_UNKNOWN_SLOT;
    rs_status status = p11_refresh(module, true);
    if (status == RS_OK)
        status = p11_mechanism_find(type, &mechanism);
    if (status != RS_OK)
        return status;
    p11_objects *objects = share_objects(module);
    if (p11_mechanism_offered(mechanism, objects->card))
        p11_mechanism_describe(mechanism, info);
    else
        status = RS_UNSUPPORTED_ALGORITHM;
    p11_objects_release(objects);
    return status;
}
