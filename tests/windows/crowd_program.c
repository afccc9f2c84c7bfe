/* Many programs that sign with one RSA key of the card at the same moment, half of them through
 * each library, against whatever agent is there; it has to be in mode `agent`. The libraries' clock
 * stands still in them: how fast the machine can do that is not the question. For the same reason
 * they connect again when the agent has given them up: to it, who says nothing for 5 seconds is
 * gone.
 *
 * Program number i signs 32 bytes as a SHA-256 digest, with PKCS#1: i, little-endian, then 0x5a;
 * the signature goes into FOLDER\i.sig.
 *
 * usage: crowd_program COUNT remotesigning-pkcs11.dll remotesigning-ksp.dll LABEL FOLDER */
#include "api.h"
#include "api_clock.h"
#include "children.h"
#include "ncrypt_provider.h"

#include <wchar.h>
#include <windows.h>

enum { MOST = 500, SIGNATURE_MAX = 512, DIGEST_SIZE = 32, TRIES = 20, QUIET = 5000 };

static const CK_BYTE info[] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                               0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};

/* One try: the signature's length, or 0 and what it failed with. */
static unsigned long p11_sign(const char *label, const BYTE *digest, BYTE *signature,
                              unsigned long *why)
{
    CK_MECHANISM mechanism = {CKM_RSA_PKCS, NULL, 0};
    CK_BYTE data[sizeof info + DIGEST_SIZE];
    CK_ULONG length = SIGNATURE_MAX;
    CK_SESSION_HANDLE session = 0;
    memcpy(data, info, sizeof info);
    memcpy(data + sizeof info, digest, DIGEST_SIZE);
    CK_RV rv = p11->C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &session);
    if (rv == CKR_OK) {
        CK_OBJECT_HANDLE key = api_find(session, CKO_PRIVATE_KEY, label);
        rv = p11->C_SignInit(session, &mechanism, key);
        if (rv == CKR_OK)
            rv = p11->C_Sign(session, data, sizeof data, signature, &length);
        (void)p11->C_CloseSession(session);
    }
    *why = rv;
    return rv == CKR_OK ? length : 0;
}

/* The key whose name is the label and four bytes of its id in brackets. */
static SECURITY_STATUS ksp_find(RS_KEY_STORAGE_FUNCTION_TABLE *ksp, NCRYPT_PROV_HANDLE provider,
                                const char *label, NCRYPT_KEY_HANDLE *key)
{
    wchar_t wanted[MAX_PATH];
    NCryptKeyName *name = NULL;
    void *state = NULL;
    SECURITY_STATUS status = ERROR_SUCCESS;
    swprintf(wanted, MAX_PATH, L"%hs [", label);
    while (*key == 0 && status == ERROR_SUCCESS) {
        status = ksp->EnumKeys(provider, NULL, &name, &state, 0);
        if (status != ERROR_SUCCESS)
            break;
        if (wcsncmp(name->pszName, wanted, wcslen(wanted)) == 0)
            status = ksp->OpenKey(provider, key, name->pszName, 0, 0);
        (void)ksp->FreeBuffer(name);
    }
    if (state != NULL)
        (void)ksp->FreeBuffer(state);
    return status;
}

/* As p11_sign. */
static unsigned long ksp_sign(RS_KEY_STORAGE_FUNCTION_TABLE *ksp, const char *label, BYTE *digest,
                              BYTE *signature, unsigned long *why)
{
    BCRYPT_PKCS1_PADDING_INFO sha256 = {BCRYPT_SHA256_ALGORITHM};
    NCRYPT_PROV_HANDLE provider = 0;
    NCRYPT_KEY_HANDLE key = 0;
    DWORD length = 0;
    REQUIRE(ksp->OpenProvider(&provider, L"any", 0) == ERROR_SUCCESS);
    SECURITY_STATUS status = ksp_find(ksp, provider, label, &key);
    if (status == ERROR_SUCCESS) {
        status = ksp->SignHash(provider, key, &sha256, digest, DIGEST_SIZE, signature,
                               SIGNATURE_MAX, &length, NCRYPT_PAD_PKCS1_FLAG);
        (void)ksp->FreeKey(provider, key);
    }
    (void)ksp->FreeProvider(provider);
    *why = (unsigned long)status;
    return status == ERROR_SUCCESS ? length : 0;
}

static RS_KEY_STORAGE_FUNCTION_TABLE *ksp_load(HMODULE library)
{
    RS_KEY_STORAGE_FUNCTION_TABLE *ksp = NULL;
    SECURITY_STATUS(WINAPI * get)
    (LPCWSTR, RS_KEY_STORAGE_FUNCTION_TABLE **, DWORD) =
        (void *)GetProcAddress(library, "GetKeyStorageInterface");
    REQUIRE(get != NULL && get(L"any", &ksp, 0) == ERROR_SUCCESS);
    return ksp;
}

static int run_child(unsigned index, const char *library, const char *label, const char *folder)
{
    BYTE digest[DIGEST_SIZE];
    BYTE signature[SIGNATURE_MAX];
    char path[MAX_PATH];
    RS_KEY_STORAGE_FUNCTION_TABLE *ksp = NULL;
    bool is_ksp = index % 2 == 1;
    void *module = is_ksp ? (void *)LoadLibraryA(library) : api_load(library);
    REQUIRE(module != NULL);
    api_clock_stop();
    api_clock_take(module);
    if (is_ksp)
        ksp = ksp_load(module);
    else
        REQUIRE(p11->C_Initialize(NULL) == CKR_OK);
    memset(digest, 0x5a, sizeof digest);
    for (size_t i = 0; i < 4; i++)
        digest[i] = (BYTE)(index >> 8 * i);
    child_ready();
    unsigned long length = 0;
    for (int i = 0; i < TRIES && length == 0; i++) {
        unsigned long why = 0;
        length = is_ksp ? ksp_sign(ksp, label, digest, signature, &why)
                        : p11_sign(label, digest, signature, &why);
        if (length == 0)
            fprintf(stderr, "%u: 0x%08lx\n", index, why);
        api_clock_forward(QUIET);
    }
    REQUIRE(length != 0);
    snprintf(path, sizeof path, "%s\\%u.sig", folder, index);
    FILE *file = fopen(path, "wb");
    REQUIRE(file != NULL && fwrite(signature, 1, length, file) == length && fclose(file) == 0);
    return 0;
}

int main(int count, char **arguments)
{
    static child children[MOST];
    char line[4 * MAX_PATH];
    int failed = 0;
    if (count == 8 && strcmp(arguments[1], "child") == 0) {
        child_begin(arguments[6], arguments[7]);
        return run_child((unsigned)strtoul(arguments[2], NULL, 10), arguments[3], arguments[4],
                         arguments[5]);
    }
    REQUIRE(count == 6);
    int many = (int)strtol(arguments[1], NULL, 10);
    snprintf(line, sizeof line, "%s\\libraries.log", arguments[5]);
    REQUIRE(SetEnvironmentVariableA("REMOTESIGNING_LOG", line));
    REQUIRE(many > 0 && many <= MOST);
    children_prepare(many);
    for (int i = 0; i < many; i++) {
        snprintf(line, sizeof line, "child %d \"%s\" \"%s\" \"%s\"", i, arguments[2 + i % 2],
                 arguments[4], arguments[5]);
        child_start(&children[i], line);
    }
    children_await_ready(many);
    children_go();
    for (int i = 0; i < many; i++)
        failed += child_await_end(&children[i]) != 0;
    printf("%d of %d failed\n", failed, many);
    return failed == 0 ? 0 : 1;
}
