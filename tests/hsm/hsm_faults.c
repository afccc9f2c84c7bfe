/*
 * A PKCS#11 module around SoftHSM whose calls fail or hang on demand. The test that has loaded it
 * says so through the hsm_faults_* functions; it is in the same process.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

#include <pkcs11.h>

#define MOST_FAULTS 8

struct fault {
    char function[32];
    CK_RV result;
    unsigned count;
    int hangs;
};

static const char *const modules[] = {
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct fault faults[MOST_FAULTS];
static unsigned hanging;
static CK_FUNCTION_LIST *real;
static CK_FUNCTION_LIST list;

/* The next count calls of the function return result, without reaching the token. */
void hsm_faults_fail(const char *function, CK_RV result, unsigned count);

/* The next call of the function hangs until hsm_faults_clear. */
void hsm_faults_hang(const char *function);

/* How many calls hang now. */
unsigned hsm_faults_hanging(void);

/* No more faults; what hangs goes on. */
void hsm_faults_clear(void);

static void add(const char *function, CK_RV result, unsigned count, int hangs)
{
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < MOST_FAULTS; i++) {
        if (faults[i].count == 0) {
            strncpy(faults[i].function, function, sizeof(faults[i].function) - 1);
            faults[i].result = result;
            faults[i].count = count;
            faults[i].hangs = hangs;
            break;
        }
    }
    pthread_mutex_unlock(&lock);
}

void hsm_faults_fail(const char *function, CK_RV result, unsigned count)
{
    add(function, result, count, 0);
}

void hsm_faults_hang(const char *function)
{
    add(function, CKR_OK, 1, 1);
}

unsigned hsm_faults_hanging(void)
{
    pthread_mutex_lock(&lock);
    unsigned result = hanging;
    pthread_mutex_unlock(&lock);
    return result;
}

void hsm_faults_clear(void)
{
    pthread_mutex_lock(&lock);
    memset(faults, 0, sizeof(faults));
    hanging = 0;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

static CK_RV meet_fault(const char *function)
{
    CK_RV result = CKR_OK;
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < MOST_FAULTS; i++) {
        if (faults[i].count > 0 && strcmp(faults[i].function, function) == 0) {
            faults[i].count--;
            result = faults[i].result;
            if (faults[i].hangs) {
                hanging++;
                while (hanging > 0) {
                    pthread_cond_wait(&changed, &lock);
                }
            }
            break;
        }
    }
    pthread_mutex_unlock(&lock);
    return result;
}

#define WRAP(name, parameters, arguments)                                                          \
    static CK_RV name##_or_fault parameters                                                        \
    {                                                                                              \
        CK_RV result = meet_fault(#name);                                                          \
        return result == CKR_OK ? real->name arguments : result;                                   \
    }

WRAP(C_GetSlotList, (CK_BBOOL present, CK_SLOT_ID *slots, CK_ULONG *count), (present, slots, count))
WRAP(C_GetTokenInfo, (CK_SLOT_ID slot, CK_TOKEN_INFO *info), (slot, info))
WRAP(C_OpenSession,
     (CK_SLOT_ID slot, CK_FLAGS flags, void *application, CK_NOTIFY notify,
      CK_SESSION_HANDLE *session),
     (slot, flags, application, notify, session))
WRAP(C_GetSessionInfo, (CK_SESSION_HANDLE session, CK_SESSION_INFO *info), (session, info))
WRAP(C_Login, (CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR *pin, CK_ULONG length),
     (session, user, pin, length))
WRAP(C_DestroyObject, (CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object), (session, object))
WRAP(C_SignInit, (CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key),
     (session, mechanism, key))
WRAP(C_Sign,
     (CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG length, CK_BYTE *signature,
      CK_ULONG *signature_length),
     (session, data, length, signature, signature_length))
WRAP(C_UnwrapKey,
     (CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE unwrapping_key,
      CK_BYTE *wrapped, CK_ULONG length, CK_ATTRIBUTE *template, CK_ULONG count,
      CK_OBJECT_HANDLE *key),
     (session, mechanism, unwrapping_key, wrapped, length, template, count, key))

CK_RV C_GetFunctionList(CK_FUNCTION_LIST **functions)
{
    for (size_t i = 0; real == NULL && i < sizeof(modules) / sizeof(modules[0]); i++) {
        void *module = dlopen(modules[i], RTLD_NOW);
        CK_C_GetFunctionList get = NULL;
        if (module != NULL) {
            *(void **)&get = dlsym(module, "C_GetFunctionList");
        }
        if (get == NULL || get(&real) != CKR_OK) {
            real = NULL;
        }
    }
    if (real == NULL) {
        return CKR_GENERAL_ERROR;
    }

    list = *real;
    list.C_GetSlotList = C_GetSlotList_or_fault;
    list.C_GetTokenInfo = C_GetTokenInfo_or_fault;
    list.C_OpenSession = C_OpenSession_or_fault;
    list.C_GetSessionInfo = C_GetSessionInfo_or_fault;
    list.C_Login = C_Login_or_fault;
    list.C_DestroyObject = C_DestroyObject_or_fault;
    list.C_SignInit = C_SignInit_or_fault;
    list.C_Sign = C_Sign_or_fault;
    list.C_UnwrapKey = C_UnwrapKey_or_fault;
    *functions = &list;
    return CKR_OK;
}
