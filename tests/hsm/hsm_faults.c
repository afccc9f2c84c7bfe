/*
 * A PKCS#11 module around SoftHSM whose calls fail or hang on demand. The test that has loaded it
 * says so through the hsm_faults_* functions; it is in the same process. A test of another process
 * says so through files in the folder that HSM_FAULTS_FOLDER names:
 *   leak    its text is the number of bytes that each C_UnwrapKey leaks
 *   crash   the next C_Sign removes it, and ends the process by a segmentation fault
 *   hang    the next C_Sign removes it, and never returns
 *   logins  gets a line for each C_Login
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
static unsigned logins;
static void *volatile leaked;
static CK_FUNCTION_LIST *real;
static CK_FUNCTION_LIST list;

/* The next count calls of the function return result, without reaching the token. */
void hsm_faults_fail(const char *function, CK_RV result, unsigned count);

/* The next call of the function hangs until hsm_faults_clear. */
void hsm_faults_hang(const char *function);

/* How many calls hang now. */
unsigned hsm_faults_hanging(void);

/* How many calls of C_Login there were since hsm_faults_clear. */
unsigned hsm_faults_logins(void);

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

unsigned hsm_faults_logins(void)
{
    pthread_mutex_lock(&lock);
    unsigned result = logins;
    pthread_mutex_unlock(&lock);
    return result;
}

void hsm_faults_clear(void)
{
    pthread_mutex_lock(&lock);
    logins = 0;
    memset(faults, 0, sizeof(faults));
    hanging = 0;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

static int path_of(char *path, size_t size, const char *name)
{
    const char *folder = getenv("HSM_FAULTS_FOLDER");
    return folder != NULL && snprintf(path, size, "%s/%s", folder, name) < (int)size;
}

static int take(const char *name)
{
    char path[512];
    return path_of(path, sizeof(path), name) && unlink(path) == 0;
}

static void obey_files(const char *function)
{
    char path[512];
    if (strcmp(function, "C_Sign") == 0) {
        if (take("crash")) {
            int *volatile nowhere = NULL;
            *nowhere = 0;
        }
        while (take("hang")) {
            for (;;) {
                pause();
            }
        }
    }
    if (strcmp(function, "C_UnwrapKey") == 0 && path_of(path, sizeof(path), "leak")) {
        FILE *file = fopen(path, "r");
        size_t bytes = 0;
        if (file != NULL) {
            if (fscanf(file, "%zu", &bytes) == 1 && (leaked = malloc(bytes)) != NULL) {
                memset(leaked, 1, bytes);
            }
            fclose(file);
        }
    }
    if (strcmp(function, "C_Login") == 0 && path_of(path, sizeof(path), "logins")) {
        FILE *file = fopen(path, "a");
        if (file != NULL) {
            fputs("login\n", file);
            fclose(file);
        }
    }
}

static CK_RV meet_fault(const char *function)
{
    CK_RV result = CKR_OK;
    obey_files(function);
    pthread_mutex_lock(&lock);
    logins += strcmp(function, "C_Login") == 0;
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
