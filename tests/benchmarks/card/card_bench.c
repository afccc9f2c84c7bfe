/*
 * Measures a PKCS#11 module from the outside, as programs use it. Prints one line for each
 * measurement, in microseconds, then "total" with the time from the first to the last; a call that
 * fails ends the program with its CK_RV.
 *
 * usage: card_bench MODULE fill PIN COUNT          puts that many key pairs with certificates onto
 * a token card_bench MODULE cold COUNT              fresh processes: C_Initialize to C_FindObjects
 *        card_bench MODULE read COUNT              the same, and 6 attributes of each object
 *        card_bench MODULE find COUNT              warm: C_FindObjectsInit, C_FindObjects, -Final
 *        card_bench MODULE sign PIN rsa|ec COUNT THREADS   C_SignInit and C_Sign over a digest
 *        card_bench MODULE crowd PIN|- COUNT       that many processes at once: list; with a PIN,
 * sign
 */
#define _GNU_SOURCE
#include "pkcs11.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { OBJECTS_MAX = 1024, THREADS_MAX = 64, CERTIFICATE_SIZE = 1000, NAME_SIZE = 60 };

static CK_FUNCTION_LIST *p11;
static const char *module_path;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static void require(CK_RV rv, const char *what)
{
    if (rv != CKR_OK) {
        fprintf(stderr, "%s: 0x%lx\n", what, rv);
        exit(1);
    }
}

#define CALL(call) require(p11->call, #call)

/* ---- what programs begin with ---- */

static void load(void)
{
    CK_C_INITIALIZE_ARGS locking = {.flags = CKF_OS_LOCKING_OK};
    void *module = dlopen(module_path, RTLD_NOW | RTLD_LOCAL);
    if (module == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        exit(1);
    }
    CK_C_GetFunctionList get = (CK_C_GetFunctionList)dlsym(module, "C_GetFunctionList");
    require(get == NULL ? CKR_GENERAL_ERROR : get(&p11), "C_GetFunctionList");
    CALL(C_Initialize(&locking));
}

static CK_SESSION_HANDLE open_session(CK_FLAGS flags)
{
    CK_SLOT_ID slots[16];
    CK_ULONG count = 16;
    CK_SESSION_HANDLE session = 0;
    CALL(C_GetSlotList(CK_TRUE, slots, &count));
    require(count > 0 ? CKR_OK : CKR_TOKEN_NOT_PRESENT, "a slot with a token");
    CALL(C_OpenSession(slots[0], CKF_SERIAL_SESSION | flags, NULL, NULL, &session));
    return session;
}

static void log_in(CK_SESSION_HANDLE session, const char *pin)
{
    CK_RV rv = p11->C_Login(session, CKU_USER, (CK_UTF8CHAR *)pin, strlen(pin));
    require(rv == CKR_USER_ALREADY_LOGGED_IN ? CKR_OK : rv, "C_Login");
}

static CK_ULONG find(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG count,
                     CK_OBJECT_HANDLE found[OBJECTS_MAX])
{
    CK_ULONG number = 0;
    CALL(C_FindObjectsInit(session, template, count));
    CALL(C_FindObjects(session, found, OBJECTS_MAX, &number));
    CALL(C_FindObjectsFinal(session));
    return number;
}

/* ---- fill ---- */

static void put_certificate(CK_SESSION_HANDLE session, char *label, CK_BYTE number)
{
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    CK_CERTIFICATE_TYPE type = CKC_X_509;
    CK_BBOOL yes = CK_TRUE;
    CK_BBOOL no = CK_FALSE;
    CK_BYTE value[CERTIFICATE_SIZE] = {0x30, number};
    CK_BYTE name[NAME_SIZE] = {0x30, number};
    CK_OBJECT_HANDLE object = 0;
    CK_ATTRIBUTE template[] = {
        {CKA_CLASS, &class, sizeof class}, {CKA_CERTIFICATE_TYPE, &type, sizeof type},
        {CKA_TOKEN, &yes, sizeof yes},     {CKA_PRIVATE, &no, sizeof no},
        {CKA_LABEL, label, strlen(label)}, {CKA_ID, &number, 1},
        {CKA_SUBJECT, name, sizeof name},  {CKA_VALUE, value, sizeof value}};
    CALL(C_CreateObject(session, template, sizeof template / sizeof template[0], &object));
}

/* In place of the profile object that the card has. */
static void put_data(CK_SESSION_HANDLE session)
{
    CK_OBJECT_CLASS class = CKO_DATA;
    CK_BBOOL yes = CK_TRUE;
    CK_BBOOL no = CK_FALSE;
    CK_OBJECT_HANDLE object = 0;
    CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof class},
                               {CKA_TOKEN, &yes, sizeof yes},
                               {CKA_PRIVATE, &no, sizeof no}};
    CALL(C_CreateObject(session, template, 3, &object));
}

static void put_key_pair(CK_SESSION_HANDLE session, char *label, CK_BYTE number)
{
    static CK_BYTE p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
    CK_MECHANISM_TYPE types[] = {CKM_RSA_PKCS_KEY_PAIR_GEN, CKM_EC_KEY_PAIR_GEN};
    CK_MECHANISM mechanism = {types[number % 2], NULL, 0};
    CK_BBOOL yes = CK_TRUE;
    CK_BBOOL no = CK_FALSE;
    CK_ULONG bits = 2048;
    CK_OBJECT_HANDLE keys[2];
    CK_ATTRIBUTE public[] = {
        {CKA_TOKEN, &yes, sizeof yes},     {CKA_PRIVATE, &no, sizeof no},
        {CKA_LABEL, label, strlen(label)}, {CKA_ID, &number, 1},
        {CKA_VERIFY, &yes, sizeof yes},    {CKA_MODULUS_BITS, &bits, sizeof bits}};
    CK_ATTRIBUTE private[] = {{CKA_TOKEN, &yes, sizeof yes},     {CKA_PRIVATE, &yes, sizeof yes},
                              {CKA_LABEL, label, strlen(label)}, {CKA_ID, &number, 1},
                              {CKA_SENSITIVE, &yes, sizeof yes}, {CKA_SIGN, &yes, sizeof yes}};
    if (number % 2 == 1)
    public[5] = (CK_ATTRIBUTE){CKA_EC_PARAMS, p256, sizeof p256};
    CALL(C_GenerateKeyPair(session, &mechanism, public, 6, private, 6, &keys[0], &keys[1]));
}

static void fill(const char *pin, int count)
{
    load();
    CK_SESSION_HANDLE session = open_session(CKF_RW_SESSION);
    log_in(session, pin);
    for (int i = 0; i < count; i++) {
        char label[32];
        snprintf(label, sizeof label, "key-%d", i);
        put_key_pair(session, label, (CK_BYTE)i);
        put_certificate(session, label, (CK_BYTE)i);
    }
    put_certificate(session, "issuer", (CK_BYTE)count);
    put_certificate(session, "root", (CK_BYTE)(count + 1));
    put_data(session);
    CALL(C_Finalize(NULL));
}

/* ---- fresh processes ---- */

static void read_all(CK_SESSION_HANDLE session, const CK_OBJECT_HANDLE *objects, CK_ULONG count)
{
    static const CK_ATTRIBUTE_TYPE types[] = {CKA_CLASS, CKA_LABEL,   CKA_ID,
                                              CKA_TOKEN, CKA_PRIVATE, CKA_SUBJECT};
    for (CK_ULONG i = 0; i < count; i++) {
        for (size_t t = 0; t < sizeof types / sizeof types[0]; t++) {
            CK_BYTE value[256];
            CK_ATTRIBUTE attribute = {types[t], value, sizeof value};
            CK_RV rv = p11->C_GetAttributeValue(session, objects[i], &attribute, 1);
            require(rv == CKR_ATTRIBUTE_TYPE_INVALID ? CKR_OK : rv, "C_GetAttributeValue");
        }
    }
}

/* What a fresh process does; prints the time and how many objects there were. */
static int list_once(bool attributes)
{
    CK_OBJECT_HANDLE found[OBJECTS_MAX];
    double start = now();
    load();
    CK_SESSION_HANDLE session = open_session(0);
    CK_ULONG count = find(session, NULL, 0, found);
    if (attributes)
        read_all(session, found, count);
    printf("%.1f %lu objects\n", now() - start, count);
    CALL(C_Finalize(NULL));
    return 0;
}

static void await(pid_t child)
{
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    require(WIFEXITED(status) && WEXITSTATUS(status) == 0 ? CKR_OK : CKR_GENERAL_ERROR,
            "a process");
}

static void fresh_processes(const char *what, int count)
{
    double start = now();
    for (int i = 0; i < count; i++) {
        pid_t child = fork();
        if (child == 0) {
            execl("/proc/self/exe", "card_bench", module_path, what, "once", (char *)NULL);
            _exit(127);
        }
        await(child);
    }
    printf("total %.1f\n", now() - start);
}

/* ---- in one process ---- */

static void find_warm(int count)
{
    CK_OBJECT_HANDLE found[OBJECTS_MAX];
    load();
    CK_SESSION_HANDLE session = open_session(0);
    CK_ULONG objects = find(session, NULL, 0, found);
    double start = now();
    for (int i = 0; i < count; i++) {
        double before = now();
        (void)find(session, NULL, 0, found);
        printf("%.1f %lu objects\n", now() - before, objects);
    }
    printf("total %.1f\n", now() - start);
    CALL(C_Finalize(NULL));
}

typedef struct signer {
    pthread_t thread;
    const char *pin;
    bool rsa;
    int count;
    double *times;
} signer;

static pthread_barrier_t ready;

static CK_OBJECT_HANDLE find_key(CK_SESSION_HANDLE session, bool rsa)
{
    CK_OBJECT_HANDLE found[OBJECTS_MAX];
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_KEY_TYPE type = rsa ? CKK_RSA : CKK_EC;
    CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof class},
                               {CKA_KEY_TYPE, &type, sizeof type}};
    CK_ULONG count = find(session, template, 2, found);
    require(count > 0 ? CKR_OK : CKR_KEY_HANDLE_INVALID, "a private key");
    return found[0];
}

static void sign(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key, bool rsa)
{
    /* The DigestInfo of SHA-256; for ECDSA the digest alone. */
    static const CK_BYTE prefix[] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                     0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};
    CK_MECHANISM mechanism = {rsa ? CKM_RSA_PKCS : CKM_ECDSA, NULL, 0};
    CK_BYTE info[sizeof prefix + 32] = {0};
    CK_BYTE signature[512];
    CK_ULONG length = sizeof signature;
    memcpy(info, prefix, sizeof prefix);
    CALL(C_SignInit(session, &mechanism, key));
    CALL(C_Sign(session, rsa ? info : info + sizeof prefix, rsa ? sizeof info : 32, signature,
                &length));
    require(length == (rsa ? 256 : 64) ? CKR_OK : CKR_GENERAL_ERROR, "the signature's length");
}

static void *sign_all(void *argument)
{
    const signer *self = argument;
    CK_SESSION_HANDLE session = open_session(0);
    log_in(session, self->pin);
    CK_OBJECT_HANDLE key = find_key(session, self->rsa);
    for (int i = 0; i < 10; i++)
        sign(session, key, self->rsa);
    pthread_barrier_wait(&ready);
    for (int i = 0; i < self->count; i++) {
        double before = now();
        sign(session, key, self->rsa);
        self->times[i] = now() - before;
    }
    pthread_barrier_wait(&ready);
    return NULL;
}

static void sign_in_threads(const char *pin, bool rsa, int count, int threads)
{
    signer signers[THREADS_MAX];
    load();
    pthread_barrier_init(&ready, NULL, (unsigned)threads + 1);
    for (int t = 0; t < threads; t++) {
        signers[t] = (signer){.pin = pin, .rsa = rsa, .count = count / threads};
        signers[t].times = calloc((size_t)count, sizeof(double));
        require(signers[t].times == NULL ? CKR_HOST_MEMORY : CKR_OK, "memory");
        if (pthread_create(&signers[t].thread, NULL, sign_all, &signers[t]) != 0)
            exit(1);
    }
    pthread_barrier_wait(&ready);
    double start = now();
    pthread_barrier_wait(&ready);
    double end = now();
    for (int t = 0; t < threads; t++) {
        pthread_join(signers[t].thread, NULL);
        for (int i = 0; i < signers[t].count; i++)
            printf("%.1f\n", signers[t].times[i]);
        free(signers[t].times);
    }
    printf("total %.1f\n", end - start);
    CALL(C_Finalize(NULL));
}

/* ---- a crowd ---- */

static int one_of_the_crowd(const char *pin, int gate)
{
    CK_OBJECT_HANDLE found[OBJECTS_MAX];
    char byte;
    (void)!read(gate, &byte, 1); /* opens when the parent closes the other end */
    double start = now();
    load();
    CK_SESSION_HANDLE session = open_session(0);
    if (strcmp(pin, "-") != 0) {
        log_in(session, pin);
        sign(session, find_key(session, true), true);
    }
    require(find(session, NULL, 0, found) > 0 ? CKR_OK : CKR_TOKEN_NOT_PRESENT, "objects");
    CALL(C_Finalize(NULL));
    printf("%.1f\n", now() - start);
    return 0;
}

/* Counts the processes that failed instead of ending with the first. */
static int crowd(const char *pin, int count)
{
    int gate[2];
    int failures = 0;
    if (pipe(gate) != 0)
        return 1;
    for (int i = 0; i < count; i++) {
        pid_t child = fork();
        if (child == 0) {
            close(gate[1]);
            exit(one_of_the_crowd(pin, gate[0]));
        }
        failures += child < 0 ? 1 : 0;
    }
    close(gate[0]);
    double start = now();
    close(gate[1]);
    for (int i = 0; i < count; i++) {
        int status = 0;
        if (waitpid(-1, &status, 0) > 0)
            failures += WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : 1;
    }
    printf("total %.1f\nfailures %d\n", now() - start, failures);
    return 0;
}

int main(int count, char **arguments)
{
    const char *what = count > 2 ? arguments[2] : "";
    module_path = count > 1 ? arguments[1] : "";
    setvbuf(stdout, NULL, _IOLBF, 0);
    bool cold = strcmp(what, "cold") == 0;
    bool reads = strcmp(what, "read") == 0;
    if ((cold || reads) && count == 4 && strcmp(arguments[3], "once") == 0)
        return list_once(reads);
    if ((cold || reads) && count == 4)
        fresh_processes(what, atoi(arguments[3]));
    else if (strcmp(what, "fill") == 0 && count == 5)
        fill(arguments[3], atoi(arguments[4]));
    else if (strcmp(what, "find") == 0 && count == 4)
        find_warm(atoi(arguments[3]));
    else if (strcmp(what, "sign") == 0 && count == 7)
        sign_in_threads(arguments[3], strcmp(arguments[4], "rsa") == 0, atoi(arguments[5]),
                        atoi(arguments[6]) > THREADS_MAX ? THREADS_MAX : atoi(arguments[6]));
    else if (strcmp(what, "crowd") == 0 && count == 5)
        return crowd(arguments[3], atoi(arguments[4]));
    else
        return 2;
    return 0;
}
