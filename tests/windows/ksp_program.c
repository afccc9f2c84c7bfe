/* A Windows program with one provider handle that uses the key storage provider by its table
 * whenever a line on standard input tells it to.
 *
 * usage: ksp_program remotesigning-ksp.dll
 * lines: keys FILE                           writes name and algorithm of each key, a line each
 *        export KEY FILE                     writes the public blob
 *        pin KEY PIN                         sets SmartCardPin
 *        sign KEY SCHEME DIGEST SIGNATURE    SCHEME: pkcs1, pss, ecdsa or none (no padding info);
 *                                            DIGEST, SIGNATURE: files
 *        verify KEY SCHEME DIGEST SIGNATURE */
#include "dialogue.h"
#include "ncrypt_provider.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

enum { MAX_KEYS = 32, MAX_NAME = 260 };

static RS_KEY_STORAGE_FUNCTION_TABLE *ksp;
static NCRYPT_PROV_HANDLE provider;

typedef struct padding_info {
    BCRYPT_PKCS1_PADDING_INFO pkcs1;
    BCRYPT_PSS_PADDING_INFO pss;
} padding_info;

static const wchar_t *hash_of(size_t digest_size)
{
    return digest_size == 20   ? BCRYPT_SHA1_ALGORITHM
           : digest_size == 48 ? BCRYPT_SHA384_ALGORITHM
           : digest_size == 64 ? BCRYPT_SHA512_ALGORITHM
                               : BCRYPT_SHA256_ALGORITHM;
}

/* What goes with the scheme; *flags gets the padding's flag. */
static void *padding_of(const char *scheme, size_t digest_size, padding_info *info, DWORD *flags)
{
    info->pkcs1.pszAlgId = strcmp(scheme, "none") == 0 ? NULL : hash_of(digest_size);
    info->pss.pszAlgId = hash_of(digest_size);
    info->pss.cbSalt = (ULONG)digest_size;
    *flags = strcmp(scheme, "ecdsa") == 0 ? 0
             : strcmp(scheme, "pss") == 0 ? BCRYPT_PAD_PSS
                                          : BCRYPT_PAD_PKCS1;
    return *flags == 0                ? NULL
           : *flags == BCRYPT_PAD_PSS ? (void *)&info->pss
                                      : (void *)&info->pkcs1;
}

/* Opened once: a living program keeps its handles. */
static SECURITY_STATUS open_key(const char *name, NCRYPT_KEY_HANDLE *key)
{
    static struct {
        char name[MAX_NAME];
        NCRYPT_KEY_HANDLE key;
    } known[MAX_KEYS];
    static int count;
    wchar_t wide[MAX_NAME];
    for (int i = 0; i < count; i++)
        if (strcmp(known[i].name, name) == 0) {
            *key = known[i].key;
            return ERROR_SUCCESS;
        }
    if (MultiByteToWideChar(CP_UTF8, 0, name, -1, wide, MAX_NAME) == 0)
        return NTE_INVALID_PARAMETER;
    SECURITY_STATUS status = ksp->OpenKey(provider, key, wide, 0, 0);
    if (status == ERROR_SUCCESS && count < MAX_KEYS) {
        snprintf(known[count].name, sizeof known[count].name, "%s", name);
        known[count++].key = *key;
    }
    return status;
}

static SECURITY_STATUS keys(char **words)
{
    char text[MAX_KEYS * MAX_NAME] = "";
    NCryptKeyName *name = NULL;
    void *state = NULL;
    SECURITY_STATUS status = ERROR_SUCCESS;
    while ((status = ksp->EnumKeys(provider, NULL, &name, &state, 0)) == ERROR_SUCCESS) {
        size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, "%ls\t%ls\n", name->pszName, name->pszAlgid);
        (void)ksp->FreeBuffer(name);
    }
    if (state != NULL)
        (void)ksp->FreeBuffer(state);
    if (status != NTE_NO_MORE_ITEMS)
        return status;
    dialogue_write(words[1], text, strlen(text));
    return ERROR_SUCCESS;
}

static SECURITY_STATUS export(char **words)
{
    BYTE blob[2048];
    DWORD size = 0;
    NCRYPT_KEY_HANDLE key = 0;
    SECURITY_STATUS status = open_key(words[1], &key);
    if (status == ERROR_SUCCESS)
        status = ksp->ExportKey(provider, key, 0, BCRYPT_PUBLIC_KEY_BLOB, NULL, blob, sizeof blob,
                                &size, 0);
    if (status == ERROR_SUCCESS)
        dialogue_write(words[2], blob, size);
    return status;
}

static SECURITY_STATUS pin(char **words)
{
    wchar_t wide[64];
    NCRYPT_KEY_HANDLE key = 0;
    int length = MultiByteToWideChar(CP_UTF8, 0, words[2], -1, wide, 64);
    SECURITY_STATUS status = open_key(words[1], &key);
    return status != ERROR_SUCCESS
               ? status
               : ksp->SetKeyProperty(provider, key, NCRYPT_PIN_PROPERTY, (PBYTE)wide,
                                     (DWORD)length * sizeof *wide, 0);
}

static SECURITY_STATUS sign(char **words)
{
    padding_info info;
    DWORD flags;
    BYTE signature[1024];
    DWORD length = 0;
    DWORD needed = 0;
    size_t size;
    NCRYPT_KEY_HANDLE key = 0;
    BYTE *digest = dialogue_read(words[3], &size);
    void *padding = padding_of(words[2], size, &info, &flags);
    SECURITY_STATUS status = open_key(words[1], &key);
    if (status == ERROR_SUCCESS) /* how programs begin: how long will it be? */
        status =
            ksp->SignHash(provider, key, padding, digest, (DWORD)size, NULL, 0, &needed, flags);
    if (status == ERROR_SUCCESS)
        status = ksp->SignHash(provider, key, padding, digest, (DWORD)size, signature, needed,
                               &length, flags);
    if (status == ERROR_SUCCESS)
        dialogue_write(words[4], signature, length);
    return status;
}

static SECURITY_STATUS verify(char **words)
{
    padding_info info;
    DWORD flags;
    BYTE signature[1024];
    size_t length;
    size_t size;
    NCRYPT_KEY_HANDLE key = 0;
    memcpy(signature, dialogue_read(words[4], &length), sizeof signature);
    BYTE *digest = dialogue_read(words[3], &size);
    void *padding = padding_of(words[2], size, &info, &flags);
    SECURITY_STATUS status = open_key(words[1], &key);
    return status != ERROR_SUCCESS
               ? status
               : ksp->VerifySignature(provider, key, padding, digest, (DWORD)size, signature,
                                      (DWORD)length, flags);
}

static void answer(char **words, int count)
{
    SECURITY_STATUS status = NTE_NOT_SUPPORTED;
    if (strcmp(words[0], "keys") == 0 && count == 2)
        status = keys(words);
    else if (strcmp(words[0], "export") == 0 && count == 3)
        status = export(words);
    else if (strcmp(words[0], "pin") == 0 && count == 3)
        status = pin(words);
    else if (strcmp(words[0], "sign") == 0 && count == 5)
        status = sign(words);
    else if (strcmp(words[0], "verify") == 0 && count == 5)
        status = verify(words);
    if (status == ERROR_SUCCESS)
        dialogue_done();
    else
        dialogue_refused((unsigned long)status);
}

int main(int count, char **arguments)
{
    typedef SECURITY_STATUS(WINAPI * get_interface)(LPCWSTR, RS_KEY_STORAGE_FUNCTION_TABLE **,
                                                    DWORD);
    HMODULE library = count == 2 ? LoadLibraryA(arguments[1]) : NULL;
    get_interface get =
        library == NULL ? NULL
                        : (get_interface)(void *)GetProcAddress(library, "GetKeyStorageInterface");
    if (get == NULL || get(L"RemoteSigning Key Storage Provider", &ksp, 0) != ERROR_SUCCESS ||
        ksp->OpenProvider(&provider, L"RemoteSigning Key Storage Provider", 0) != ERROR_SUCCESS) {
        fputs("there is no provider\n", stderr);
        return 1;
    }
    dialogue_run(answer);
    return ksp->FreeProvider(provider) == ERROR_SUCCESS ? 0 : 1;
}
