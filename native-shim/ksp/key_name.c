#include "key_name.h"

#include "algorithm.h"

#include <wchar.h>

enum { MARK_BYTES = 4, MARK_SIZE = 4 + 2 * MARK_BYTES }; /* blank, brackets, NUL */

/* Cut to the room before the mark, between two characters. The whole label fits at first: it has at
 * most RS_TEXT_MAX bytes, which never are more UTF-16 units. */
static size_t put_label(rs_bytes label, wchar_t name[KSP_TEXT_MAX])
{
    size_t units = 0;
    if (label.length > 0)
        units = (size_t)MultiByteToWideChar(CP_UTF8, 0, (const char *)label.data, (int)label.length,
                                            name, KSP_TEXT_MAX);
    if (units <= KSP_TEXT_MAX - MARK_SIZE)
        return units;
    units = KSP_TEXT_MAX - MARK_SIZE;
    return IS_HIGH_SURROGATE(name[units - 1]) ? units - 1 : units;
}

rs_status ksp_name_of(const rs_credential *credential, wchar_t name[KSP_TEXT_MAX])
{
    wchar_t mark[MARK_SIZE] = L"";
    static const wchar_t digits[] = L"0123456789abcdef";
    size_t at = 0;
    if (credential->cka_id.length < MARK_BYTES)
        return RS_UNKNOWN_KEY;
    mark[at++] = L' ';
    mark[at++] = L'[';
    for (size_t i = 0; i < MARK_BYTES; i++) {
        mark[at++] = digits[credential->cka_id.data[i] >> 4];
        mark[at++] = digits[credential->cka_id.data[i] & 15];
    }
    mark[at++] = L']';
    size_t units = put_label(credential->label, name);
    wmemcpy(name + units, mark, at);
    name[units + at] = L'\0';
    return RS_OK;
}

rs_status ksp_find_by_name(const rs_card *card, const wchar_t *name,
                           const rs_credential **credential)
{
    wchar_t each[KSP_TEXT_MAX];
    for (size_t i = 0; i < card->credential_count; i++) {
        const rs_credential *candidate = &card->credentials[i];
        if (ksp_algorithm_of(candidate) != NULL && ksp_name_of(candidate, each) == RS_OK &&
            wcscmp(each, name) == 0) {
            *credential = candidate;
            return RS_OK;
        }
    }
    return RS_UNKNOWN_KEY;
}
