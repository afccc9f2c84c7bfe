/*
 * Signs many messages through a PKCS#11 module from several threads of one process, as a
 * long-running program would: it logs in once, keeps its sessions, and when a call fails it reports
 * the CK_RV, opens a new session and goes on. One line per signature: thread, number, CK_RV,
 * microseconds, signature in hex. Message n of thread t is the text "message t n". The last line is
 * "total" and the microseconds from the first signature to the last.
 *
 * usage: card_driver MODULE PIN LABEL rsa|ecdsa COUNT THREADS     (PIN "-": C_Login without a PIN)
 */
#include <dlfcn.h>
#include "pkcs11.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static CK_FUNCTION_LIST_PTR p11;
static const char *pin, *label;
static CK_MECHANISM mechanism;
static int count;

struct worker {
    pthread_t thread;
    int number;
    double start, end;
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static CK_RV log_in(CK_SESSION_HANDLE session)
{
    CK_RV rv = strcmp(pin, "-") == 0
                   ? p11->C_Login(session, CKU_USER, NULL, 0)
                   : p11->C_Login(session, CKU_USER, (CK_UTF8CHAR_PTR)pin, (CK_ULONG)strlen(pin));
    return rv == CKR_USER_ALREADY_LOGGED_IN ? CKR_OK : rv;
}

static CK_RV find_key(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *key)
{
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof class},
                               {CKA_LABEL, (void *)label, (CK_ULONG)strlen(label)}};
    CK_ULONG found = 0;
    CK_RV rv = p11->C_FindObjectsInit(session, template, 2);
    if (rv == CKR_OK)
        rv = p11->C_FindObjects(session, key, 1, &found);
    p11->C_FindObjectsFinal(session);
    return rv != CKR_OK ? rv : found == 1 ? CKR_OK : CKR_KEY_HANDLE_INVALID;
}

/* Opens a session, logs in and finds the key; tries for ten seconds while the card is away. */
static CK_RV connect_card(CK_SESSION_HANDLE *session, CK_OBJECT_HANDLE *key)
{
    CK_RV rv = CKR_GENERAL_ERROR;
    for (int attempt = 0; attempt < 100; attempt++) {
        CK_SLOT_ID slot;
        CK_ULONG slots = 1;
        rv = p11->C_GetSlotList(CK_TRUE, &slot, &slots);
        if (rv == CKR_OK && slots == 0)
            rv = CKR_TOKEN_NOT_PRESENT;
        if (rv == CKR_OK)
            rv = p11->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, session);
        if (rv == CKR_OK) {
            rv = log_in(*session);
            if (rv == CKR_OK)
                rv = find_key(*session, key);
            if (rv == CKR_OK)
                return rv;
            p11->C_CloseSession(*session);
        }
        struct timespec pause = {0, 100 * 1000 * 1000};
        nanosleep(&pause, NULL);
    }
    return rv;
}

static void *sign_all(void *argument)
{
    struct worker *worker = argument;
    CK_SESSION_HANDLE session = 0;
    CK_OBJECT_HANDLE key = 0;
    CK_RV rv = connect_card(&session, &key);
    worker->start = now();
    for (int n = 0; n < count; n++) {
        char message[64];
        CK_BYTE signature[1024];
        CK_ULONG length = sizeof signature;
        char hex[2 * sizeof signature + 1] = "";
        int size = snprintf(message, sizeof message, "message %d %d", worker->number, n);
        double start = now();
        if (rv == CKR_OK)
            rv = p11->C_SignInit(session, &mechanism, key);
        if (rv == CKR_OK)
            rv = p11->C_Sign(session, (CK_BYTE_PTR)message, (CK_ULONG)size, signature, &length);
        double end = now();
        for (CK_ULONG i = 0; rv == CKR_OK && i < length; i++)
            snprintf(hex + 2 * i, 3, "%02x", signature[i]);
        printf("%d %d 0x%lx %.0f %s\n", worker->number, n, rv, end - start,
               rv == CKR_OK ? hex : "-");
        if (rv != CKR_OK) {
            p11->C_CloseSession(session);
            rv = connect_card(&session, &key);
        }
    }
    worker->end = now();
    return NULL;
}

int main(int argc, char **argv)
{
    if (argc != 7) {
        fprintf(stderr, "usage: %s MODULE PIN LABEL rsa|ecdsa COUNT THREADS\n", argv[0]);
        return 2;
    }
    void *module = dlopen(argv[1], RTLD_NOW);
    if (!module) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    pin = argv[2];
    label = argv[3];
    mechanism.mechanism = strcmp(argv[4], "rsa") == 0 ? CKM_SHA256_RSA_PKCS : CKM_ECDSA_SHA256;
    count = atoi(argv[5]);
    int threads = atoi(argv[6]);
    CK_C_GetFunctionList get_function_list =
        (CK_C_GetFunctionList)dlsym(module, "C_GetFunctionList");
    CK_C_INITIALIZE_ARGS locking = {.flags = CKF_OS_LOCKING_OK};
    CK_RV rv = get_function_list ? get_function_list(&p11) : CKR_GENERAL_ERROR;
    if (rv == CKR_OK)
        rv = p11->C_Initialize(&locking);
    if (rv != CKR_OK) {
        fprintf(stderr, "C_Initialize: 0x%lx\n", rv);
        return 1;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    struct worker *workers = calloc((size_t)threads, sizeof *workers);
    for (int t = 0; workers && t < threads; t++) {
        workers[t].number = t;
        pthread_create(&workers[t].thread, NULL, sign_all, &workers[t]);
    }
    for (int t = 0; workers && t < threads; t++)
        pthread_join(workers[t].thread, NULL);
    double start = workers ? workers[0].start : 0, end = workers ? workers[0].end : 0;
    for (int t = 1; workers && t < threads; t++) {
        start = workers[t].start < start ? workers[t].start : start;
        end = workers[t].end > end ? workers[t].end : end;
    }
    printf("total %.0f\n", end - start);
    free(workers);
    return p11->C_Finalize(NULL) == CKR_OK ? 0 : 1;
}
