/* A PIN does not stay in the memory of the program that gave it: what the module copied is gone
 * when the call returns. All writable memory of this process is searched; the agent is another
 * process. */
#include "agent_process.h"
#include "api.h"

#include "random.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

static const char *agent_program;
static agent_process served;

enum { MASK = 0x5a, WINDOW = 1 << 16, PIN_SIZE = 24 };

/* Both in pages of their own: the PIN, and what the search reads memory into (not searched). */
static uint8_t *pin;
static uint8_t *window;

static uint8_t masked[PIN_SIZE]; /* so that the pattern itself is not found */

static bool is_at(const uint8_t *at)
{
    for (size_t i = 0; i < PIN_SIZE; i++) {
        if ((at[i] ^ MASK) != masked[i])
            return false;
    }
    return true;
}

static size_t copies_between(int memory, uintptr_t start, uintptr_t end)
{
    size_t copies = 0;
    while (start < end) {
        size_t wanted = end - start < WINDOW ? end - start : WINDOW;
        ssize_t got = pread(memory, window, wanted, (off_t)start);
        if (got < (ssize_t)PIN_SIZE)
            return copies;
        for (size_t i = 0; i + PIN_SIZE <= (size_t)got; i++)
            copies += is_at(window + i) ? 1 : 0;
        start += (size_t)got < wanted || wanted < WINDOW ? (size_t)got : (size_t)got - PIN_SIZE + 1;
    }
    return copies;
}

static size_t copies_in_memory(void)
{
    char line[512];
    size_t copies = 0;
    size_t regions = 0;
    int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    FILE *maps = fopen("/proc/self/maps", "re");
    REQUIRE(memory >= 0 && maps != NULL);
    while (fgets(line, sizeof line, maps) != NULL) {
        uintptr_t start;
        uintptr_t end;
        char access[5];
        REQUIRE(sscanf(line, "%lx-%lx %4s", &start, &end, access) == 3);
        if (strncmp(access, "rw", 2) != 0 || start == (uintptr_t)window)
            continue;
        regions++;
        copies += copies_between(memory, start, end);
    }
    fclose(maps);
    close(memory);
    CHECK(regions > 3); /* data, heap, stack, at least */
    return copies;
}

/* One that occurs nowhere else; so it is not the agent's, which refuses it. */
static void draw_pin(void)
{
    REQUIRE(rs_random(pin, PIN_SIZE) == RS_OK);
    for (size_t i = 0; i < PIN_SIZE; i++)
        masked[i] = pin[i] ^ MASK;
    CHECK_EQUAL(1, copies_in_memory()); /* the search works */
}

static void check_forgotten(void)
{
    explicit_bzero(pin, PIN_SIZE);
    CHECK_EQUAL(0, copies_in_memory());
}

static void a_refused_login_leaves_no_pin(void)
{
    CHECK_EQUAL(CKR_OK, p11->C_Initialize(NULL));
    CK_SESSION_HANDLE session = api_open();
    draw_pin();
    CHECK_EQUAL(CKR_PIN_INCORRECT, p11->C_Login(session, CKU_USER, pin, PIN_SIZE));
    check_forgotten();
    CHECK_EQUAL(CKR_OK, p11->C_Finalize(NULL));
}

static void a_login_without_an_agent_leaves_no_pin(void)
{
    CHECK_EQUAL(CKR_OK, p11->C_Initialize(NULL));
    CK_SESSION_HANDLE session = api_open();
    agent_process_stop(&served);
    draw_pin();
    CHECK_EQUAL(CKR_DEVICE_REMOVED, p11->C_Login(session, CKU_USER, pin, PIN_SIZE));
    check_forgotten();
    agent_process_start(&served, agent_program);
    CHECK_EQUAL(CKR_OK, p11->C_Finalize(NULL));
}

/* Kept until the signature that it is for, or until that is given up. */
static void a_pin_for_one_signature_ends_with_it(void)
{
    CK_MECHANISM mechanism = {CKM_ECDSA, NULL, 0};
    CK_BYTE digest[32] = {1};
    CK_BYTE signature[64];
    for (int finish = 0; finish < 3; finish++) {
        CK_ULONG length = sizeof signature;
        CHECK_EQUAL(CKR_OK, p11->C_Initialize(NULL));
        CK_SESSION_HANDLE session = api_open_logged_in();
        CK_OBJECT_HANDLE key = api_find(session, CKO_PRIVATE_KEY, "key-1");
        CHECK_EQUAL(CKR_OK, p11->C_SignInit(session, &mechanism, key));
        draw_pin();
        CHECK_EQUAL(CKR_OK, p11->C_Login(session, CKU_CONTEXT_SPECIFIC, pin, PIN_SIZE));
        explicit_bzero(pin, PIN_SIZE);
        CHECK_EQUAL(1, copies_in_memory());
        if (finish == 0)
            (void)p11->C_Sign(session, digest, sizeof digest, signature, &length);
        if (finish == 1)
            CHECK_EQUAL(CKR_OK, p11->C_CloseSession(session));
        if (finish == 2)
            CHECK_EQUAL(CKR_OK, p11->C_Finalize(NULL));
        CHECK_EQUAL(0, copies_in_memory());
        if (finish != 2)
            CHECK_EQUAL(CKR_OK, p11->C_Finalize(NULL));
    }
}

int main(int count, char **arguments)
{
    if (count != 3)
        return 2;
    setenv("REMOTESIGNING_LOG", "/dev/null", 1);
    pin = mmap(NULL, WINDOW, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    window = mmap(NULL, WINDOW, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    REQUIRE(pin != MAP_FAILED && window != MAP_FAILED);
    agent_program = arguments[2];
    agent_process_create(&served);
    agent_process_start(&served, agent_program);
    void *module = api_load(arguments[1]);
    RUN(a_refused_login_leaves_no_pin);
    RUN(a_login_without_an_agent_leaves_no_pin);
    RUN(a_pin_for_one_signature_ends_with_it);
    dlclose(module);
    agent_process_stop(&served);
    agent_process_destroy(&served);
    return failed_checks == 0 ? 0 : 1;
}
