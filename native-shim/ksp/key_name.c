#include "key_name.h"

#include "algorithm.h"

#include <wchar.h>

enum { MARK_BYTES = 4, MARK_SIZE = 4 + 2 * MARK_BYTES }; /* blank, brackets, NUL */

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
    /* A label has at most RS_TEXT_MAX bytes, which never are more UTF-16 units. */
    int units = 0;
    if (credential->label.length > 0)
        units = MultiByteToWideChar(CP_UTF8, 0, (const char *)credential->label.data,
                                    (int)credential->label.length, name, KSP_TEXT_MAX - MARK_SIZE);
    if (credential->label.length > 0 && units == 0)
        units = (int)(KSP_TEXT_MAX - MARK_SIZE); /* longer than that: cut */
    wmemcpy(name + units, mark, at);
    name[(size_t)units + at] = L'\0';
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
