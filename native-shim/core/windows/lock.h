/* The system's slim reader/writer lock, used as a mutex. What holds for the locks of posix/lock.h
 * holds for these. */
#ifndef RS_LOCK_H
#define RS_LOCK_H

#include "pipe.h"

#include <windows.h>

typedef SRWLOCK rs_lock;

#define RS_LOCK_INITIAL SRWLOCK_INIT

static inline void rs_lock_init(rs_lock *lock)
{
    InitializeSRWLock(lock);
}

static inline void rs_lock_destroy(rs_lock *lock)
{
    (void)lock; /* holds nothing */
}

static inline void rs_lock_take(rs_lock *lock)
{
    AcquireSRWLockExclusive(lock);
}

static inline bool rs_lock_try(rs_lock *lock)
{
    return TryAcquireSRWLockExclusive(lock) != 0;
}

static inline void rs_lock_leave(rs_lock *lock)
{
    ReleaseSRWLockExclusive(lock);
}

/* For waiting until something changed under a lock: look, wait, look again. */
typedef CONDITION_VARIABLE rs_change;

static inline void rs_change_init(rs_change *change)
{
    InitializeConditionVariable(change);
}

static inline void rs_change_destroy(rs_change *change)
{
    (void)change;
}

static inline void rs_change_wait(rs_change *change, rs_lock *lock)
{
    (void)SleepConditionVariableSRW(change, lock, INFINITE, 0);
}

/* Waits no longer than until `deadline`, a point on rs_clock(). */
static inline void rs_change_wait_until(rs_change *change, rs_lock *lock, uint64_t deadline)
{
    uint64_t now = rs_clock();
    uint64_t left = deadline > now ? deadline - now : 0;
    (void)SleepConditionVariableSRW(change, lock, left > 60000 ? 60000 : (DWORD)left, 0);
}

static inline void rs_change_tell(rs_change *change)
{
    WakeAllConditionVariable(change);
}

#endif
