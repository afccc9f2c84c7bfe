/* Slot, token, sessions, login, objects and attributes. */
#include "api.h"

static CK_RV open_session(CK_SLOT_ID slot, CK_FLAGS flags, CK_SESSION_HANDLE *session)
{
    return p11->C_OpenSession(slot, flags, NULL, NULL, session);
}

static void every_function_is_there(void)
{
    CK_VOID_PTR entries[68];
    CHECK_EQUAL(2, p11->version.major);
    CHECK_EQUAL(40, p11->version.minor);
    CHECK_EQUAL(sizeof(CK_VERSION) + 6 + sizeof entries, sizeof *p11);
    memcpy(entries, (const char *)p11 + sizeof *p11 - sizeof entries, sizeof entries);
    for (size_t i = 0; i < 68; i++) {
        CHECK(entries[i] != NULL);
        for (size_t j = 0; j < i; j++)
            CHECK(entries[i] != entries[j]);
    }
}

static void nothing_works_before_initialize(void)
{
    CK_INFO info;
    CK_ULONG count;
    CK_SESSION_HANDLE session;
    CHECK_EQUAL(CKR_CRYPTOKI_NOT_INITIALIZED, p11->C_GetInfo(&info));
    CHECK_EQUAL(CKR_CRYPTOKI_NOT_INITIALIZED, p11->C_GetSlotList(CK_FALSE, NULL, &count));
    CHECK_EQUAL(CKR_CRYPTOKI_NOT_INITIALIZED, open_session(0, CKF_SERIAL_SESSION, &session));
    CHECK_EQUAL(CKR_CRYPTOKI_NOT_INITIALIZED, p11->C_CloseSession(1));
    CHECK_EQUAL(CKR_CRYPTOKI_NOT_INITIALIZED, p11->C_Sign(1, NULL, 0, NULL, NULL));
    CHECK_EQUAL(CKR_CRYPTOKI_NOT_INITIALIZED, p11->C_Finalize(NULL));
}

static void without_an_agent_the_slot_is_empty(void)
{
    CK_SLOT_ID slot = 99;
    CK_ULONG count = 1;
    CK_SLOT_INFO info;
    CK_TOKEN_INFO token;
    CK_MECHANISM_INFO mechanism;
    CK_SESSION_HANDLE session;
    fake_create(&agent);
    CHECK_EQUAL(CKR_OK, p11->C_Initialize(NULL));
    CHECK_EQUAL(0, api_slots_with_token());
    CHECK_EQUAL(CKR_OK, p11->C_GetSlotList(CK_FALSE, &slot, &count));
    CHECK_EQUAL(1, count);
    CHECK_EQUAL(0, slot);
    CHECK_EQUAL(CKR_OK, p11->C_GetSlotInfo(0, &info));
    CHECK_EQUAL(CKF_REMOVABLE_DEVICE, info.flags);
    CHECK_EQUAL(CKR_TOKEN_NOT_PRESENT, p11->C_GetTokenInfo(0, &token));
    CHECK_EQUAL(CKR_TOKEN_NOT_PRESENT, p11->C_GetMechanismList(0, NULL, &count));
    CHECK_EQUAL(CKR_TOKEN_NOT_PRESENT, p11->C_GetMechanismInfo(0, CKM_RSA_PKCS, &mechanism));
    CHECK_EQUAL(CKR_TOKEN_NOT_PRESENT, open_session(0, CKF_SERIAL_SESSION, &session));
    fake_start(&agent); /* and then it comes */
    CHECK_EQUAL(1, api_slots_with_token());
    CHECK_EQUAL(CKR_OK, p11->C_GetTokenInfo(0, &token));
    CHECK_EQUAL(CKR_OK, open_session(0, CKF_SERIAL_SESSION, &session));
    api_end();
}

static void an_agent_without_sign_in_is_an_empty_slot(void)
{
    CK_TOKEN_INFO token;
    CK_SESSION_HANDLE session;
    api_begin();
    SCRIPT(signed_in = false);
    CHECK_EQUAL(0, api_slots_with_token());
    CHECK_EQUAL(CKR_TOKEN_NOT_PRESENT, p11->C_GetTokenInfo(0, &token));
    CHECK_EQUAL(CKR_TOKEN_NOT_PRESENT, open_session(0, CKF_SERIAL_SESSION, &session));
    SCRIPT(generation++);
    SCRIPT(signed_in = true);
    CHECK_EQUAL(1, api_slots_with_token());
    session = api_open();
    SCRIPT(generation++);
    SCRIPT(signed_in = false);
    CHECK_EQUAL(0, api_slots_with_token());
    CHECK_EQUAL(CKR_DEVICE_REMOVED, p11->C_FindObjectsInit(session, NULL, 0));
    CHECK_EQUAL(CKR_DEVICE_REMOVED, p11->C_Login(session, CKU_USER, PIN, PIN_LENGTH));
    api_end();
}

static void slot_event_tells_each_change_once(void)
{
    CK_SLOT_ID slot = 99;
    api_begin();
    CHECK_EQUAL(CKR_OK, p11->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL));
    CHECK_EQUAL(0, slot);
    CHECK_EQUAL(CKR_NO_EVENT, p11->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL));
    fake_stop(&agent);
    CHECK_EQUAL(CKR_OK, p11->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL));
    CHECK_EQUAL(CKR_NO_EVENT, p11->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL));
    fake_start(&agent);
    api_end();
}

static void check_token_flags(rs_login_mode mode, CK_FLAGS expected)
{
    CK_TOKEN_INFO token;
    SCRIPT(mode = mode);
    api_look();
    CHECK_EQUAL(CKR_OK, p11->C_GetTokenInfo(0, &token));
    CHECK_EQUAL(expected, token.flags);
    CHECK(memcmp(token.label, "Remote Signing                  ", 32) == 0);
    CHECK(memcmp(token.serialNumber, "0001020304050607", 16) == 0);
}

static void token_flags_follow_the_login_mode(void)
{
    CK_FLAGS always =
        CKF_RNG | CKF_WRITE_PROTECTED | CKF_TOKEN_INITIALIZED | CKF_USER_PIN_INITIALIZED;
    api_begin();
    check_token_flags(RS_LOGIN_PIN, always | CKF_LOGIN_REQUIRED);
    check_token_flags(RS_LOGIN_PROTECTED,
                      always | CKF_LOGIN_REQUIRED | CKF_PROTECTED_AUTHENTICATION_PATH);
    check_token_flags(RS_LOGIN_AGENT, always);
    api_end();
}

static void private_keys_follow_a_changed_login_mode(void)
{
    CK_BBOOL yes = CK_TRUE;
    CK_ATTRIBUTE private = {CKA_PRIVATE, &yes, sizeof yes};
    api_begin();
    SCRIPT(mode = RS_LOGIN_AGENT);
    CK_SESSION_HANDLE session = api_open();
    CHECK_EQUAL(12, api_count(session, NULL, 0));
    CHECK_EQUAL(0, api_count(session, &private, 1));
    SCRIPT(mode = RS_LOGIN_PIN); /* same generation */
    CHECK_EQUAL(1, api_slots_with_token());
    CHECK_EQUAL(9, api_count(session, NULL, 0));
    CHECK_EQUAL(CKR_OK, p11->C_Login(session, CKU_USER, PIN, PIN_LENGTH));
    CHECK_EQUAL(3, api_count(session, &private, 1));
    api_end();
}

static void bad_arguments_are_named(void)
{
    CK_SESSION_HANDLE session;
    CK_SLOT_INFO slot;
    CK_ULONG count = 0;
    CK_OBJECT_HANDLE object;
    CK_ATTRIBUTE broken = {CKA_LABEL, NULL, 3};
    api_begin();
    CHECK_EQUAL(CKR_ARGUMENTS_BAD, p11->C_GetInfo(NULL));
    CHECK_EQUAL(CKR_ARGUMENTS_BAD, p11->C_GetFunctionList(NULL));
    CHECK_EQUAL(CKR_ARGUMENTS_BAD, p11->C_GetSlotList(CK_FALSE, NULL, NULL));
    CHECK_EQUAL(CKR_ARGUMENTS_BAD, p11->C_GetSlotInfo(0, NULL));
    CHECK_EQUAL(CKR_SLOT_ID_INVALID, p11->C_GetSlotInfo(1, &slot));
    CHECK_EQUAL(CKR_ARGUMENTS_BAD, p11->C_GetTokenInfo(0, NULL));
    CHECK_EQUAL(CKR_ARGUMENTS_BAD, p11->C_GetMechanismList(0, NULL, NULL));
    CHECK_EQUAL(CKR_SLOT_ID_INVALID, open_session(1, CKF_SERIAL_SESSION, &session));
    CHECK_EQUAL(CKR_SESSION_PARALLEL_NOT_SUPPORTED, open_session(0, 0, &session));
    CHECK_EQUAL(CKR_ARGUMENTS_BAD, open_session(0, CKF_SERIAL_SESSION, NULL));
    CHECK_EQUAL(CKR_SLOT_ID_INVALID, p11->C_CloseAllSessions(1));
    session = api_open();
    CHECK_EQUAL(CKR_SESSION_HANDLE_INVALID, p11->C_CloseSession(session + 1));
    CHECK_EQUAL(CKR_SESSION_HANDLE_INVALID, p11->C_CloseSession(0));
    CHECK_EQUAL(CKR_ARGUMENTS_BAD, p11->C_GetSessionInfo(session, NULL));
    CHECK_EQUAL(CKR_ARGUMENTS_BAD, p11->C_FindObjectsInit(session, NULL, 1));
    CHECK_EQUAL(CKR_ARGUMENTS_BAD, p11->C_FindObjectsInit(session, &broken, 1));
    CHECK_EQUAL(CKR_OPERATION_NOT_INITIALIZED, p11->C_FindObjects(session, &object, 1, &count));
    CHECK_EQUAL(CKR_OPERATION_NOT_INITIALIZED, p11->C_FindObjectsFinal(session));
    CHECK_EQUAL(CKR_OK, p11->C_FindObjectsInit(session, NULL, 0));
    CHECK_EQUAL(CKR_OPERATION_ACTIVE, p11->C_FindObjectsInit(session, NULL, 0));
    CHECK_EQUAL(CKR_ARGUMENTS_BAD, p11->C_FindObjects(session, NULL, 1, &count));
    CHECK_EQUAL(CKR_ARGUMENTS_BAD, p11->C_FindObjects(session, &object, 1, NULL));
    CHECK_EQUAL(CKR_OK, p11->C_FindObjectsFinal(session));
    CHECK_EQUAL(CKR_OBJECT_HANDLE_INVALID, p11->C_GetAttributeValue(session, 1, NULL, 0));
    CHECK_EQUAL(CKR_USER_TYPE_INVALID, p11->C_Login(session, CKU_SO, PIN, PIN_LENGTH));
    CHECK_EQUAL(CKR_OPERATION_NOT_INITIALIZED,
                p11->C_Login(session, CKU_CONTEXT_SPECIFIC, PIN, PIN_LENGTH));
    CHECK_EQUAL(CKR_FUNCTION_NOT_SUPPORTED, p11->C_CreateObject(session, NULL, 0, &object));
    CHECK_EQUAL(CKR_FUNCTION_NOT_PARALLEL, p11->C_GetFunctionStatus(session));
    CHECK_EQUAL(CKR_RANDOM_SEED_NOT_SUPPORTED, p11->C_SeedRandom(session, PIN, 1));
    api_end();
}

static CK_STATE state_of(CK_SESSION_HANDLE session)
{
    CK_SESSION_INFO info = {.state = 99};
    CHECK_EQUAL(CKR_OK, p11->C_GetSessionInfo(session, &info));
    return info.state;
}

static void login_is_of_the_whole_program(void)
{
    CK_SESSION_HANDLE other;
    api_begin();
    CK_SESSION_HANDLE session = api_open();
    CHECK_EQUAL(CKR_OK, open_session(0, CKF_SERIAL_SESSION | CKF_RW_SESSION, &other));
    CHECK_EQUAL(CKS_RO_PUBLIC_SESSION, state_of(session));
    CHECK_EQUAL(CKS_RW_PUBLIC_SESSION, state_of(other));
    CHECK_EQUAL(CKR_USER_NOT_LOGGED_IN, p11->C_Logout(session));
    CHECK_EQUAL(CKR_ARGUMENTS_BAD, p11->C_Login(session, CKU_USER, NULL, 0));
    CHECK_EQUAL(CKR_PIN_INCORRECT, p11->C_Login(session, CKU_USER, PIN, 0));
    CHECK_EQUAL(CKR_PIN_INCORRECT, p11->C_Login(session, CKU_USER, PIN, 65));
    CHECK_EQUAL(0, fake_calls(&agent, RS_VERB_LOGIN));
    CHECK_EQUAL(CKR_PIN_INCORRECT, p11->C_Login(session, CKU_USER, PIN, 7));
    CHECK_EQUAL(CKR_OK, p11->C_Login(session, CKU_USER, PIN, PIN_LENGTH));
    CHECK_EQUAL(CKR_USER_ALREADY_LOGGED_IN, p11->C_Login(other, CKU_USER, PIN, PIN_LENGTH));
    CHECK_EQUAL(CKS_RO_USER_FUNCTIONS, state_of(session));
    CHECK_EQUAL(CKS_RW_USER_FUNCTIONS, state_of(other));
    CHECK_EQUAL(CKR_OK, p11->C_Logout(other));
    CHECK_EQUAL(CKS_RO_PUBLIC_SESSION, state_of(session));
    CHECK_EQUAL(CKR_OK, p11->C_Login(session, CKU_USER, PIN, PIN_LENGTH));
    CHECK_EQUAL(CKR_OK, p11->C_CloseSession(session));
    CHECK_EQUAL(CKS_RW_USER_FUNCTIONS, state_of(other));
    CHECK_EQUAL(CKR_OK, p11->C_CloseSession(other)); /* the last: logs out */
    session = api_open();
    CHECK_EQUAL(CKS_RO_PUBLIC_SESSION, state_of(session));
    CHECK_EQUAL(CKR_OK, p11->C_Login(session, CKU_USER, PIN, PIN_LENGTH));
    CHECK_EQUAL(CKR_OK, p11->C_CloseAllSessions(0));
    session = api_open();
    CHECK_EQUAL(CKS_RO_PUBLIC_SESSION, state_of(session));
    CHECK_EQUAL(3, fake_calls(&agent, RS_VERB_LOGOUT));
    api_end();
}

static void in_mode_protected_the_agent_asks(void)
{
    api_begin();
    SCRIPT(mode = RS_LOGIN_PROTECTED);
    CK_SESSION_HANDLE session = api_open();
    CHECK_EQUAL(CKR_ARGUMENTS_BAD, p11->C_Login(session, CKU_USER, NULL, 4));
    CHECK_EQUAL(CKR_OK, p11->C_Login(session, CKU_USER, NULL, 0));
    CHECK_EQUAL(1, fake_calls(&agent, RS_VERB_LOGIN));
    CHECK_EQUAL(0, strlen(agent.last_pin));
    api_end();
}

static void in_mode_agent_login_trips_nobody(void)
{
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE template = {CKA_CLASS, &class, sizeof class};
    CK_BBOOL private = CK_TRUE;
    CK_ATTRIBUTE wanted = {CKA_PRIVATE, &private, sizeof private};
    api_begin();
    SCRIPT(mode = RS_LOGIN_AGENT);
    CK_SESSION_HANDLE session = api_open();
    CHECK_EQUAL(3, api_count(session, &template, 1));
    CK_OBJECT_HANDLE key = api_find(session, CKO_PRIVATE_KEY, "Signer EC");
    CHECK_EQUAL(CKR_OK, p11->C_GetAttributeValue(session, key, &wanted, 1));
    CHECK_EQUAL(CK_FALSE, private);
    CHECK_EQUAL(CKR_OK, api_sign_ecdsa(session, key));
    CHECK_EQUAL(CKR_OK, p11->C_Login(session, CKU_USER, PIN, PIN_LENGTH));
    CHECK_EQUAL(CKR_USER_ALREADY_LOGGED_IN, p11->C_Login(session, CKU_USER, PIN, PIN_LENGTH));
    CHECK_EQUAL(CKR_OK, p11->C_Logout(session));
    CHECK_EQUAL(CKR_OK, api_sign_ecdsa(session, key));
    CHECK_EQUAL(0, fake_calls(&agent, RS_VERB_LOGIN)); /* the PIN stays where it was */
    api_end();
}

static void private_keys_show_after_login_only(void)
{
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE template = {CKA_CLASS, &class, sizeof class};
    CK_MECHANISM mechanism = {CKM_ECDSA, NULL, 0};
    api_begin();
    CK_SESSION_HANDLE session = api_open();
    CHECK_EQUAL(0, api_count(session, &template, 1));
    /* three pairs of certificate and key, two issuers, a profile */
    CHECK_EQUAL(9, api_count(session, NULL, 0));
    CHECK_EQUAL(CKR_OK, p11->C_Login(session, CKU_USER, PIN, PIN_LENGTH));
    CHECK_EQUAL(3, api_count(session, &template, 1));
    CHECK_EQUAL(12, api_count(session, NULL, 0));
    CK_OBJECT_HANDLE key = api_find(session, CKO_PRIVATE_KEY, "Signer EC");
    CHECK_EQUAL(CKR_OK, p11->C_Logout(session));
    CHECK_EQUAL(CKR_OBJECT_HANDLE_INVALID, p11->C_GetAttributeValue(session, key, NULL, 0));
    CHECK_EQUAL(CKR_USER_NOT_LOGGED_IN, p11->C_SignInit(session, &mechanism, key));
    api_end();
}

static void objects_are_found_in_parts(void)
{
    CK_OBJECT_HANDLE all[16] = {0};
    CK_ULONG count = 0;
    api_begin();
    CK_SESSION_HANDLE session = api_open_logged_in();
    CHECK_EQUAL(CKR_OK, p11->C_FindObjectsInit(session, NULL, 0));
    for (size_t i = 0; i < 12; i++) {
        CHECK_EQUAL(CKR_OK, p11->C_FindObjects(session, &all[i], 1, &count));
        CHECK_EQUAL(1, count);
        CHECK(all[i] != 0);
        for (size_t j = 0; j < i; j++)
            CHECK(all[i] != all[j]);
    }
    CHECK_EQUAL(CKR_OK, p11->C_FindObjects(session, all, 1, &count));
    CHECK_EQUAL(0, count);
    CHECK_EQUAL(CKR_OK, p11->C_FindObjectsFinal(session));
    api_end();
}

static void objects_are_found_by_any_attribute(void)
{
    CK_OBJECT_CLASS certificate = CKO_CERTIFICATE;
    CK_CERTIFICATE_TYPE x509 = CKC_X_509;
    CK_KEY_TYPE rsa = CKK_RSA;
    CK_BBOOL yes = CK_TRUE;
    CK_BYTE value[] = {1};
    const rs_certificate *own = &fake_card()->credentials[0].certificates[0];
    CK_ATTRIBUTE by_id[] = {{CKA_ID, (void *)"id-of-the-rsa-keypair", 21}};
    CK_ATTRIBUTE by_issuer[] = {{CKA_CLASS, &certificate, sizeof certificate},
                                {CKA_ISSUER, (void *)own->issuer.data, own->issuer.length},
                                {CKA_SERIAL_NUMBER, (void *)own->serial.data, own->serial.length}};
    CK_ATTRIBUTE by_value[] = {{CKA_VALUE, (void *)own->value.data, own->value.length},
                               {CKA_CERTIFICATE_TYPE, &x509, sizeof x509}};
    CK_ATTRIBUTE signing_rsa[] = {{CKA_KEY_TYPE, &rsa, sizeof rsa}, {CKA_SIGN, &yes, sizeof yes}};
    CK_ATTRIBUTE unknown[] = {{CKA_VENDOR_DEFINED, value, sizeof value}};
    CK_ATTRIBUTE secret[] = {{CKA_PRIVATE_EXPONENT, value, sizeof value}};
    api_begin();
    CK_SESSION_HANDLE session = api_open_logged_in();
    CHECK_EQUAL(3, api_count(session, by_id, 1));
    CHECK_EQUAL(3, api_count(session, by_issuer, 3)); /* same serial number on purpose */
    CHECK_EQUAL(1, api_count(session, by_value, 2));
    CHECK_EQUAL(2, api_count(session, signing_rsa, 2));
    CHECK_EQUAL(0, api_count(session, unknown, 1));
    CHECK_EQUAL(0, api_count(session, secret, 1));
    CHECK(api_find(session, CKO_CERTIFICATE, "Test CA") != 0);
    api_end();
}

/* A renewed list keeps the handles of what stays; what goes is gone. */
static void handles_survive_a_new_generation(void)
{
    CK_MECHANISM mechanism = {CKM_SHA256_RSA_PKCS, NULL, 0};
    api_begin();
    CK_SESSION_HANDLE session = api_open_logged_in();
    CK_OBJECT_HANDLE ec = api_find(session, CKO_PRIVATE_KEY, "Signer EC");
    CK_OBJECT_HANDLE third = api_find(session, CKO_PRIVATE_KEY, "Signer each");
    SCRIPT(generation++);
    SCRIPT(credentials = 2);
    CHECK_EQUAL(1, api_slots_with_token());
    CHECK_EQUAL(ec, api_find(session, CKO_PRIVATE_KEY, "Signer EC"));
    CHECK_EQUAL(CKR_OK, api_sign_ecdsa(session, ec));
    CHECK_EQUAL(9, api_count(session, NULL, 0));
    CHECK_EQUAL(CKR_KEY_HANDLE_INVALID, p11->C_SignInit(session, &mechanism, third));
    CHECK_EQUAL(CKR_OBJECT_HANDLE_INVALID, p11->C_GetAttributeValue(session, third, NULL, 0));
    api_end();
}

static void tests(void)
{
    RUN(every_function_is_there);
    RUN(nothing_works_before_initialize);
    RUN(without_an_agent_the_slot_is_empty);
    RUN(an_agent_without_sign_in_is_an_empty_slot);
    RUN(slot_event_tells_each_change_once);
    RUN(token_flags_follow_the_login_mode);
    RUN(private_keys_follow_a_changed_login_mode);
    RUN(bad_arguments_are_named);
    RUN(login_is_of_the_whole_program);
    RUN(in_mode_protected_the_agent_asks);
    RUN(in_mode_agent_login_trips_nobody);
    RUN(private_keys_show_after_login_only);
    RUN(objects_are_found_in_parts);
    RUN(objects_are_found_by_any_attribute);
    RUN(handles_survive_a_new_generation);
}

int main(int count, char **arguments)
{
    return api_main(count, arguments, tests);
}
