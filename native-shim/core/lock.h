/* The operating system's mutex. Locks are held for bookkeeping only, never while waiting for the
 * agent; the one exception is the lock of a session, which its one operation under way holds. */
#ifndef RS_LOCK_H
#define RS_LOCK_H

#include <pthread.h>

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

static inline void rs_lock_leave(rs_lock *lock)
{
    (void)pthread_mutex_unlock(lock);
}

#endif
