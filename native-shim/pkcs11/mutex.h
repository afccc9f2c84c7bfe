/* The program's own mutex: for programs that forbid the system's locks (PKCS#11 v2.40, 5.4, the
 * third of the four ways). One is held through every call, but for the wait in C_WaitForSlotEvent;
 * the module's own locks, which remain, are then never held for longer than a few instructions by
 * another thread. */
#ifndef P11_MUTEX_H
#define P11_MUTEX_H

#include "cryptoki.h"
#include "status.h"

typedef struct p11_mutex {
    CK_LOCKMUTEX lock; /* NULL: the program does not insist, nothing is to be held */
    CK_UNLOCKMUTEX unlock;
    CK_DESTROYMUTEX destroy;
    void *mutex;
} p11_mutex;

/* Where `arguments` ask for it; the callbacks are all there or none. RS_CANNOT_LOCK, RS_NO_MEMORY:
 * CreateMutex failed. */
RS_MUST_CHECK rs_status p11_mutex_create(const CK_C_INITIALIZE_ARGS *arguments, p11_mutex *mutex);
void p11_mutex_destroy(const p11_mutex *mutex);
/* RS_INTERNAL, RS_NO_MEMORY: LockMutex failed, the mutex is not held. */
RS_MUST_CHECK rs_status p11_mutex_take(const p11_mutex *mutex);
void p11_mutex_leave(const p11_mutex *mutex);

#endif
