/* A Windows program with one C_Initialize that uses the card through the packed ABI whenever a line
 * on standard input tells it to.
 *
 * usage: pkcs11_program remotesigning-pkcs11.dll
 * lines: login [PIN]                             without one the agent asks, if it has to
 *        mechanisms FILE                         writes the token's mechanisms, a number a line
 *        certificate LABEL FILE                  writes CKA_VALUE
 *        sign LABEL MECHANISM INPUT OUTPUT       INPUT: what C_Sign is to be given
 *        multipart LABEL MECHANISM INPUT OUTPUT
 *        verify LABEL MECHANISM INPUT SIGNATURE */
#include "dialogue.h"

#include <windows.h>
#undef CreateMutex

#include "pkcs11.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PART = 1000, MAX_LABELS = 32 };

typedef struct mechanism_name {
    const char *name;
    CK_MECHANISM_TYPE type;
    CK_RSA_PKCS_PSS_PARAMS pss; /* of PSS */
} mechanism_name;

#define PSS_256                                                                                    \
    {                                                                                              \
        CKM_SHA256, CKG_MGF1_SHA256, 32                                                            \
    }
#define PSS_384                                                                                    \
    {                                                                                              \
        CKM_SHA384, CKG_MGF1_SHA384, 48                                                            \
    }
#define PSS_512                                                                                    \
    {                                                                                              \
        CKM_SHA512, CKG_MGF1_SHA512, 64                                                            \
    }

static mechanism_name names[] = {
    {"RSA-PKCS", CKM_RSA_PKCS, {0, 0, 0}},
    {"SHA1-RSA-PKCS", CKM_SHA1_RSA_PKCS, {0, 0, 0}},
    {"SHA224-RSA-PKCS", CKM_SHA224_RSA_PKCS, {0, 0, 0}},
    {"SHA256-RSA-PKCS", CKM_SHA256_RSA_PKCS, {0, 0, 0}},
    {"SHA384-RSA-PKCS", CKM_SHA384_RSA_PKCS, {0, 0, 0}},
    {"SHA512-RSA-PKCS", CKM_SHA512_RSA_PKCS, {0, 0, 0}},
    {"RSA-PKCS-PSS", CKM_RSA_PKCS_PSS, PSS_256},
    {"SHA256-RSA-PKCS-PSS", CKM_SHA256_RSA_PKCS_PSS, PSS_256},
    {"SHA384-RSA-PKCS-PSS", CKM_SHA384_RSA_PKCS_PSS, PSS_384},
    {"SHA512-RSA-PKCS-PSS", CKM_SHA512_RSA_PKCS_PSS, PSS_512},
    {"ECDSA", CKM_ECDSA, {0, 0, 0}},
    {"ECDSA-SHA1", CKM_ECDSA_SHA1, {0, 0, 0}},
    {"ECDSA-SHA224", CKM_ECDSA_SHA224, {0, 0, 0}},
    {"ECDSA-SHA256", CKM_ECDSA_SHA256, {0, 0, 0}},
    {"ECDSA-SHA384", CKM_ECDSA_SHA384, {0, 0, 0}},
    {"ECDSA-SHA512", CKM_ECDSA_SHA512, {0, 0, 0}},
};

static CK_FUNCTION_LIST *p11;
static CK_SESSION_HANDLE session;

static CK_MECHANISM mechanism_of(const char *name)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i].name, name) == 0)
            return names[i].pss.hashAlg == 0
                       ? (CK_MECHANISM){names[i].type, NULL, 0}
                       : (CK_MECHANISM){names[i].type, &names[i].pss, sizeof names[i].pss};
    fprintf(stderr, "no mechanism %s\n", name);
    exit(2);
}

static CK_RV look_up(CK_OBJECT_CLASS class, const char *label, CK_OBJECT_HANDLE *object)
{
    CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &class, sizeof class},
                             {CKA_LABEL, (void *)label, (CK_ULONG)strlen(label)}};
    CK_ULONG count = 0;
    CK_RV rv = p11->C_FindObjectsInit(session, wanted, 2);
    if (rv == CKR_OK) {
        rv = p11->C_FindObjects(session, object, 1, &count);
        (void)p11->C_FindObjectsFinal(session);
    }
    return rv != CKR_OK ? rv : count == 1 ? CKR_OK : CKR_OBJECT_HANDLE_INVALID;
}

/* Looked up once: a living program keeps its handles. */
static CK_RV find(CK_OBJECT_CLASS class, const char *label, CK_OBJECT_HANDLE *object)
{
    static struct {
        CK_OBJECT_CLASS class;
        char label[64];
        CK_OBJECT_HANDLE object;
    } known[MAX_LABELS];
    static int count;
    for (int i = 0; i < count; i++)
        if (known[i].class == class && strcmp(known[i].label, label) == 0) {
            *object = known[i].object;
            return CKR_OK;
        }
    CK_RV rv = look_up(class, label, object);
    if (rv == CKR_OK && count < MAX_LABELS) {
        known[count].class = class;
        snprintf(known[count].label, sizeof known[count].label, "%s", label);
        known[count++].object = *object;
    }
    return rv;
}

static CK_RV mechanisms(char **words)
{
    CK_MECHANISM_TYPE list[64];
    CK_ULONG count = 64;
    char text[64 * 12] = "";
    CK_RV rv = p11->C_GetMechanismList(0, list, &count);
    for (CK_ULONG i = 0; rv == CKR_OK && i < count; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "0x%08lx\n", list[i]);
    if (rv == CKR_OK)
        dialogue_write(words[1], text, strlen(text));
    return rv;
}

static CK_RV certificate(char **words)
{
    CK_BYTE value[8192];
    CK_ATTRIBUTE wanted = {CKA_VALUE, value, sizeof value};
    CK_OBJECT_HANDLE object;
    CK_RV rv = find(CKO_CERTIFICATE, words[1], &object);
    if (rv == CKR_OK)
        rv = p11->C_GetAttributeValue(session, object, &wanted, 1);
    if (rv == CKR_OK)
        dialogue_write(words[2], value, wanted.ulValueLen);
    return rv;
}

static CK_RV sign_parts(CK_BYTE *data, CK_ULONG size, CK_BYTE *signature, CK_ULONG *length)
{
    CK_RV rv = CKR_OK;
    for (CK_ULONG at = 0; rv == CKR_OK && at < size; at += PART)
        rv = p11->C_SignUpdate(session, data + at, size - at < PART ? size - at : PART);
    return rv != CKR_OK ? rv : p11->C_SignFinal(session, signature, length);
}

static CK_RV sign(char **words, bool in_parts)
{
    CK_MECHANISM mechanism = mechanism_of(words[2]);
    CK_OBJECT_HANDLE key;
    CK_BYTE signature[1024];
    CK_ULONG length = sizeof signature;
    size_t size;
    CK_BYTE *data = dialogue_read(words[3], &size);
    CK_RV rv = find(CKO_PRIVATE_KEY, words[1], &key);
    if (rv == CKR_OK)
        rv = p11->C_SignInit(session, &mechanism, key);
    if (rv == CKR_OK && in_parts)
        rv = sign_parts(data, (CK_ULONG)size, signature, &length);
    else if (rv == CKR_OK)
        rv = p11->C_Sign(session, data, (CK_ULONG)size, signature, &length);
    if (rv == CKR_OK)
        dialogue_write(words[4], signature, length);
    return rv;
}

static CK_RV verify(char **words)
{
    CK_MECHANISM mechanism = mechanism_of(words[2]);
    CK_OBJECT_HANDLE key;
    CK_BYTE signature[1024];
    size_t length;
    size_t size;
    memcpy(signature, dialogue_read(words[4], &length), sizeof signature);
    CK_BYTE *data = dialogue_read(words[3], &size);
    CK_RV rv = find(CKO_PUBLIC_KEY, words[1], &key);
    if (rv == CKR_OK)
        rv = p11->C_VerifyInit(session, &mechanism, key);
    return rv != CKR_OK ? rv
                        : p11->C_Verify(session, data, (CK_ULONG)size, signature, (CK_ULONG)length);
}

static CK_RV login(const char *pin)
{
    return p11->C_Login(session, CKU_USER, (CK_UTF8CHAR *)pin,
                        pin == NULL ? 0 : (CK_ULONG)strlen(pin));
}

static void answer(char **words, int count)
{
    CK_RV rv = CKR_FUNCTION_NOT_SUPPORTED;
    if (strcmp(words[0], "login") == 0)
        rv = login(count > 1 ? words[1] : NULL);
    else if (strcmp(words[0], "mechanisms") == 0 && count == 2)
        rv = mechanisms(words);
    else if (strcmp(words[0], "certificate") == 0 && count == 3)
        rv = certificate(words);
    else if (strcmp(words[0], "verify") == 0 && count == 5)
        rv = verify(words);
    else if (count == 5)
        rv = sign(words, strcmp(words[0], "multipart") == 0);
    if (rv == CKR_OK)
        dialogue_done();
    else
        dialogue_refused(rv);
}

int main(int count, char **arguments)
{
    HMODULE library = count == 2 ? LoadLibraryA(arguments[1]) : NULL;
    CK_C_GetFunctionList get =
        library == NULL
            ? NULL
            : (CK_C_GetFunctionList)(void *)GetProcAddress(library, "C_GetFunctionList");
    CK_SLOT_ID slot;
    CK_ULONG slots = 1;
    if (get == NULL || get(&p11) != CKR_OK || p11->C_Initialize(NULL) != CKR_OK ||
        p11->C_GetSlotList(CK_TRUE, &slot, &slots) != CKR_OK || slots != 1 ||
        p11->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &session) != CKR_OK) {
        fputs("there is no card\n", stderr);
        return 1;
    }
    dialogue_run(answer);
    CK_RV rv = p11->C_Finalize(NULL);
    return rv == CKR_OK && FreeLibrary(library) ? 0 : 1;
}
