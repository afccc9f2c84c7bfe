/* C_FindObjects by any attribute, and the rules of templates (PKCS#11 v2.40, 5.7). */
#include "api.h"

#include "mechanism.h"

static CK_SESSION_HANDLE session;

/* How many objects have this one attribute with this value. */
static CK_ULONG with(CK_ATTRIBUTE_TYPE type, const void *value, CK_ULONG length)
{
    CK_ATTRIBUTE template = {type, (void *)value, length};
    return api_count(session, &template, 1);
}

static CK_ULONG with_number(CK_ATTRIBUTE_TYPE type, CK_ULONG number)
{
    return with(type, &number, sizeof number);
}

/* Three credentials with three objects each, two issuers, a profile; private keys only when logged
 * in. */
static void an_empty_template_finds_all(void)
{
    api_begin();
    session = api_open();
    CHECK_EQUAL(9, api_count(session, NULL, 0));
    session = api_open_logged_in();
    CHECK_EQUAL(12, api_count(session, NULL, 0));
    CHECK_EQUAL(3, with_number(CKA_CLASS, CKO_PRIVATE_KEY));
    CHECK_EQUAL(3, with_number(CKA_CLASS, CKO_PUBLIC_KEY));
    CHECK_EQUAL(5, with_number(CKA_CLASS, CKO_CERTIFICATE));
    CHECK_EQUAL(1, with_number(CKA_CLASS, CKO_PROFILE));
    CHECK_EQUAL(1, with_number(CKA_PROFILE_ID, CKP_PUBLIC_CERTIFICATES_TOKEN));
    CHECK_EQUAL(0, with_number(CKA_CLASS, CKO_SECRET_KEY));
    CHECK_EQUAL(0, with_number(CKA_CLASS, CKO_DATA));
    api_end();
}

/* What an object answers, it is found by; of the values that differ in each object, it alone. */
static void objects_are_found_by_what_they_answer(void)
{
    static const CK_ATTRIBUTE_TYPE types[] = {CKA_CLASS,
                                              CKA_TOKEN,
                                              CKA_PRIVATE,
                                              CKA_LABEL,
                                              CKA_ID,
                                              CKA_SUBJECT,
                                              CKA_MODIFIABLE,
                                              CKA_UNIQUE_ID,
                                              CKA_PUBLIC_KEY_INFO,
                                              CKA_START_DATE,
                                              CKA_END_DATE,
                                              CKA_KEY_TYPE,
                                              CKA_ALLOWED_MECHANISMS,
                                              CKA_MODULUS,
                                              CKA_MODULUS_BITS,
                                              CKA_PUBLIC_EXPONENT,
                                              CKA_EC_PARAMS,
                                              CKA_EC_POINT,
                                              CKA_UNWRAP_TEMPLATE,
                                              CKA_WRAP_TEMPLATE,
                                              CKA_VALUE,
                                              CKA_ISSUER,
                                              CKA_SERIAL_NUMBER,
                                              CKA_CHECK_VALUE,
                                              CKA_HASH_OF_SUBJECT_PUBLIC_KEY,
                                              CKA_HASH_OF_ISSUER_PUBLIC_KEY,
                                              CKA_URL};
    CK_OBJECT_HANDLE all[16];
    CK_ULONG count = 0;
    api_begin();
    session = api_open_logged_in();
    CHECK_EQUAL(CKR_OK, p11->C_FindObjectsInit(session, NULL, 0));
    CHECK_EQUAL(CKR_OK, p11->C_FindObjects(session, all, 16, &count));
    CHECK_EQUAL(CKR_OK, p11->C_FindObjectsFinal(session));
    CHECK_EQUAL(12, count);
    for (CK_ULONG i = 0; i < count; i++) {
        for (size_t at = 0; at < sizeof types / sizeof types[0]; at++) {
            CK_BYTE value[1024];
            CK_ATTRIBUTE template = {types[at], value, sizeof value};
            CK_OBJECT_HANDLE found[16] = {0};
            CK_ULONG number = 0;
            if (p11->C_GetAttributeValue(session, all[i], &template, 1) != CKR_OK)
                continue;
            CHECK_EQUAL(CKR_OK, p11->C_FindObjectsInit(session, &template, 1));
            CHECK_EQUAL(CKR_OK, p11->C_FindObjects(session, found, 16, &number));
            CHECK_EQUAL(CKR_OK, p11->C_FindObjectsFinal(session));
            bool has_it = false;
            for (CK_ULONG j = 0; j < number; j++)
                has_it = has_it || found[j] == all[i];
            CHECK(has_it);
            if (types[at] == CKA_UNIQUE_ID)
                CHECK_EQUAL(1, number);
            value[0] ^= 0x40; /* another value, of no object */
            if (template.ulValueLen > 1 && types[at] != CKA_CLASS)
                CHECK_EQUAL(0, with(types[at], value, template.ulValueLen));
        }
    }
    api_end();
}

static void only_the_exact_bytes_match(void)
{
    const CK_BBOOL yes = CK_TRUE;
    const unsigned long wide_yes = 1;
    const CK_BBOOL other_yes = 0xff;
    const unsigned short_class = (unsigned)CKO_PUBLIC_KEY;
    CK_MECHANISM_TYPE mechanisms[P11_MECHANISMS_MAX] = {CKM_SHA256_RSA_PKCS, CKM_RSA_PKCS};
    api_begin();
    session = api_open_logged_in();
    CHECK_EQUAL(12, with(CKA_TOKEN, &yes, sizeof yes));
    CHECK_EQUAL(0, with(CKA_TOKEN, &wide_yes, sizeof wide_yes));
    CHECK_EQUAL(0, with(CKA_TOKEN, &other_yes, sizeof other_yes));
    CHECK_EQUAL(0, with(CKA_TOKEN, NULL, 0));
    CHECK_EQUAL(0, with(CKA_CLASS, &short_class, sizeof short_class));
    CHECK_EQUAL(6, with(CKA_START_DATE, NULL, 0)); /* keys have none */
    CHECK_EQUAL(5, with(CKA_START_DATE, "20260101", 8));
    CHECK_EQUAL(0, with(CKA_START_DATE, "20260101", 7));
    CHECK_EQUAL(0, with(CKA_END_DATE, "20991231", 8));
    CHECK_EQUAL(2, with(CKA_ALLOWED_MECHANISMS, mechanisms, 2 * sizeof mechanisms[0]));
    CHECK_EQUAL(0, with(CKA_ALLOWED_MECHANISMS, mechanisms, sizeof mechanisms[0]));
    CHECK_EQUAL(0, with(CKA_LABEL, "Signer", 6));
    CHECK_EQUAL(3, with(CKA_LABEL, "Signer EC", 9));
    CHECK_EQUAL(0, with(CKA_LABEL, "Signer EC", 10)); /* a NUL is no part of it */
    api_end();
}

/* Attributes that objects have not, and those that they keep to themselves. */
static void what_is_not_answered_does_not_match(void)
{
    CK_BYTE secret[128] = {0};
    const CK_BBOOL yes = CK_TRUE;
    api_begin();
    session = api_open_logged_in();
    CHECK_EQUAL(0, with(CKA_VENDOR_DEFINED | 1, NULL, 0));
    CHECK_EQUAL(0, with(CKA_VENDOR_DEFINED | 1, &yes, sizeof yes));
    CHECK_EQUAL(0, with(CKA_PRIME_1, secret, sizeof secret));
    CHECK_EQUAL(0, with(CKA_PRIME_1, NULL, 0));
    CHECK_EQUAL(0, with(CKA_AC_ISSUER, NULL, 0));
    CHECK_EQUAL(3, with(CKA_VERIFY, &yes, sizeof yes)); /* certificates have no such attribute */
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    CK_ATTRIBUTE both[] = {{CKA_CLASS, &class, sizeof class},
                           {CKA_VERIFY, (void *)&yes, sizeof yes}};
    CHECK_EQUAL(0, api_count(session, both, 2));
    api_end();
}

static void senseless_calls_are_named(void)
{
    CK_ATTRIBUTE template = {CKA_LABEL, NULL, 3};
    CK_OBJECT_HANDLE found[2];
    CK_ULONG count = 0;
    api_begin();
    session = api_open();
    CHECK_EQUAL(CKR_ARGUMENTS_BAD, p11->C_FindObjectsInit(session, NULL, 1));
    CHECK_EQUAL(CKR_ARGUMENTS_BAD, p11->C_FindObjectsInit(session, &template, 1));
    CHECK_EQUAL(CKR_OPERATION_NOT_INITIALIZED, p11->C_FindObjects(session, found, 2, &count));
    CHECK_EQUAL(CKR_OK, p11->C_FindObjectsInit(session, NULL, 0));
    CHECK_EQUAL(CKR_OPERATION_ACTIVE, p11->C_FindObjectsInit(session, NULL, 0));
    CHECK_EQUAL(CKR_ARGUMENTS_BAD, p11->C_FindObjects(session, NULL, 2, &count));
    CHECK_EQUAL(CKR_ARGUMENTS_BAD, p11->C_FindObjects(session, found, 2, NULL));
    CHECK_EQUAL(CKR_OK, p11->C_FindObjects(session, NULL, 0, &count));
    CHECK_EQUAL(0, count);
    CHECK_EQUAL(CKR_OK, p11->C_FindObjects(session, found, 2, &count)); /* it goes on */
    CHECK_EQUAL(2, count);
    CHECK_EQUAL(CKR_OK, p11->C_FindObjectsFinal(session));
    CHECK_EQUAL(CKR_OPERATION_NOT_INITIALIZED, p11->C_FindObjectsFinal(session));
    api_end();
}

/* Java and NSS tie key and certificate together by CKA_ID, and find issuers by subject. */
static void ids_tie_a_credential_together(void)
{
    static const char *const ids[] = {"id-of-the-rsa-keypair", "id-of-the-ec-keypair",
                                      "id-of-the-other-keypair"};
    api_begin();
    session = api_open_logged_in();
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
        CHECK_EQUAL(3, with(CKA_ID, ids[i], strlen(ids[i])));
    const rs_certificate *own = &fake_card()->credentials[0].certificates[0];
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    CK_ATTRIBUTE issuer[] = {{CKA_CLASS, &class, sizeof class},
                             {CKA_SUBJECT, (void *)own->issuer.data, own->issuer.length}};
    CHECK_EQUAL(1, api_count(session, issuer, 2)); /* once, though two credentials bring it */
    api_end();
}

static void tests(void)
{
    RUN(an_empty_template_finds_all);
    RUN(objects_are_found_by_what_they_answer);
    RUN(only_the_exact_bytes_match);
    RUN(what_is_not_answered_does_not_match);
    RUN(senseless_calls_are_named);
    RUN(ids_tie_a_credential_together);
}

int main(int count, char **arguments)
{
    return api_main(count, arguments, tests);
}
