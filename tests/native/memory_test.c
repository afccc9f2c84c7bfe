/* Memory runs out at each allocation of the module in turn: the call says so, nothing is lost, and
 * the same calls work when there is memory again. This program gives the module its malloc (the
 * linker prefers the program's functions to the C library's). */
#include "api.h"

#include <link.h>

#define OURS __attribute__((visibility("default")))

enum { LIVE_MAX = 4096 };

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void __libc_free(void *pointer);

static uintptr_t module_start;
static uintptr_t module_end;
static int allocations; /* of the module, in this round */
static int refused;     /* which of them fails; 0 = none */
static void *live[LIVE_MAX];
static size_t live_count; /* guarded by being used in the main thread alone */
static _Thread_local bool is_main;

static bool is_module(const void *caller)
{
    uintptr_t at = (uintptr_t)caller;
    return is_main && at >= module_start && at < module_end;
}

static void *note(void *pointer)
{
    if (pointer != NULL && live_count < LIVE_MAX)
        live[live_count++] = pointer;
    return pointer;
}

OURS void *malloc(size_t size)
{
    if (!is_module(__builtin_return_address(0)))
        return __libc_malloc(size);
    return ++allocations == refused ? NULL : note(__libc_malloc(size));
}

OURS void *calloc(size_t count, size_t size)
{
    if (!is_module(__builtin_return_address(0)))
        return __libc_calloc(count, size);
    return ++allocations == refused ? NULL : note(__libc_calloc(count, size));
}

OURS void free(void *pointer)
{
    for (size_t i = 0; is_main && pointer != NULL && i < live_count; i++) {
        if (live[i] == pointer)
            live[i] = live[--live_count];
    }
    __libc_free(pointer);
}

static int find_module(struct dl_phdr_info *info, size_t size, void *argument)
{
    (void)size;
    (void)argument;
    if (strstr(info->dlpi_name, "remotesigning-pkcs11") == NULL)
        return 0;
    module_start = UINTPTR_MAX;
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        uintptr_t start = info->dlpi_addr + segment->p_vaddr;
        if (segment->p_type != PT_LOAD)
            continue;
        module_start = start < module_start ? start : module_start;
        module_end = start + segment->p_memsz > module_end ? start + segment->p_memsz : module_end;
    }
    return 1;
}

/* ---- what a program does ---- */

static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE private_key;
static CK_OBJECT_HANDLE public_key;

static CK_RV look(void)
{
    CK_ULONG count = 0;
    CK_RV rv = p11->C_GetSlotList(CK_TRUE, NULL, &count);
    return rv == CKR_OK && count == 0 ? CKR_HOST_MEMORY : rv; /* what cannot be seen is not there */
}

static CK_RV ask_mechanisms(void)
{
    CK_MECHANISM_TYPE types[64];
    CK_ULONG count = 64;
    return p11->C_GetMechanismList(0, types, &count);
}

static CK_RV open_session(void)
{
    return p11->C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &session);
}

static CK_RV log_in(void)
{
    return p11->C_Login(session, CKU_USER, PIN, PIN_LENGTH);
}

static CK_RV find(CK_OBJECT_CLASS class, CK_OBJECT_HANDLE *found)
{
    CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof class},
                               {CKA_LABEL, (void *)"Signer RSA", 10}};
    CK_ULONG count = 0;
    CK_RV rv = p11->C_FindObjectsInit(session, template, 2);
    if (rv != CKR_OK)
        return rv;
    CHECK_EQUAL(CKR_OK, p11->C_FindObjects(session, found, 1, &count));
    CHECK_EQUAL(CKR_OK, p11->C_FindObjectsFinal(session));
    CHECK_EQUAL(1, count);
    return rv;
}

static CK_RV find_private_key(void)
{
    return find(CKO_PRIVATE_KEY, &private_key);
}

static CK_RV find_public_key(void)
{
    return find(CKO_PUBLIC_KEY, &public_key);
}

static CK_RV read_attributes(void)
{
    CK_BYTE modulus[256];
    CK_ATTRIBUTE template = {CKA_MODULUS, modulus, sizeof modulus};
    return p11->C_GetAttributeValue(session, private_key, &template, 1);
}

static CK_BYTE signature[256];

static CK_RV sign(void)
{
    CK_MECHANISM mechanism = {CKM_SHA256_RSA_PKCS, NULL, 0};
    CK_ULONG length = sizeof signature;
    CK_RV rv = p11->C_SignInit(session, &mechanism, private_key);
    if (rv == CKR_OK)
        rv = p11->C_SignUpdate(session, (CK_BYTE *)"document", 8);
    return rv == CKR_OK ? p11->C_SignFinal(session, signature, &length) : rv;
}

static CK_RV verify(void)
{
    CK_MECHANISM mechanism = {CKM_SHA256_RSA_PKCS, NULL, 0};
    CK_RV rv = p11->C_VerifyInit(session, &mechanism, public_key);
    if (rv != CKR_OK)
        return rv;
    return p11->C_Verify(session, (CK_BYTE *)"document", 8, signature, sizeof signature);
}

static CK_RV digest(void)
{
    CK_MECHANISM mechanism = {CKM_SHA512, NULL, 0};
    CK_BYTE made[64];
    CK_ULONG length = sizeof made;
    CK_RV rv = p11->C_DigestInit(session, &mechanism);
    return rv == CKR_OK ? p11->C_Digest(session, (CK_BYTE *)"document", 8, made, &length) : rv;
}

static CK_RV log_out(void)
{
    return p11->C_Logout(session);
}

static const struct {
    const char *name;
    CK_RV (*call)(void);
} steps[] = {
    {"C_GetSlotList", look},
    {"C_GetMechanismList", ask_mechanisms},
    {"C_OpenSession", open_session},
    {"C_Login", log_in},
    {"C_FindObjectsInit, private key", find_private_key},
    {"C_FindObjectsInit, public key", find_public_key},
    {"C_GetAttributeValue", read_attributes},
    {"C_Sign", sign},
    {"C_Verify", verify},
    {"C_Digest", digest},
    {"C_Logout", log_out},
};

/* An answer for which there is no memory costs the connection, and the last connection is the
 * login.
 */
static CK_RV do_step(size_t step, bool may_be_logged_out)
{
    CK_RV rv = steps[step].call();
    if (rv == CKR_USER_NOT_LOGGED_IN && may_be_logged_out) {
        CHECK_EQUAL(CKR_OK, log_in());
        rv = steps[step].call();
    }
    return rv;
}

/* Each step again when it failed: then there is memory. Returns how many failed. */
static int do_all(int allocation)
{
    int failed = 0;
    refused = allocation;
    allocations = 0;
    CK_RV rv = p11->C_Initialize(NULL);
    if (rv != CKR_OK) {
        CHECK_EQUAL(CKR_HOST_MEMORY, rv);
        CHECK_EQUAL(0, live_count);
        CHECK_EQUAL(CKR_OK, p11->C_Initialize(NULL));
        failed++;
    }
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        rv = do_step(i, failed > 0);
        if (rv == CKR_OK)
            continue;
        if (rv != CKR_HOST_MEMORY)
            fprintf(stderr, "allocation %d, %s: ", allocation, steps[i].name);
        CHECK_EQUAL(CKR_HOST_MEMORY, rv);
        failed++;
        rv = do_step(i, true);
        if (rv != CKR_OK)
            fprintf(stderr, "allocation %d, %s once more: ", allocation, steps[i].name);
        CHECK_EQUAL(CKR_OK, rv);
    }
    CHECK_EQUAL(CKR_OK, p11->C_Finalize(NULL));
    CHECK_EQUAL(0, live_count);
    return failed;
}

static void memory_may_run_out_anywhere(void)
{
    fake_create(&agent);
    fake_start(&agent);
    CHECK_EQUAL(0, do_all(0));
    int most = allocations;
    CHECK(most > 15);
    int told = 0;
    for (int i = 1; i <= most; i++) {
        if (i % 20 == 0) { /* the fake agent remembers a few programs only */
            fake_stop(&agent);
            fake_start(&agent);
        }
        int failed = do_all(i);
        CHECK(failed <= 1);
        told += failed;
    }
    CHECK(told >= most - 1); /* C_Logout can do without an answer */
    fake_stop(&agent);
    fake_destroy(&agent);
}

int main(int count, char **arguments)
{
    if (count != 2)
        return 2;
    setenv("REMOTESIGNING_LOG", "/dev/null", 1);
    void *module = api_load(arguments[1]);
    REQUIRE(dl_iterate_phdr(find_module, NULL) == 1);
    is_main = true;
    RUN(memory_may_run_out_anywhere);
    dlclose(module);
    return failed_checks == 0 ? 0 : 1;
}
