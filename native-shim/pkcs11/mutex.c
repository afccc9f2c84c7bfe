#include "mutex.h"

#include "log.h"

static rs_status outcome(CK_RV rv, const char *callback, rs_status failure)
{
    if (rv == CKR_OK)
        return RS_OK;
    rs_log("the program's %s failed: 0x%lx", callback, rv);
    return rv == CKR_HOST_MEMORY ? RS_NO_MEMORY : failure;
}

rs_status p11_mutex_create(const CK_C_INITIALIZE_ARGS *arguments, p11_mutex *mutex)
{
    void *made = NULL;
    if (arguments == NULL || arguments->CreateMutex == NULL ||
        (arguments->flags & CKF_OS_LOCKING_OK) != 0)
        return RS_OK;
    rs_status status = outcome(arguments->CreateMutex(&made), "CreateMutex", RS_CANNOT_LOCK);
    if (status == RS_OK)
        *mutex = (p11_mutex){arguments->LockMutex, arguments->UnlockMutex, arguments->DestroyMutex,
                             made};
    return status;
}

void p11_mutex_destroy(const p11_mutex *mutex)
{
    if (mutex->lock != NULL)
        (void)outcome(mutex->destroy(mutex->mutex), "DestroyMutex", RS_INTERNAL);
}

rs_status p11_mutex_take(const p11_mutex *mutex)
{
    return mutex->lock == NULL ? RS_OK
                               : outcome(mutex->lock(mutex->mutex), "LockMutex", RS_INTERNAL);
}

void p11_mutex_leave(const p11_mutex *mutex)
{
    if (mutex->lock != NULL)
        (void)outcome(mutex->unlock(mutex->mutex), "UnlockMutex", RS_INTERNAL);
}
