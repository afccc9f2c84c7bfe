/* The module as programs load it, and the few steps that most tests begin with. */
#ifndef API_H
#define API_H

#include "cryptoki.h"
#include "fake_agent.h"
#include "test.h"

#include <stdlib.h>
#ifndef _WIN32
#include <dlfcn.h>
#endif

#define PIN ((CK_UTF8CHAR *)"12345678")
#define PIN_LENGTH 8

extern CK_FUNCTION_LIST *p11;
extern fake_agent agent;

/* The body of most programs of tests, used as `NAME_test MODULE`: loads the module, which logs
 * nowhere, runs the tests, unloads it. Returns the exit code. */
int api_main(int count, char **arguments, void (*tests)(void));
/* The system's handle of what api_main loaded. */
extern void *api_module;
/* Loads the module; exits when that fails. Returns the system's handle. */
void *api_load(const char *path);
void api_unload(void *module);
/* Where the module logs from now on; NULL: nowhere. */
void api_log_to(const char *file);
/* Agent running with its default script, module initialized. */
void api_begin(void);
/* Module finalized, agent gone. */
void api_end(void);

/* How many slots have a token; the module asks the agent. */
CK_ULONG api_slots_with_token(void);
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

/* One call of each kind, by a program that has logged in: what it gave back. */
extern CK_SESSION_HANDLE api_session;
extern CK_OBJECT_HANDLE api_key;
extern CK_OBJECT_HANDLE api_public_key;
/* api_begin, a session that is logged in, and the pair of "Signer EC". */
void api_begin_logged_in(void);
CK_RV api_call_list(void);
CK_RV api_call_login(void);
CK_RV api_call_logout(void);
CK_RV api_call_sign(void);
CK_RV api_call_verify(void);

/* A thread that waits for an event of the slot, and of whose wait the agent knows. */
void api_start_waiting(pthread_t *thread, CK_RV *rv);
/* For pthread_create, with a CK_RV for the result: such a wait; a session, a login and a signature.
 */
void *api_wait_for_event(void *rv);
void *api_sign_once(void *rv);

#ifndef _WIN32
/* The second interface of what api_main loaded. */
CK_FUNCTION_LIST_3_0 *api_3_0(void);
/* Waits for the child's end: its status as of waitpid. */
int api_status_of(pid_t child);
/* Of a clock that nobody sets. */
uint64_t api_milliseconds(void);
#endif

/* Changes the script while others may read it. */
#define SCRIPT(change)                                                                             \
    do {                                                                                           \
        fake_lock(&agent);                                                                         \
        agent.script.change;                                                                       \
        pthread_cond_broadcast(&agent.released);                                                   \
        fake_unlock(&agent);                                                                       \
    } while (0)

#endif
