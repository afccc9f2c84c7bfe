/* A thread that the program cancels must not take a lock along, or the next fork waits for ever:
 * whatever may end a cancelled thread (close, getrandom, a wait for a condition) is done under a
 * shield where a lock is held. */
#ifndef RS_SHIELD_H
#define RS_SHIELD_H

#include <pthread.h>

typedef int rs_shield;

static inline rs_shield rs_shield_raise(void)
{
    int before = PTHREAD_CANCEL_ENABLE;
    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    return before;
}

static inline void rs_shield_lower(rs_shield before)
{
    (void)pthread_setcancelstate(before, NULL);
}

#endif
