/* Every exported function, called rightly once and wrongly in every way that its parameters allow:
 * NULL, handles that are none, lengths that are too small, the wrong order. The rows are in
 * exports_table.c; the test native.exports-complete compares them with the module's symbols. */
#include "exports_table.h"

enum { GUARD = 0xee, GUARD_SIZE = 64, OUTPUT_SIZE = 4096 };

static void *module;
static CK_SESSION_HANDLE session;

/* The parameters of the call being prepared, and what they point to. */
static export_arg args[EXPORT_ARGS];
static union {
    CK_ULONG aligned;
    CK_BYTE bytes[OUTPUT_SIZE + 2 * GUARD_SIZE];
} outputs[EXPORT_ARGS];
static CK_ULONG lengths[EXPORT_ARGS];
static CK_BYTE data[256] = "12345678"; /* also the PIN */
static CK_OBJECT_CLASS class;
static CK_ATTRIBUTE template = {CKA_CLASS, &class, sizeof class};
static CK_MECHANISM mechanism;

static const char *row_name; /* for messages */

#define EXPECT(expected, actual)                                                                   \
    do {                                                                                           \
        CK_RV expect_rv = (actual);                                                                \
        if (expect_rv != (expected)) {                                                             \
            fprintf(stderr, "%s: ", row_name);                                                     \
            CHECK_EQUAL(expected, expect_rv);                                                      \
        }                                                                                          \
    } while (0)

static CK_RV call(const export_case *row)
{
    void *function = dlsym(module, row->name);
    REQUIRE(function != NULL);
    return row->call(function, args);
}

static bool has(const export_case *row, char letter)
{
    return row->parameters != NULL && strchr(row->parameters, letter) != NULL;
}

static size_t place_of(const export_case *row, char letter)
{
    return (size_t)(strchr(row->parameters, letter) - row->parameters);
}

static bool is_refused(const export_case *row)
{
    return row->good == CKR_FUNCTION_NOT_SUPPORTED || row->good == CKR_FUNCTION_NOT_PARALLEL ||
           row->good == CKR_RANDOM_SEED_NOT_SUPPORTED;
}

/* ---- preparing a right call ---- */

static CK_OBJECT_HANDLE key_of(CK_OBJECT_CLASS wanted)
{
    return api_find(session, wanted == 0 ? CKO_PRIVATE_KEY : wanted, "Signer RSA");
}

static void begin_operation(export_state state)
{
    CK_MECHANISM digest = {CKM_SHA256, NULL, 0};
    CK_MECHANISM rsa = {CKM_SHA256_RSA_PKCS, NULL, 0};
    CK_RV rv = CKR_OK;
    if (state == FINDING)
        rv = p11->C_FindObjectsInit(session, NULL, 0);
    if (state == DIGESTING)
        rv = p11->C_DigestInit(session, &digest);
    if (state == SIGNING)
        rv = p11->C_SignInit(session, &rsa, key_of(CKO_PRIVATE_KEY));
    if (state == VERIFYING)
        rv = p11->C_VerifyInit(session, &rsa, key_of(CKO_PUBLIC_KEY));
    EXPECT(CKR_OK, rv);
}

static export_arg argument(const export_case *row, size_t place)
{
    char letter = row->parameters[place];
    CK_BYTE *output = outputs[place].bytes + GUARD_SIZE;
    memset(&outputs[place], GUARD, sizeof outputs[place]);
    switch (letter) {
    case 'h':
        return (export_arg){session, NULL};
    case 'o':
    case 'k':
        return (export_arg){key_of(row->key), NULL};
    case 'm':
        mechanism =
            (CK_MECHANISM){row->begins == DIGESTING ? CKM_SHA256 : CKM_SHA256_RSA_PKCS, NULL, 0};
        return (export_arg){0, &mechanism};
    case 't':
        class = CKO_PRIVATE_KEY;
        template.ulValueLen = sizeof class;
        return (export_arg){0, &template};
    case 'd':
        return (export_arg){0, data};
    case 'w':
    case 'b':
        return (export_arg){0, output};
    case 'z':
        lengths[place] = row->size != 0 ? row->size : OUTPUT_SIZE / row->unit;
        return (export_arg){0, &lengths[place]};
    case 'n':
    case 'l':
        return (export_arg){row->number, NULL};
    default: /* s, x, -, and a length as a digit */
        return (export_arg){letter >= '1' && letter <= '9' ? (CK_ULONG)(letter - '0') : 0, NULL};
    }
}

/* A session in the right state and the arguments of a right call. */
static void prepare(const export_case *row, export_state state)
{
    row_name = row->name;
    session = state == PUBLIC ? api_open() : api_open_logged_in();
    begin_operation(state);
    if (state == PUBLIC) { /* private keys are found after login only */
        CHECK(!has(row, 'o') && !has(row, 'k'));
    }
    for (size_t i = 0; row->parameters[i] != '\0'; i++)
        args[i] = argument(row, i);
}

static void tidy(void)
{
    EXPECT(CKR_OK, p11->C_CloseAllSessions(0));
}

/* Nothing but `size` bytes of an output was written. */
static void check_output(size_t place, size_t size)
{
    const CK_BYTE *bytes = outputs[place].bytes;
    for (size_t i = 0; i < sizeof outputs[place].bytes; i++) {
        if ((i < GUARD_SIZE || i >= GUARD_SIZE + size) && bytes[i] != GUARD) {
            fprintf(stderr, "%s: byte %zu of parameter %zu: ", row_name, i, place);
            CHECK_EQUAL(GUARD, bytes[i]);
            return;
        }
    }
}

static void check_nothing_written(const export_case *row)
{
    for (size_t i = 0; row->parameters[i] != '\0'; i++)
        check_output(i, 0);
}

/* ---- the tests ---- */

static void right_calls(const export_case *row)
{
    prepare(row, row->state);
    EXPECT(row->good, call(row));
    if (row->size != 0 && has(row, 'w'))
        check_output(place_of(row, 'w'), row->size * row->unit);
    if (row->size != 0 && has(row, 'b')) {
        check_output(place_of(row, 'b'), row->size * row->unit);
        EXPECT(row->size, lengths[place_of(row, 'z')]);
    }
    if (is_refused(row))
        check_nothing_written(row);
    tidy();
}

/* A NULL where there must be something. Without its data, a length is wrong too. */
static void null_pointers(const export_case *row)
{
    for (size_t i = 0; row->parameters[i] != '\0'; i++) {
        if (strchr("mtdwz", row->parameters[i]) == NULL)
            continue;
        prepare(row, row->state);
        args[i].pointer = NULL;
        EXPECT(is_refused(row) ? row->good : CKR_ARGUMENTS_BAD, call(row));
        check_nothing_written(row);
        tidy();
    }
    if (has(row, 'x')) {
        prepare(row, row->state);
        args[place_of(row, 'x')].pointer = data;
        EXPECT(CKR_ARGUMENTS_BAD, call(row));
        tidy();
    }
}

static void try_handle(const export_case *row, size_t place, CK_ULONG handle, CK_RV expected)
{
    prepare(row, row->state);
    args[place].number = handle;
    EXPECT(is_refused(row) ? row->good : expected, call(row));
    check_nothing_written(row);
    tidy();
}

static void bad_sessions(const export_case *row)
{
    size_t place = place_of(row, 'h');
    prepare(row, row->state);
    CK_SESSION_HANDLE closed = session;
    tidy();
    CK_ULONG handles[] = {0, closed, 1, ~0UL, session ^ 0x100000000UL};
    for (size_t i = 0; i < sizeof handles / sizeof handles[0]; i++)
        try_handle(row, place, handles[i], CKR_SESSION_HANDLE_INVALID);
    session = api_open_logged_in();
    CK_OBJECT_HANDLE object = key_of(CKO_PRIVATE_KEY);
    tidy();
    try_handle(row, place, object, CKR_SESSION_HANDLE_INVALID);
}

static void bad_objects(const export_case *row, size_t place, CK_RV expected)
{
    session = api_open_logged_in();
    CK_OBJECT_HANDLE good = key_of(row->key);
    CK_OBJECT_HANDLE vanished = api_find(session, CKO_PRIVATE_KEY, "Signer each");
    CK_ULONG handles[] = {0, 1, ~0UL, good ^ 0x100000000UL, session, vanished};
    tidy();
    SCRIPT(generation++);
    SCRIPT(credentials = 2); /* the third one goes */
    for (size_t i = 0; i < sizeof handles / sizeof handles[0]; i++)
        try_handle(row, place, handles[i], expected);
    SCRIPT(generation++);
    SCRIPT(credentials = 3);
}

/* Objects that are there and cannot do it. */
static void keys_of_another_kind(const export_case *row, size_t place)
{
    session = api_open_logged_in();
    CK_OBJECT_HANDLE certificate = api_find(session, CKO_CERTIFICATE, "Signer RSA");
    CK_OBJECT_HANDLE other = api_find(
        session, row->key == CKO_PRIVATE_KEY ? CKO_PUBLIC_KEY : CKO_PRIVATE_KEY, "Signer RSA");
    CK_OBJECT_HANDLE ec = api_find(session, row->key, "Signer EC");
    tidy();
    try_handle(row, place, certificate, CKR_KEY_HANDLE_INVALID);
    try_handle(row, place, other, CKR_KEY_FUNCTION_NOT_PERMITTED);
    try_handle(row, place, ec, CKR_KEY_TYPE_INCONSISTENT);
}

static void bad_handles(const export_case *row)
{
    if (has(row, 'h'))
        bad_sessions(row);
    if (has(row, 's')) {
        try_handle(row, place_of(row, 's'), 1, CKR_SLOT_ID_INVALID);
        try_handle(row, place_of(row, 's'), ~0UL, CKR_SLOT_ID_INVALID);
    }
    for (size_t i = 0; row->parameters[i] != '\0'; i++) {
        if (row->parameters[i] == 'o')
            bad_objects(row, i, CKR_OBJECT_HANDLE_INVALID);
        if (row->parameters[i] == 'k')
            bad_objects(row, i, CKR_KEY_HANDLE_INVALID);
    }
    if (has(row, 'k') && !is_refused(row))
        keys_of_another_kind(row, place_of(row, 'k'));
}

/* The size, buffers that are too small, and then the same call with one that is just right. */
static void sizes(const export_case *row)
{
    if (!has(row, 'b') || is_refused(row))
        return;
    size_t buffer = place_of(row, 'b');
    CK_ULONG *length = &lengths[place_of(row, 'z')];
    prepare(row, row->state);
    void *given = args[buffer].pointer;
    args[buffer].pointer = NULL;
    *length = 77;
    EXPECT(CKR_OK, call(row));
    CK_ULONG needed = *length;
    if (row->size != 0)
        EXPECT(row->size, needed);
    args[buffer].pointer = given;
    for (CK_ULONG small = 0; small < needed; small += small + 1 < needed ? needed - 1 : 1) {
        *length = small;
        EXPECT(CKR_BUFFER_TOO_SMALL, call(row));
        EXPECT(needed, *length);
        check_output(buffer, 0);
    }
    *length = needed;
    EXPECT(CKR_OK, call(row));
    EXPECT(needed, *length);
    check_output(buffer, needed * row->unit);
    const CK_BYTE *last = (const CK_BYTE *)given + needed * row->unit - 1;
    CHECK(*last != GUARD); /* (the fake agent's signatures and these digests do not end so) */
    tidy();
}

/* An operation that was not begun, and one that was begun already. */
static void order(const export_case *row)
{
    if (row->state > PUBLIC) {
        prepare(row, LOGGED_IN);
        EXPECT(CKR_OPERATION_NOT_INITIALIZED, call(row));
        check_nothing_written(row);
        tidy();
    }
    if (row->begins != LOGGED_IN) {
        prepare(row, row->begins);
        EXPECT(CKR_OPERATION_ACTIVE, call(row));
        tidy();
    }
}

/* A dead agent has an answer too, nothing is written, and all goes on when another one runs. */
static void agent_gone(const export_case *row)
{
    prepare(row, row->state);
    fake_stop(&agent);
    EXPECT(row->agent_gone, call(row));
    if (row->agent_gone != CKR_OK)
        check_nothing_written(row);
    fake_start(&agent);
    tidy();
    prepare(row, row->state);
    EXPECT(row->good, call(row));
    tidy();
}

static void for_each_row(void (*test)(const export_case *))
{
    for (size_t i = 0; i < export_count; i++) {
        if (exports[i].parameters == NULL)
            continue;
        api_begin();
        row_name = exports[i].name;
        test(&exports[i]);
        api_end();
    }
}

static void every_right_call_is_answered(void)
{
    for_each_row(right_calls);
}

static void null_is_refused_everywhere(void)
{
    for_each_row(null_pointers);
}

static void bad_handles_are_refused_everywhere(void)
{
    for_each_row(bad_handles);
}

static void outputs_are_never_overrun(void)
{
    for_each_row(sizes);
}

static void operations_are_begun_first_and_once(void)
{
    for_each_row(order);
}

static void a_dead_agent_is_outlived(void)
{
    for_each_row(agent_gone);
}

/* Before C_Initialize, and after C_Finalize with what was valid before. */
static void nothing_works_uninitialized(void)
{
    for (size_t i = 0; i < export_count; i++) {
        const export_case *row = &exports[i];
        CK_RV expected = is_refused(row) ? row->good : CKR_CRYPTOKI_NOT_INITIALIZED;
        if (row->parameters == NULL)
            continue;
        api_begin();
        prepare(row, row->state);
        EXPECT(CKR_OK, p11->C_Finalize(NULL));
        EXPECT(expected, call(row));
        check_nothing_written(row);
        EXPECT(CKR_OK, p11->C_Initialize(NULL));
        if (has(row, 'h'))
            EXPECT(is_refused(row) ? row->good : CKR_SESSION_HANDLE_INVALID, call(row));
        api_end();
    }
}

/* Those three that have no row of parameters. */
static void initialize_finalize_and_the_list(void)
{
    CK_FUNCTION_LIST *list = NULL;
    CK_C_INITIALIZE_ARGS reserved = {.pReserved = data};
    EXPECT(CKR_CRYPTOKI_NOT_INITIALIZED, p11->C_Finalize(NULL));
    EXPECT(CKR_ARGUMENTS_BAD, p11->C_Finalize(data));
    EXPECT(CKR_ARGUMENTS_BAD, p11->C_Initialize(&reserved));
    EXPECT(CKR_CRYPTOKI_NOT_INITIALIZED, p11->C_Finalize(NULL));
    EXPECT(CKR_ARGUMENTS_BAD, p11->C_GetFunctionList(NULL));
    EXPECT(CKR_OK, p11->C_GetFunctionList(&list)); /* the only one that works before C_Initialize */
    CHECK(list == p11);
    EXPECT(CKR_OK, p11->C_Initialize(NULL));
    EXPECT(CKR_CRYPTOKI_ALREADY_INITIALIZED, p11->C_Initialize(NULL));
    EXPECT(CKR_ARGUMENTS_BAD, p11->C_Finalize(data));
    EXPECT(CKR_OK, p11->C_Finalize(NULL));
    EXPECT(CKR_CRYPTOKI_NOT_INITIALIZED, p11->C_Finalize(NULL));
}

static int print_names(void)
{
    for (size_t i = 0; i < export_count; i++)
        puts(exports[i].name);
    return 0;
}

int main(int count, char **arguments)
{
    if (count == 2 && strcmp(arguments[1], "--names") == 0)
        return print_names();
    if (count != 2)
        return 2;
    setenv("REMOTESIGNING_LOG", "/dev/null", 1);
    module = api_load(arguments[1]);
    RUN(initialize_finalize_and_the_list);
    RUN(every_right_call_is_answered);
    RUN(null_is_refused_everywhere);
    RUN(bad_handles_are_refused_everywhere);
    RUN(outputs_are_never_overrun);
    RUN(operations_are_begun_first_and_once);
    RUN(a_dead_agent_is_outlived);
    RUN(nothing_works_uninitialized);
    dlclose(module);
    return failed_checks == 0 ? 0 : 1;
}
