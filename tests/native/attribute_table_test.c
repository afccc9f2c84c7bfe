/* The tables of docs/pkcs11.md, "Objects", against the module: each attribute of PKCS#11 v2.40 and
 * v3.0, of each kind of object, is what the document says, and is refused if it does not speak of
 * it. DOCUMENT is its path. */
#include "api.h"

#include <ctype.h>

enum { KINDS = 7, CELL_SIZE = 160, DOCUMENT_MAX = 1 << 18 };

typedef struct named {
    const char *name;
    CK_ULONG number;
} named;

#define N(name)                                                                                    \
    {                                                                                              \
#name, name                                                                                \
    }

static const named attributes[] = {
    N(CKA_CLASS),
    N(CKA_TOKEN),
    N(CKA_PRIVATE),
    N(CKA_LABEL),
    N(CKA_UNIQUE_ID),
    N(CKA_APPLICATION),
    N(CKA_VALUE),
    N(CKA_OBJECT_ID),
    N(CKA_CERTIFICATE_TYPE),
    N(CKA_ISSUER),
    N(CKA_SERIAL_NUMBER),
    N(CKA_AC_ISSUER),
    N(CKA_OWNER),
    N(CKA_ATTR_TYPES),
    N(CKA_TRUSTED),
    N(CKA_CERTIFICATE_CATEGORY),
    N(CKA_JAVA_MIDP_SECURITY_DOMAIN),
    N(CKA_URL),
    N(CKA_HASH_OF_SUBJECT_PUBLIC_KEY),
    N(CKA_HASH_OF_ISSUER_PUBLIC_KEY),
    N(CKA_NAME_HASH_ALGORITHM),
    N(CKA_CHECK_VALUE),
    N(CKA_KEY_TYPE),
    N(CKA_SUBJECT),
    N(CKA_ID),
    N(CKA_SENSITIVE),
    N(CKA_ENCRYPT),
    N(CKA_DECRYPT),
    N(CKA_WRAP),
    N(CKA_UNWRAP),
    N(CKA_SIGN),
    N(CKA_SIGN_RECOVER),
    N(CKA_VERIFY),
    N(CKA_VERIFY_RECOVER),
    N(CKA_DERIVE),
    N(CKA_START_DATE),
    N(CKA_END_DATE),
    N(CKA_MODULUS),
    N(CKA_MODULUS_BITS),
    N(CKA_PUBLIC_EXPONENT),
    N(CKA_PRIVATE_EXPONENT),
    N(CKA_PRIME_1),
    N(CKA_PRIME_2),
    N(CKA_EXPONENT_1),
    N(CKA_EXPONENT_2),
    N(CKA_COEFFICIENT),
    N(CKA_PUBLIC_KEY_INFO),
    N(CKA_PRIME),
    N(CKA_SUBPRIME),
    N(CKA_BASE),
    N(CKA_PRIME_BITS),
    N(CKA_SUB_PRIME_BITS),
    N(CKA_VALUE_BITS),
    N(CKA_VALUE_LEN),
    N(CKA_EXTRACTABLE),
    N(CKA_LOCAL),
    N(CKA_NEVER_EXTRACTABLE),
    N(CKA_ALWAYS_SENSITIVE),
    N(CKA_KEY_GEN_MECHANISM),
    N(CKA_MODIFIABLE),
    N(CKA_COPYABLE),
    N(CKA_DESTROYABLE),
    N(CKA_EC_PARAMS),
    N(CKA_EC_POINT),
    N(CKA_SECONDARY_AUTH),
    N(CKA_AUTH_PIN_FLAGS),
    N(CKA_ALWAYS_AUTHENTICATE),
    N(CKA_WRAP_WITH_TRUSTED),
    N(CKA_WRAP_TEMPLATE),
    N(CKA_UNWRAP_TEMPLATE),
    N(CKA_DERIVE_TEMPLATE),
    N(CKA_OTP_FORMAT),
    N(CKA_GOSTR3410_PARAMS),
    N(CKA_HW_FEATURE_TYPE),
    N(CKA_RESET_ON_INIT),
    N(CKA_HAS_RESET),
    N(CKA_CHAR_SETS),
    N(CKA_MIME_TYPES),
    N(CKA_MECHANISM_TYPE),
    N(CKA_REQUIRED_CMS_ATTRIBUTES),
    N(CKA_ALLOWED_MECHANISMS),
    N(CKA_VENDOR_DEFINED),
    N(CKA_PROFILE_ID),
    {"CKA_X2RATCHET_BAG", 0x602UL},
    {"an attribute of NSS", 0xce534350UL + 9},
    {"an attribute of no specification", 0x7fffffffUL},
};

enum { ATTRIBUTES = sizeof attributes / sizeof attributes[0] };

static const named constants[] = {
    N(CKO_PRIVATE_KEY),
    N(CKO_PROFILE),
    N(CKP_PUBLIC_CERTIFICATES_TOKEN),
    N(CKO_PUBLIC_KEY),
    N(CKO_CERTIFICATE),
    N(CKK_RSA),
    N(CKK_EC),
    N(CKC_X_509),
    N(CKM_SHA_1),
    N(CKM_RSA_PKCS_KEY_PAIR_GEN),
    N(CKM_EC_KEY_PAIR_GEN),
};

static const struct {
    const char *heading;
    int column;
    CK_OBJECT_CLASS class;
    const char *label;
} kinds[KINDS] = {
    {"\n### Private keys\n", 1, CKO_PRIVATE_KEY, "Signer RSA"},
    {"\n### Private keys\n", 2, CKO_PRIVATE_KEY, "Signer EC"},
    {"\n### Public keys\n", 1, CKO_PUBLIC_KEY, "Signer RSA"},
    {"\n### Public keys\n", 2, CKO_PUBLIC_KEY, "Signer EC"},
    {"\n### Certificates\n", 1, CKO_CERTIFICATE, "Signer EC"},
    {"\n### Certificates\n", 2, CKO_CERTIFICATE, "Test CA"},
    {"\n### Profile\n", 1, CKO_PROFILE, NULL},
};

static char document[DOCUMENT_MAX + 1];
static char cells[KINDS][ATTRIBUTES][CELL_SIZE]; /* empty: the table does not speak of it */

static void read_document(void)
{
    FILE *file = fopen(DOCUMENT, "r");
    REQUIRE(file != NULL);
    size_t length = fread(document, 1, DOCUMENT_MAX, file);
    REQUIRE(length > 0 && length < DOCUMENT_MAX);
    fclose(file);
}

static size_t index_of(const named *list, size_t count, const char *text, size_t length)
{
    size_t i = 0;
    while (i < count && (strlen(list[i].name) != length || memcmp(list[i].name, text, length) != 0))
        i++;
    return i;
}

/* The text between two bars, without blanks around it; returns where the next begins. */
static const char *get_cell(const char *at, const char **cell, size_t *length)
{
    const char *end = strchr(at, '|');
    REQUIRE(end != NULL);
    *cell = at + strspn(at, " ");
    *length = (size_t)(end - *cell);
    while (*length > 0 && (*cell)[*length - 1] == ' ')
        (*length)--;
    REQUIRE(*length > 0 && *length < CELL_SIZE);
    return end + 1;
}

static void read_row(size_t kind, const char *row)
{
    const char *names;
    const char *cell;
    size_t names_length;
    size_t length;
    const char *at = get_cell(row, &names, &names_length);
    at = get_cell(at, &cell, &length);
    if (kinds[kind].column == 2)
        (void)get_cell(at, &cell, &length);
    for (const char *name = names; name < names + names_length; name++) {
        REQUIRE(*name++ == '`');
        const char *end = strchr(name, '`');
        REQUIRE(end != NULL);
        size_t found = index_of(attributes, ATTRIBUTES, name, (size_t)(end - name));
        if (found == ATTRIBUTES)
            fprintf(stderr, "no attribute: %.*s\n", (int)(end - name), name);
        REQUIRE(found < ATTRIBUTES);
        CHECK(cells[kind][found][0] == '\0'); /* once in each table */
        memcpy(cells[kind][found], cell, length);
        name = end + 1 + strspn(end + 1, ",");
    }
}

static void read_table(size_t kind)
{
    const char *at = strstr(document, kinds[kind].heading);
    REQUIRE(at != NULL);
    at = strstr(at, "\n|") + 1;
    size_t rows = 0;
    for (; *at == '|'; at = strchr(at, '\n') + 1) {
        if (rows++ >= 2) /* titles and a line */
            read_row(kind, at + 1);
    }
    CHECK(rows > 5);
}

static CK_ULONG number_of(const CK_BYTE *value, CK_ULONG length)
{
    CK_ULONG number = 0;
    CHECK_EQUAL(sizeof number, length);
    memcpy(&number, value, sizeof number);
    return number;
}

static void check_value(const char *cell, const CK_BYTE *value, CK_ULONG length)
{
    size_t ticks = strcspn(cell + (cell[0] == '`'), "`");
    size_t constant = sizeof constants / sizeof constants[0];
    if (cell[0] == '`')
        constant = index_of(constants, constant, cell + 1, ticks);
    if (strcmp(cell, "true") == 0 || strcmp(cell, "false") == 0) {
        CHECK_EQUAL(sizeof(CK_BBOOL), length);
        CHECK_EQUAL(cell[0] == 't' ? CK_TRUE : CK_FALSE, value[0]);
    } else if (strcmp(cell, "empty") == 0) {
        CHECK_EQUAL(0, length);
    } else if (cell[0] == '`') {
        REQUIRE(constant < sizeof constants / sizeof constants[0]);
        CHECK_EQUAL(constants[constant].number, number_of(value, length));
    } else if (isdigit((unsigned char)cell[0]) && (cell[1] == '\0' || cell[2] == '(')) {
        CHECK_EQUAL(cell[0] - '0', number_of(value, length));
    } else {
        CHECK(length > 0);
    }
}

static void check_attribute(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, size_t kind,
                            size_t at)
{
    CK_BYTE value[1024];
    CK_ATTRIBUTE wanted = {attributes[at].number, value, sizeof value};
    const char *cell = cells[kind][at];
    CK_RV expected = CKR_OK;
    if (cell[0] == '\0' || strcmp(cell, "–") == 0)
        expected = CKR_ATTRIBUTE_TYPE_INVALID;
    else if (strcmp(cell, "sensitive") == 0)
        expected = CKR_ATTRIBUTE_SENSITIVE;
    int before = failed_checks;
    CHECK_EQUAL(expected, p11->C_GetAttributeValue(session, object, &wanted, 1));
    if (expected == CKR_OK && wanted.ulValueLen <= sizeof value)
        check_value(cell, value, wanted.ulValueLen);
    else
        CHECK_EQUAL(CK_UNAVAILABLE_INFORMATION, wanted.ulValueLen);
    if (failed_checks != before)
        fprintf(stderr, "  ... of %s: %s is documented as \"%s\"\n",
                kinds[kind].label == NULL ? "the profile" : kinds[kind].label, attributes[at].name,
                cell);
}

static CK_OBJECT_HANDLE first_of(CK_SESSION_HANDLE session, CK_OBJECT_CLASS class)
{
    CK_ATTRIBUTE template = {CKA_CLASS, &class, sizeof class};
    CK_OBJECT_HANDLE found = 0;
    CK_ULONG count = 0;
    REQUIRE(p11->C_FindObjectsInit(session, &template, 1) == CKR_OK);
    REQUIRE(p11->C_FindObjects(session, &found, 1, &count) == CKR_OK);
    REQUIRE(p11->C_FindObjectsFinal(session) == CKR_OK);
    REQUIRE(count == 1);
    return found;
}

static void objects_are_as_documented(void)
{
    api_begin();
    CK_SESSION_HANDLE session = api_open_logged_in();
    for (size_t kind = 0; kind < KINDS; kind++) {
        read_table(kind);
        CK_OBJECT_HANDLE object = kinds[kind].label == NULL
                                      ? first_of(session, kinds[kind].class)
                                      : api_find(session, kinds[kind].class, kinds[kind].label);
        for (size_t at = 0; at < ATTRIBUTES; at++)
            check_attribute(session, object, kind, at);
    }
    api_end();
}

int main(int count, char **arguments)
{
    if (count != 2)
        return 2;
    read_document();
    void *module = api_load(arguments[1]);
    RUN(objects_are_as_documented);
    dlclose(module);
    return failed_checks == 0 ? 0 : 1;
}
