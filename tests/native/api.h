/* The module as programs load it, and the few steps that most tests begin with. */
#ifndef API_H
#define API_H

#include "cryptoki.h"
#include "fake_agent.h"
#include "test.h"

#include <dlfcn.h>
#include <stdlib.h>

#define PIN ((CK_UTF8CHAR *)"12345678")
#define PIN_LENGTH 8

extern CK_FUNCTION_LIST *p11;
extern fake_agent agent;

/* Loads the module; exits when that fails. Returns the handle of dlopen. */
void *api_load(const char *path);
/* Agent running with its default script, module initialized. */
void api_begin(void);
/* Module finalized, agent gone. */
void api_end(void);

/* Has the module ask the agent now, whatever it knows. The token must be there. */
void api_look(void);
CK_SESSION_HANDLE api_open(void);
CK_SESSION_HANDLE api_open_logged_in(void);
/* The only object of this class with this label; exits when there is not exactly one. */
CK_OBJECT_HANDLE api_find(CK_SESSION_HANDLE session, CK_OBJECT_CLASS class, const char *label);
/* How many objects match. */
CK_ULONG api_count(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG count);
/* C_SignInit and C_Sign of 32 bytes with CKM_ECDSA; the first failure, or CKR_OK. */
CK_RV api_sign_ecdsa(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key);

/* Changes the script while others may read it. */
#define SCRIPT(change)                                                                             \
    do {                                                                                           \
        fake_lock(&agent);                                                                         \
        agent.script.change;                                                                       \
        pthread_cond_broadcast(&agent.released);                                                   \
        fake_unlock(&agent);                                                                       \
    } while (0)

#endif
