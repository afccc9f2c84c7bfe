/* Sequences of calls with arbitrary handles, templates, mechanisms and buffers, against an agent
 * that answers well, badly or not at all. Every call returns what it may return, writes where and
 * as much as it was told, and C_Finalize leaves nothing behind. */
#include "api_fuzz.h"

#include <string.h>

enum { HANDLES = 8, CALLS_MAX = 100 };

static CK_FUNCTION_LIST *p11;      /* of the interface under test */
static CK_FUNCTION_LIST *lists[2]; /* v2.40; v3.0, which begins as the other */
static CK_SESSION_HANDLE sessions[HANDLES];
static size_t session_count; /* ever opened; the last HANDLES are kept */
static CK_OBJECT_HANDLE objects[2 * HANDLES];
static size_t object_count;

static CK_SESSION_HANDLE session(void)
{
    uint8_t chosen = api_u8();
    if (chosen >= 250)
        return chosen == 255 ? api_u32() : 0;
    return sessions[chosen % (session_count < HANDLES ? session_count + 1 : HANDLES)];
}

static CK_OBJECT_HANDLE object(void)
{
    uint8_t chosen = api_u8();
    if (chosen >= 250)
        return chosen == 255 ? api_u32() : 0;
    return objects[chosen % (object_count + 1)];
}

static CK_SLOT_ID slot(void)
{
    uint8_t chosen = api_u8();
    return chosen < 224 ? 0 : chosen;
}

/* Room for a structure, or NULL now and then. */
static void *structure(size_t size)
{
    return api_u8() == 255 ? NULL : api_memory(size);
}

/* ---- the module, slot, token ---- */

static CK_RV initialize_with(CK_C_INITIALIZE_ARGS arguments)
{
    api_mutex_expect((arguments.flags & CKF_OS_LOCKING_OK) == 0);
    return p11->C_Initialize(&arguments);
}

static CK_RV call_initialize(void)
{
    uint8_t kind = api_u8();
    CK_C_INITIALIZE_ARGS arguments = {.flags = kind & 3};
    if ((kind & 8) != 0)
        return p11->C_Initialize(NULL);
    if ((kind & 16) != 0)
        arguments.CreateMutex = api_mutexes.CreateMutex;
    if ((kind & 32) != 0) {
        arguments.DestroyMutex = api_mutexes.DestroyMutex;
        arguments.LockMutex = api_mutexes.LockMutex;
        arguments.UnlockMutex = api_mutexes.UnlockMutex;
    }
    if ((kind & 64) != 0)
        arguments.pReserved = &arguments;
    return initialize_with(arguments);
}

static CK_RV call_finalize(void)
{
    uint8_t kind = api_u8();
    return p11->C_Finalize(kind == 255 ? &kind : NULL);
}

static CK_RV call_get_info(void)
{
    return p11->C_GetInfo(structure(sizeof(CK_INFO)));
}

static CK_RV call_slot_list(void)
{
    uint8_t kind = api_u8();
    CK_ULONG count = kind / 4 % 4;
    CK_SLOT_ID *slots = (kind & 1) != 0 ? api_memory(count * sizeof *slots) : NULL;
    return p11->C_GetSlotList((kind & 2) != 0, slots, kind == 255 ? NULL : &count);
}

static CK_RV call_slot_info(void)
{
    return p11->C_GetSlotInfo(slot(), structure(sizeof(CK_SLOT_INFO)));
}

static CK_RV call_token_info(void)
{
    return p11->C_GetTokenInfo(slot(), structure(sizeof(CK_TOKEN_INFO)));
}

static CK_RV call_slot_event(void)
{
    uint8_t kind = api_u8();
    CK_FLAGS flags = kind < 128 ? CKF_DONT_BLOCK : 0;
    return p11->C_WaitForSlotEvent(flags, structure(sizeof(CK_SLOT_ID)),
                                   kind == 255 ? &kind : NULL);
}

static CK_RV call_mechanism_list(void)
{
    uint8_t kind = api_u8();
    CK_ULONG count = kind / 2 % 32;
    CK_MECHANISM_TYPE *types = (kind & 1) != 0 ? api_memory(count * sizeof *types) : NULL;
    return p11->C_GetMechanismList(slot(), types, kind == 255 ? NULL : &count);
}

static CK_RV call_mechanism_info(void)
{
    const CK_MECHANISM *mechanism = api_mechanism();
    CK_MECHANISM_TYPE type = mechanism == NULL ? api_u32() : mechanism->mechanism;
    return p11->C_GetMechanismInfo(slot(), type, structure(sizeof(CK_MECHANISM_INFO)));
}

/* ---- sessions ---- */

static CK_RV call_open_session(void)
{
    uint8_t kind = api_u8();
    CK_FLAGS flags = (kind & 1) != 0 ? 0 : CKF_SERIAL_SESSION;
    CK_SESSION_HANDLE *opened = structure(sizeof *opened);
    if ((kind & 2) != 0)
        flags |= CKF_RW_SESSION;
    CK_RV rv = p11->C_OpenSession(slot(), flags, NULL, NULL, opened);
    if (rv == CKR_OK) {
        HOLDS(*opened != 0);
        sessions[session_count++ % HANDLES] = *opened;
    }
    return rv;
}

static CK_RV call_close_session(void)
{
    return p11->C_CloseSession(session());
}

static CK_RV call_close_all_sessions(void)
{
    return p11->C_CloseAllSessions(slot());
}

static CK_RV call_session_info(void)
{
    return p11->C_GetSessionInfo(session(), structure(sizeof(CK_SESSION_INFO)));
}

static CK_RV call_login(void)
{
    static const CK_USER_TYPE users[] = {CKU_USER, CKU_CONTEXT_SPECIFIC, CKU_SO, 17};
    uint8_t kind = api_u8();
    CK_ULONG length = 0;
    CK_UTF8CHAR *pin = api_pin(&length);
    return p11->C_Login(session(), users[kind < 128 ? 0 : kind % 4], pin, length);
}

static CK_RV call_login_user(void)
{
    CK_ULONG length = 0;
    CK_ULONG name_length = 0;
    CK_UTF8CHAR *pin = api_pin(&length);
    CK_UTF8CHAR *name = api_u8() < 192 ? NULL : api_pin(&name_length);
    return C_LoginUser(session(), CKU_USER, pin, length, name, name_length);
}

static CK_RV call_session_cancel(void)
{
    return C_SessionCancel(session(), api_u32());
}

static CK_RV call_logout(void)
{
    return p11->C_Logout(session());
}

/* ---- objects ---- */

static CK_RV call_object_size(void)
{
    return p11->C_GetObjectSize(session(), object(), structure(sizeof(CK_ULONG)));
}

static CK_RV call_get_attribute_value(void)
{
    CK_ULONG count = 0;
    CK_ULONG given[8];
    CK_ATTRIBUTE *template = api_template(false, &count);
    for (CK_ULONG i = 0; template != NULL && i < count; i++)
        given[i] = template[i].ulValueLen;
    CK_RV rv = p11->C_GetAttributeValue(session(), object(), template, count);
    for (CK_ULONG i = 0; template != NULL && i < count; i++)
        HOLDS(template[i].pValue == NULL || template[i].ulValueLen <= given[i] ||
              template[i].ulValueLen == CK_UNAVAILABLE_INFORMATION);
    return rv;
}

static CK_RV call_find_objects_init(void)
{
    CK_ULONG count = 0;
    CK_ATTRIBUTE *template = api_template(true, &count);
    return p11->C_FindObjectsInit(session(), template, count);
}

static CK_RV call_find_objects(void)
{
    uint8_t kind = api_u8();
    CK_ULONG room = kind % (2 * HANDLES);
    CK_ULONG count = 0;
    CK_OBJECT_HANDLE *found = kind == 255 ? NULL : api_memory(room * sizeof *found);
    CK_RV rv = p11->C_FindObjects(session(), found, room, kind == 254 ? NULL : &count);
    if (rv != CKR_OK || found == NULL)
        return rv;
    HOLDS(count <= room);
    if (count > 0) {
        memcpy(objects, found, count * sizeof *found);
        object_count = count;
    }
    return rv;
}

static CK_RV call_find_objects_final(void)
{
    return p11->C_FindObjectsFinal(session());
}

/* ---- operations ---- */

static CK_RV call_digest_init(void)
{
    return p11->C_DigestInit(session(), api_mechanism());
}

static CK_RV call_sign_init(void)
{
    CK_MECHANISM *mechanism = api_mechanism();
    return p11->C_SignInit(session(), mechanism, object());
}

static CK_RV call_verify_init(void)
{
    CK_MECHANISM *mechanism = api_mechanism();
    return p11->C_VerifyInit(session(), mechanism, object());
}

static CK_RV whole(CK_C_Sign function)
{
    CK_ULONG length = 0;
    CK_BYTE *data = api_data(&length);
    api_output output = api_room();
    CK_RV rv = function(session(), data, length, output.bytes, output.length);
    api_check_output(&output, rv);
    return rv;
}

static CK_RV part(CK_C_SignUpdate function)
{
    CK_ULONG length = 0;
    CK_BYTE *data = api_data(&length);
    return function(session(), data, length);
}

static CK_RV last(CK_C_SignFinal function)
{
    api_output output = api_room();
    CK_RV rv = function(session(), output.bytes, output.length);
    api_check_output(&output, rv);
    return rv;
}

static CK_RV call_digest(void)
{
    return whole(p11->C_Digest);
}

static CK_RV call_digest_update(void)
{
    return part(p11->C_DigestUpdate);
}

static CK_RV call_digest_final(void)
{
    return last(p11->C_DigestFinal);
}

static CK_RV call_sign(void)
{
    return whole(p11->C_Sign);
}

static CK_RV call_sign_update(void)
{
    return part(p11->C_SignUpdate);
}

static CK_RV call_sign_final(void)
{
    return last(p11->C_SignFinal);
}

static CK_RV call_verify(void)
{
    CK_ULONG length = 0;
    CK_ULONG signature_length = 0;
    CK_BYTE *data = api_data(&length);
    CK_BYTE *signature = api_data(&signature_length);
    return p11->C_Verify(session(), data, length, signature, signature_length);
}

static CK_RV call_verify_update(void)
{
    return part(p11->C_VerifyUpdate);
}

static CK_RV call_verify_final(void)
{
    CK_ULONG length = 0;
    CK_BYTE *signature = api_data(&length);
    return p11->C_VerifyFinal(session(), signature, length);
}

static CK_RV call_generate_random(void)
{
    CK_ULONG length = api_length();
    CK_BYTE *bytes = api_u8() == 255 ? NULL : api_memory(length);
    return p11->C_GenerateRandom(session(), bytes, length);
}

/* ---- the sequence ---- */

static const struct {
    const char *name;
    CK_RV (*call)(void);
} calls[] = {
    {"C_Initialize", call_initialize},
    {"C_Finalize", call_finalize},
    {"C_GetInfo", call_get_info},
    {"C_GetSlotList", call_slot_list},
    {"C_GetSlotInfo", call_slot_info},
    {"C_GetTokenInfo", call_token_info},
    {"C_WaitForSlotEvent", call_slot_event},
    {"C_GetMechanismList", call_mechanism_list},
    {"C_GetMechanismInfo", call_mechanism_info},
    {"C_OpenSession", call_open_session},
    {"C_CloseSession", call_close_session},
    {"C_CloseAllSessions", call_close_all_sessions},
    {"C_GetSessionInfo", call_session_info},
    {"C_Login", call_login},
    {"C_Logout", call_logout},
    {"C_GetObjectSize", call_object_size},
    {"C_GetAttributeValue", call_get_attribute_value},
    {"C_FindObjectsInit", call_find_objects_init},
    {"C_FindObjects", call_find_objects},
    {"C_FindObjectsFinal", call_find_objects_final},
    {"C_DigestInit", call_digest_init},
    {"C_Digest", call_digest},
    {"C_DigestUpdate", call_digest_update},
    {"C_DigestFinal", call_digest_final},
    {"C_SignInit", call_sign_init},
    {"C_Sign", call_sign},
    {"C_SignUpdate", call_sign_update},
    {"C_SignFinal", call_sign_final},
    {"C_VerifyInit", call_verify_init},
    {"C_Verify", call_verify},
    {"C_VerifyUpdate", call_verify_update},
    {"C_VerifyFinal", call_verify_final},
    {"C_GenerateRandom", call_generate_random},
    {"C_LoginUser", call_login_user},
    {"C_SessionCancel", call_session_cancel},
};

enum { FUNCTIONS = sizeof calls / sizeof calls[0] };

static void step(void)
{
    size_t chosen = api_u8() % (FUNCTIONS + 2);
    if (chosen == FUNCTIONS) {
        api_agent_change_card();
        return;
    }
    if (chosen > FUNCTIONS) {
        api_agent_pass_time(api_u8() * 40U);
        return;
    }
    CK_RV rv = calls[chosen].call();
    if (!api_allowed(calls[chosen].name, rv)) {
        fprintf(stderr, "%s returned 0x%lx\n", calls[chosen].name, rv);
        abort();
    }
    HOLDS(!api_mutex_is_held());
    api_release();
}

/* What most programs begin with, as far as the input wants it. */
static void begin(void)
{
    uint8_t chosen = api_u8();
    uint8_t steps = chosen % 8;
    CK_SESSION_HANDLE opened = 0;
    p11 = lists[chosen / 128];
    if (steps > 0 && (chosen & 64) == 0)
        (void)p11->C_Initialize(NULL);
    if (steps > 0 && (chosen & 64) != 0)
        (void)initialize_with(api_mutexes);
    if (steps > 1 && p11->C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &opened) == CKR_OK)
        sessions[session_count++] = opened;
    if (steps > 2)
        (void)p11->C_Login(opened, CKU_USER, (CK_UTF8CHAR *)"12345678", 8);
    if (steps > 3 && p11->C_FindObjectsInit(opened, NULL, 0) == CKR_OK)
        (void)p11->C_FindObjects(opened, objects, 2 * HANDLES, &object_count);
    if (steps > 4)
        (void)p11->C_FindObjectsFinal(opened);
}

static void finish(void)
{
    CK_TOKEN_INFO token;
    CK_SESSION_INFO info;
    CK_RV rv = p11->C_Finalize(NULL);
    HOLDS(rv == CKR_OK || rv == CKR_CRYPTOKI_NOT_INITIALIZED);
    HOLDS(api_agent_connections() == 0);
    HOLDS(api_mutex_count() == 0);
    api_agent_behave();
    HOLDS(p11->C_Initialize(NULL) == CKR_OK);
    HOLDS(p11->C_GetTokenInfo(0, &token) == CKR_OK);
    HOLDS(token.ulSessionCount == 0 && token.ulRwSessionCount == 0);
    for (size_t i = 0; i < HANDLES; i++)
        HOLDS(p11->C_GetSessionInfo(sessions[i], &info) == CKR_SESSION_HANDLE_INVALID);
    HOLDS(p11->C_Finalize(NULL) == CKR_OK);
    HOLDS(api_agent_connections() == 0);
    HOLDS(p11->C_GetSessionInfo(sessions[0], &info) == CKR_CRYPTOKI_NOT_INITIALIZED);
}

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    (void)count;
    (void)arguments;
    CK_INTERFACE *newest = NULL;
    CK_VERSION version = {3, 0};
    HOLDS(C_GetFunctionList(&lists[0]) == CKR_OK);
    HOLDS(C_GetInterface(NULL, &version, &newest, 0) == CKR_OK);
    lists[1] = newest->pFunctionList;
    return setenv("REMOTESIGNING_LOG", "/dev/null", 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    memset(sessions, 0, sizeof sessions);
    memset(objects, 0, sizeof objects);
    session_count = 0;
    object_count = 0;
    api_input(data, size);
    api_agent_begin();
    begin();
    for (int i = 0; i < CALLS_MAX && !api_input_is_used_up(); i++)
        step();
    finish();
    return 0;
}
