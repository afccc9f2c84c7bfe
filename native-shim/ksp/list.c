#include "list.h"

#include "algorithm.h"
#include "buffer.h"
#include "key_name.h"

#include <wchar.h>

rs_status ksp_enum_algorithms(DWORD operations, DWORD *count, NCryptAlgorithmName **list,
                              DWORD flags)
{
    void *buffer = NULL;
    if (count == NULL || list == NULL)
        return RS_INVALID_REQUEST;
    if ((flags & ~(DWORD)NCRYPT_SILENT_FLAG) != 0)
        return RS_BAD_FLAGS;
    if (operations != 0 && (operations & NCRYPT_SIGNATURE_OPERATION) == 0) {
        *count = 0;
        *list = NULL;
        return RS_OK;
    }
    rs_status status = ksp_buffer_make(KSP_ALGORITHMS * sizeof(NCryptAlgorithmName), NULL, &buffer);
    if (status != RS_OK)
        return status;
    NCryptAlgorithmName *names = buffer;
    for (size_t i = 0; i < KSP_ALGORITHMS; i++)
        names[i] = (NCryptAlgorithmName){.pszName = (LPWSTR)ksp_algorithms[i].name,
                                         .dwClass = ksp_algorithms[i].class,
                                         .dwAlgOperations = NCRYPT_SIGNATURE_OPERATION};
    *count = KSP_ALGORITHMS;
    *list = names;
    return RS_OK;
}

/* Where an enumeration stands: in the card as it was when it began, so that a change does not make
 * it skip or repeat a key. */
typedef struct position {
    const rs_card *card;
    size_t next;
} position;

static rs_status begin(ksp_module *module, position **at)
{
    rs_card *card = NULL;
    void *buffer = NULL;
    rs_status status = ksp_read_card(module, &card);
    if (status != RS_OK)
        return status;
    status = ksp_buffer_make(sizeof(position), card, &buffer);
    if (status != RS_OK) {
        rs_card_release(card);
        return status;
    }
    *at = buffer;
    (*at)->card = card;
    return RS_OK;
}

/* One buffer: the structure, then the name that it points to. */
static rs_status describe(const rs_credential *credential, NCryptKeyName **key)
{
    wchar_t name[KSP_TEXT_MAX];
    void *buffer = NULL;
    rs_status status = ksp_name_of(credential, name);
    if (status != RS_OK)
        return status;
    size_t units = wcslen(name) + 1;
    status = ksp_buffer_make(sizeof(NCryptKeyName) + units * sizeof(wchar_t), NULL, &buffer);
    if (status != RS_OK)
        return status;
    NCryptKeyName *made = buffer;
    made->pszName = (LPWSTR)(made + 1);
    wmemcpy(made->pszName, name, units);
    made->pszAlgid = (LPWSTR)ksp_algorithm_of(credential)->name;
    *key = made;
    return RS_OK;
}

rs_status ksp_enum_keys(ksp_module *module, const wchar_t *scope, NCryptKeyName **key, void **state,
                        DWORD flags)
{
    rs_status status = RS_OK;
    if (key == NULL || state == NULL || scope != NULL)
        return RS_INVALID_REQUEST;
    if ((flags & ~(DWORD)(NCRYPT_SILENT_FLAG | NCRYPT_MACHINE_KEY_FLAG)) != 0)
        return RS_BAD_FLAGS;
    if ((flags & NCRYPT_MACHINE_KEY_FLAG) != 0) /* keys belong to people here */
        return RS_NO_MORE_ITEMS;
    position *at = *state;
    status = at == NULL ? begin(module, &at) : ksp_buffer_check(at, sizeof(position));
    if (status != RS_OK)
        return status;
    *state = at;
    while (at->next < at->card->credential_count) {
        const rs_credential *credential = &at->card->credentials[at->next++];
        if (ksp_algorithm_of(credential) == NULL)
            continue;
        status = describe(credential, key);
        if (status != RS_UNKNOWN_KEY) /* it has no name: OpenKey would not find it either */
            return status;
    }
    return RS_NO_MORE_ITEMS;
}
