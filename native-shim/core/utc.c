#include "utc.h"

enum { DAY_SECONDS = 86400, ERA_DAYS = 146097, DAYS_BEFORE_1970 = 719468 };
static const uint64_t last_second = 253402300799; /* of the year 9999 */

static char *put(char *at, unsigned value, int digits, char end)
{
    at[digits] = end;
    for (int i = digits - 1; i >= 0; i--, value /= 10)
        at[i] = (char)('0' + value % 10);
    return at + digits + 1;
}

/* Years are counted from 1 March, so that the leap day is the last of its year, in eras of 400 of
 * them: all eras have the same days. Five months from March on have 153 days, again and again. */
const char *rs_utc(uint64_t seconds, char text[RS_UTC_SIZE])
{
    uint64_t known = seconds < last_second ? seconds : last_second;
    unsigned second = (unsigned)(known % DAY_SECONDS);
    unsigned days = (unsigned)(known / DAY_SECONDS) + DAYS_BEFORE_1970; /* since 1 March 0000 */
    unsigned day = days % ERA_DAYS;
    unsigned year = (day - day / 1460 + day / 36524 - day / (ERA_DAYS - 1)) / 365;
    day -= 365 * year + year / 4 - year / 100;
    unsigned month = (5 * day + 2) / 153; /* 0 = March */
    day -= (153 * month + 2) / 5;
    year += days / ERA_DAYS * 400 + (month >= 10 ? 1 : 0);
    month = month < 10 ? month + 3 : month - 9;
    char *at = put(text, year, 4, '-');
    at = put(at, month, 2, '-');
    at = put(at, day + 1, 2, 'T');
    at = put(at, second / 3600, 2, ':');
    at = put(at, second / 60 % 60, 2, ':');
    at = put(at, second % 60, 2, 'Z');
    *at = '\0';
    return text;
}
