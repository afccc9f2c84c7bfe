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
    rs_card *card;
    size_t next;
} position;

/* The key where an enumeration stood, with a share in its card; no card: there are no more. */
typedef struct step {
    rs_card *card;
    const rs_credential *credential;
} step;

/* Two threads may go through one enumeration, and one of them may end it. */
static void advance(void *buffer, void *argument)
{
    position *at = buffer;
    step *to = argument;
    if (at->next == at->card->credential_count)
        return;
    to->card = rs_card_share(at->card);
    to->credential = &at->card->credentials[at->next++];
}

static rs_status begin(ksp_module *module, void **state)
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
    ((position *)buffer)->card = card;
    *state = buffer;
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
    if (*state == NULL)
        status = begin(module, state);
    while (status == RS_OK) {
        step next = {NULL, NULL};
        status = ksp_buffer_visit(*state, sizeof(position), advance, &next);
        if (status != RS_OK)
            return status;
        if (next.card == NULL)
            return RS_NO_MORE_ITEMS;
        rs_status described = RS_UNKNOWN_KEY;
        if (ksp_algorithm_of(next.credential) != NULL)
            described = describe(next.credential, key);
        rs_card_release(next.card);
        if (described != RS_UNKNOWN_KEY) /* it has no name: OpenKey would not find it either */
            return described;
    }
    return status;
}
