/* The program's mutexes: each is taken by one at a time, and there is none when the program leaves
 * that to the system. */
#include "api_fuzz.h"

typedef struct mutex {
    bool held;
} mutex;

static bool expected;
static size_t count;
static size_t held;

static bool mutex_fails(void)
{
    return api_agent_u8() > 250;
}

static CK_RV create_mutex(void **created)
{
    HOLDS(expected);
    if (mutex_fails())
        return CKR_MUTEX_BAD;
    *created = calloc(1, sizeof(mutex));
    count++;
    return CKR_OK;
}

static CK_RV destroy_mutex(void *given)
{
    HOLDS(!((mutex *)given)->held);
    free(given);
    count--;
    return CKR_OK;
}

static CK_RV lock_mutex(void *given)
{
    HOLDS(!((mutex *)given)->held);
    if (mutex_fails())
        return CKR_HOST_MEMORY;
    ((mutex *)given)->held = true;
    held++;
    return CKR_OK;
}

static CK_RV unlock_mutex(void *given)
{
    HOLDS(((mutex *)given)->held);
    ((mutex *)given)->held = false;
    held--;
    return CKR_OK;
}

const CK_C_INITIALIZE_ARGS api_mutexes = {.CreateMutex = create_mutex,
                                          .DestroyMutex = destroy_mutex,
                                          .LockMutex = lock_mutex,
                                          .UnlockMutex = unlock_mutex};

void api_mutex_expect(bool expect)
{
    expected = expect;
}

size_t api_mutex_count(void)
{
    return count;
}

bool api_mutex_is_held(void)
{
    return held > 0;
}
