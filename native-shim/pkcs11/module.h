/* The module between C_Initialize and C_Finalize: the agent, the token as last listed, the
 * sessions. */
#ifndef P11_MODULE_H
#define P11_MODULE_H

#include "agent_call.h"
#include "cryptoki.h"
#include "handles.h"
#include "lock.h"
#include "mutex.h"
#include "object.h"

enum {
    P11_SLOT = 0, /* the one slot; never changes, so that configurations may name it */
    P11_SESSIONS_MAX = 16384,
    P11_FRESH_MS = 1000, /* how long look-ups trust the last listing while the connection lives */
    P11_RETRY_MS = 1000, /* how often C_WaitForSlotEvent looks for an agent that is not there */
};

typedef struct p11_module {
    rs_agent *agent;
    p11_mutex mutex;         /* the program's, held through every call where it wants that */
    rs_lock lock;            /* guards all below but the next two */
    unsigned users;          /* calls under way, plus one until C_Finalize */
    struct p11_module *next; /* of all that are not destroyed yet; guarded with `users` */
    rs_handles *sessions;
    CK_ULONG read_write_sessions;
    p11_objects *objects; /* of the last listing that had any; kept while the token is away, so
                             handles survive */
    uint64_t generation;  /* of the last listing */
    bool present;         /* at the last listing: agent there, signed in */
    bool looked;          /* the program has looked at the slot, or waited for it */
    uint64_t reported;    /* the generation that C_WaitForSlotEvent compares with; 0 = no token */
    uint8_t state;
    bool proven;    /* the program logged in, and not out again: whatever the agent still says */
    unsigned looks; /* counts listings: one that was asked for before another may be older */
    unsigned
        logins; /* counts logins and logouts: a listing asked for before one does not undo it */
    unsigned logouts;     /* under way: the agent is being told */
    rs_change logged_out; /* told when `logouts` is 0 again */
    rs_login_mode mode;
    uint64_t listed_at; /* rs_clock() of the last listing; 0 = ask again */
    bool claimed;       /* mode agent: the program called C_Login, which has nothing to do there */
} p11_module;

RS_MUST_CHECK rs_status p11_initialize(const CK_C_INITIALIZE_ARGS *arguments);
RS_MUST_CHECK rs_status p11_finalize(const void *reserved);

/* Every other function runs between these two, holding the program's mutex. */
RS_MUST_CHECK rs_status p11_module_enter(p11_module **module);
void p11_module_leave(p11_module *module);

/* The same without the mutex, for the function that waits while others run. It takes the mutex for
 * what it does with the module, and holds it through no wait. */
RS_MUST_CHECK rs_status p11_module_acquire(p11_module **module);
void p11_module_release(p11_module *module);

/* Asks the agent what the card is now, unless that is known well enough: `look_up` allows
 * P11_FRESH_MS of age. RS_OK: the token is present. RS_AGENT_UNAVAILABLE: it is not. */
RS_MUST_CHECK rs_status p11_refresh(p11_module *module, bool look_up);

/* Asks the agent now. RS_OK: the token is present, and `generation` is the agent's. Else it is
 * not, and `generation` is 0 if the agent could not be asked. */
RS_MUST_CHECK rs_status p11_look(p11_module *module, uint64_t *generation);

/* With the module's lock held: may this program use private keys now? */
bool p11_is_logged_in(const p11_module *module);

/* With the module's lock held: records what LOGIN did, or LOGOUT is about to do. */
void p11_set_logged_in(p11_module *module, bool logged_in);

/* An object by handle, with a reference to its set. RS_NOT_SIGNED_IN: it is there, but hidden until
 * login; RS_UNKNOWN_OBJECT: it is not. */
RS_MUST_CHECK rs_status p11_object_of(p11_module *module, CK_OBJECT_HANDLE handle,
                                      p11_objects **objects, const p11_object **object);

/* The next look-up asks the agent again. */
void p11_distrust_listing(p11_module *module);

#endif
