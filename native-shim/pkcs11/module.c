#include "module.h"

#include "log.h"
#include "session.h"

#include <stdlib.h>

/* The only state outside p11_module. The lock guards the pointers and `users`, so that C_Finalize
 * in one thread cannot take the module away from a call in another. */
static rs_lock guard = RS_LOCK_INITIAL;
static p11_module *current; /* between C_Initialize and C_Finalize */
static p11_module *modules; /* and those that calls begun before C_Finalize are still using */

/* In a child that was forked out of a call (from a signal handler) the list has forgotten it. */
static void forget(const p11_module *module)
{
    rs_lock_take(&guard);
    p11_module **link = &modules;
    while (*link != NULL && *link != module)
        link = &(*link)->next;
    if (*link != NULL)
        *link = module->next;
    rs_lock_leave(&guard);
}

static void dispose(p11_module *module)
{
    rs_handles_free(module->sessions);
    p11_objects_release(module->objects);
    rs_agent_free(module->agent);
    p11_mutex_destroy(&module->mutex);
    rs_change_destroy(&module->logged_out);
    rs_lock_destroy(&module->lock);
    free(module);
}

static void destroy(p11_module *module)
{
    rs_agent_close_idle(module->agent); /* all of them: nobody is in a call */
    forget(module);                     /* not earlier: a fork has to find open descriptors */
    p11_sessions_discard(module);
    dispose(module);
}

static rs_status create(const CK_C_INITIALIZE_ARGS *arguments, p11_module **module)
{
    p11_module *created = calloc(1, sizeof *created);
    if (created == NULL)
        return RS_NO_MEMORY;
    rs_lock_init(&created->lock);
    rs_change_init(&created->logged_out);
    created->users = 1;
    rs_status status = p11_mutex_create(arguments, &created->mutex);
    if (status == RS_OK)
        status = rs_handles_create(RS_UNKNOWN_SESSION, P11_SESSIONS_MAX, &created->sessions);
    if (status == RS_OK)
        status = rs_agent_create(&created->agent);
    if (status == RS_OK)
        *module = created;
    else
        dispose(created);
    return status;
}

#ifndef _WIN32
/* fork: the locks that guard descriptors are held across it, so the child can close its copies of
 * all of them. Everything else in the child's copy may be half changed by threads that do not exist
 * there: it is abandoned. */
static void before_fork(void)
{
    rs_lock_take(&guard);
    for (p11_module *each = modules; each != NULL; each = each->next)
        rs_agent_hold(each->agent);
}

static void after_fork_in_parent(void)
{
    for (p11_module *each = modules; each != NULL; each = each->next)
        rs_agent_leave(each->agent);
    rs_lock_leave(&guard);
}

static void after_fork_in_child(void)
{
    for (p11_module *each = modules; each != NULL; each = each->next) {
        rs_agent_drop(each->agent);
        rs_agent_leave(each->agent);
    }
    modules = NULL;
    current = NULL;
    rs_lock_leave(&guard);
}

static void watch_fork(void)
{
    if (pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child) != 0)
        rs_log("fork cannot be watched: do not use the module in children of this process");
}

/* Runs at dlclose, and at exit before later exit handlers may still call in. Connections end, so
 * that a login does not outlive the module; what late calls touch stays. Does not wait for a thread
 * that forks meanwhile, in which other libraries' handlers may wait for the loader, as this does.
 */
__attribute__((destructor)) static void unload(void)
{
    if (!rs_lock_try(&guard))
        return;
    for (p11_module *each = modules; each != NULL; each = each->next)
        rs_agent_close_idle(each->agent);
    rs_lock_leave(&guard);
}

static void watch_process(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, watch_fork);
}
#else
/* Windows has no fork, and what a DLL may do when it is unloaded does not include ending a
 * connection: it ends with the process. */
static void watch_process(void)
{
}
#endif

/* PKCS#11 v2.40, 5.4: locking callbacks come all or not at all. No thread is ever created, so
 * CKF_LIBRARY_CANT_CREATE_OS_THREADS asks for nothing. */
static rs_status check_arguments(const CK_C_INITIALIZE_ARGS *arguments)
{
    if (arguments == NULL)
        return RS_OK;
    bool all = arguments->CreateMutex != NULL && arguments->DestroyMutex != NULL &&
               arguments->LockMutex != NULL && arguments->UnlockMutex != NULL;
    bool none = arguments->CreateMutex == NULL && arguments->DestroyMutex == NULL &&
                arguments->LockMutex == NULL && arguments->UnlockMutex == NULL;
    return arguments->pReserved == NULL && (all || none) ? RS_OK : RS_INVALID_REQUEST;
}

rs_status p11_initialize(const CK_C_INITIALIZE_ARGS *arguments)
{
    p11_module *created = NULL;
    rs_status status = check_arguments(arguments);
    if (status == RS_OK)
        status = create(arguments, &created); /* without the guard: calls back into the program */
    if (status != RS_OK)
        return status;
    watch_process();
    rs_lock_take(&guard);
    bool second = current != NULL;
    if (!second) {
        created->next = modules;
        modules = created;
        current = created;
    }
    rs_lock_leave(&guard);
    if (second)
        dispose(created);
    return second ? RS_ALREADY_INITIALIZED : RS_OK;
}

/* Does not take the program's mutex: a call may hold it for as long as a person is being asked. */
rs_status p11_finalize(const void *reserved)
{
    p11_module *module = NULL;
    if (reserved != NULL)
        return RS_INVALID_REQUEST;
    rs_lock_take(&guard);
    module = current;
    current = NULL;
    rs_lock_leave(&guard);
    if (module == NULL)
        return RS_NOT_INITIALIZED;
    rs_agent_end_waits(module->agent);
    p11_module_release(module);
    return RS_OK;
}

rs_status p11_module_acquire(p11_module **module)
{
    rs_status status = RS_NOT_INITIALIZED;
    rs_lock_take(&guard);
    if (current != NULL) {
        current->users++;
        *module = current;
        status = RS_OK;
    }
    rs_lock_leave(&guard);
    return status;
}

void p11_module_release(p11_module *module)
{
    rs_lock_take(&guard);
    bool last = --module->users == 0;
    rs_lock_leave(&guard);
    if (last)
        destroy(module);
}

rs_status p11_module_enter(p11_module **module)
{
    rs_status status = p11_module_acquire(module);
    if (status != RS_OK)
        return status;
    status = p11_mutex_take(&(*module)->mutex);
    if (status != RS_OK)
        p11_module_release(*module);
    return status;
}

void p11_module_leave(p11_module *module)
{
    p11_mutex_leave(&module->mutex);
    p11_module_release(module);
}

bool p11_is_logged_in(const p11_module *module)
{
    bool user = module->proven && (module->state & RS_STATE_LOGGED_IN) != 0;
    return module->mode == RS_LOGIN_AGENT || user;
}

void p11_set_logged_in(p11_module *module, bool logged_in)
{
    module->logins++;
    module->proven = logged_in;
    module->claimed = logged_in && module->mode == RS_LOGIN_AGENT;
    if (logged_in)
        module->state |= RS_STATE_LOGGED_IN;
    else
        module->state &= (uint8_t)~RS_STATE_LOGGED_IN;
}

rs_status p11_object_of(p11_module *module, CK_OBJECT_HANDLE handle, p11_objects **objects,
                        const p11_object **object)
{
    rs_status status = RS_OK;
    rs_lock_take(&module->lock);
    const p11_object *found = p11_objects_find(module->objects, handle);
    if (found == NULL)
        status = RS_UNKNOWN_OBJECT;
    else if (found->is_private && !p11_is_logged_in(module))
        status = RS_NOT_SIGNED_IN;
    if (status == RS_OK) {
        *objects = p11_objects_share(module->objects);
        *object = found;
    }
    rs_lock_leave(&module->lock);
    return status;
}
