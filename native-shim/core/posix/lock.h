/* The operating system's mutex. Locks are held for bookkeeping only, never while waiting for the
 * agent; the one exception is the lock of a session, which its one operation under way holds. */
#ifndef RS_LOCK_H
#define RS_LOCK_H

#include "shield.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

typedef pthread_mutex_t rs_lock;

#define RS_LOCK_INITIAL PTHREAD_MUTEX_INITIALIZER

/* With default attributes and proper use none of these can fail (POSIX.1-2008). */
static inline void rs_lock_init(rs_lock *lock)
{
    (void)pthread_mutex_init(lock, NULL);
}

static inline void rs_lock_destroy(rs_lock *lock)
{
    (void)pthread_mutex_destroy(lock);
}

static inline void rs_lock_take(rs_lock *lock)
{
    (void)pthread_mutex_lock(lock);
}

static inline bool rs_lock_try(rs_lock *lock)
{
    return pthread_mutex_trylock(lock) == 0;
}

static inline void rs_lock_leave(rs_lock *lock)
{
    (void)pthread_mutex_unlock(lock);
}

/* For waiting until something changed under a lock: look, wait, look again. */
typedef pthread_cond_t rs_change;

static inline void rs_change_init(rs_change *change)
{
    pthread_condattr_t attributes;
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(change, &attributes);
    (void)pthread_condattr_destroy(&attributes);
}

static inline void rs_change_destroy(rs_change *change)
{
    (void)pthread_cond_destroy(change);
}

static inline void rs_change_wait(rs_change *change, rs_lock *lock)
{
    rs_shield shield = rs_shield_raise();
    (void)pthread_cond_wait(change, lock);
    rs_shield_lower(shield);
}

/* Waits no longer than until `deadline`, a point on rs_clock(). */
static inline void rs_change_wait_until(rs_change *change, rs_lock *lock, uint64_t deadline)
{
    struct timespec time = {(time_t)(deadline / 1000), (long)(deadline % 1000) * 1000000};
    rs_shield shield = rs_shield_raise();
    (void)pthread_cond_timedwait(change, lock, &time);
    rs_shield_lower(shield);
}

static inline void rs_change_tell(rs_change *change)
{
    (void)pthread_cond_broadcast(change);
}

#endif
