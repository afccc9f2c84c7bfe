/* Every exported function with what a test needs to know to call it rightly and wrongly. */
#ifndef EXPORTS_TABLE_H
#define EXPORTS_TABLE_H

#include "api.h"

enum { EXPORT_ARGS = 9 };

/* What must have gone before a call. */
typedef enum export_state {
    LOGGED_IN, /* an open session, the user logged in */
    PUBLIC,    /* an open session */
    FINDING,   /* and these also with that operation under way */
    DIGESTING,
    SIGNING,
    VERIFYING,
} export_state;

typedef struct export_arg {
    CK_ULONG number;
    void *pointer;
} export_arg;

/* One letter for each parameter:
 *   h session   s slot   o object   k key
 *   m mechanism   t template   d data or PIN, with its length in the next parameter
 *   w output, to be written on success only
 *   b output buffer (NULL asks for the size), z pointer to its length
 *   n number   l length, in `number` of the row   x reserved: must be NULL   - ignored */
typedef struct export_case {
    const char *name;
    CK_RV (*call)(void *function, const export_arg *args);
    const char *parameters; /* NULL: tested by a function of its own */
    export_state state;
    CK_RV good;       /* the answer to a right call */
    CK_RV agent_gone; /* and to the same when the agent has died */
    CK_ULONG number;
    CK_ULONG size; /* what is written into w or b: that many ... */
    CK_ULONG unit; /* ... of so many bytes */
    export_state begins;
    CK_OBJECT_CLASS key; /* the class of object that k wants */
} export_case;

extern const export_case exports[];
extern const size_t export_count;

#endif
