/* What is wrong with a whole card, and what only with one credential of it, which is left out. */
#include "fake_codec.h"
#include "test.h"

#include <stdlib.h>
#include <unistd.h>

static fake_answer encoded;

static const uint8_t modulus[RS_SIGNATURE_MAX + 1] = {0xc1};
static const uint8_t curve[] = {0x06, 0x03, 0x2b, 0x81, 0x04};
static const uint8_t compressed[33] = {2};
static const uint8_t wrong_point[65] = {3};
static uint8_t big[RS_CERTIFICATE_SIZE_MAX + 1];
static const rs_bytes too_big = {big, sizeof big};

static rs_credential good_credential(void)
{
    rs_credential good = {.id = fake_text("a"),
                          .label = fake_text("b"),
                          .cka_id = fake_text("c"),
                          .key_type = RS_KEY_RSA,
                          .key_bits = 2048,
                          .a = {modulus, 256},
                          .b = fake_text("3"),
                          .certificate_count = 1};
    good.certificates[0] =
        (rs_certificate){fake_text("v"), fake_text("s"),        fake_text("i"),
                         fake_text("n"), fake_text("20260101"), fake_text("20291231")};
    return good;
}

/* The frame, without its length field, of a LIST answer with this card. */
static rs_bytes list_of(const rs_card *card)
{
    fake_begin(&encoded, RS_VERB_LIST, 2, 0, "");
    fake_put_list(&encoded.writer, card, false);
    rs_bytes frame = fake_end(&encoded);
    return (rs_bytes){frame.data + RS_LENGTH_SIZE, frame.length - RS_LENGTH_SIZE};
}

static rs_status decode_list(rs_bytes frame)
{
    rs_answer answer;
    rs_card *card = NULL;
    rs_status status = rs_decode_answer(frame, RS_VERB_LIST, 2, &answer);
    if (status == RS_OK)
        status = rs_decode_card(&answer, &card);
    rs_card_release(card);
    return status;
}

static void cards_beyond_the_limits_are_refused(void)
{
    static rs_credential credentials[RS_CREDENTIALS_MAX + 1];
    rs_card card = {.generation = 1, .credential_count = 1, .credentials = credentials};
    for (size_t i = 0; i <= RS_CREDENTIALS_MAX; i++)
        credentials[i] = good_credential();
    CHECK_EQUAL(RS_OK, decode_list(list_of(&card)));
    card.credential_count = RS_CREDENTIALS_MAX;
    CHECK_EQUAL(RS_OK, decode_list(list_of(&card)));
    card.credential_count = RS_CREDENTIALS_MAX + 1;
    CHECK_EQUAL(RS_AGENT_UNAVAILABLE, decode_list(list_of(&card)));
    card.credential_count = 1;
    card.generation = 0;
    CHECK_EQUAL(RS_AGENT_UNAVAILABLE, decode_list(list_of(&card)));
    card.generation = 1;
    card.mode = (rs_login_mode)3;
    CHECK_EQUAL(RS_AGENT_UNAVAILABLE, decode_list(list_of(&card)));
    card.mode = RS_LOGIN_PIN;
    card.label = (rs_bytes){big, RS_TEXT_MAX + 1};
    CHECK_EQUAL(RS_AGENT_UNAVAILABLE, decode_list(list_of(&card)));
}

/* Between two good ones: those stay, whole and in their order. */
static void check_left_out(int line, bool expected, const rs_credential *odd)
{
    rs_credential credentials[3] = {good_credential(), *odd, good_credential()};
    rs_card card = {.generation = 1, .credential_count = 3, .credentials = credentials};
    rs_card *decoded = NULL;
    rs_answer answer;
    credentials[0].id = fake_text("1");
    credentials[0].label = fake_text("first");
    credentials[2].id = fake_text("3");
    credentials[2].label = fake_text("last");
    REQUIRE(rs_decode_answer(list_of(&card), RS_VERB_LIST, 2, &answer) == RS_OK);
    CHECK_EQUAL(RS_OK, rs_decode_card(&answer, &decoded));
    REQUIRE(decoded != NULL);
    if (decoded->credential_count != (expected ? 2 : 3))
        fprintf(stderr, "the credential of line %d:\n", line);
    CHECK_EQUAL(expected ? 2 : 3, decoded->credential_count);
    const rs_credential *last = &decoded->credentials[decoded->credential_count - 1];
    CHECK(rs_bytes_equal(fake_text("first"), decoded->credentials[0].label));
    CHECK(rs_bytes_equal(fake_text("last"), last->label));
    CHECK_EQUAL(1, last->certificate_count);
    CHECK(rs_bytes_equal(fake_text("v"), last->certificates[0].value));
    rs_card_release(decoded);
}

/* One change to a good credential, and whether it is left out for it. */
#define WITH(expected, ...)                                                                        \
    do {                                                                                           \
        rs_credential odd = good_credential();                                                     \
        __VA_ARGS__;                                                                               \
        check_left_out(__LINE__, expected, &odd);                                                  \
    } while (0)

static void credentials_with_unusable_keys_are_left_out(void)
{
    WITH(false, odd.key_bits = 16384; odd.a = ((rs_bytes){modulus, 2048}));
    WITH(true, odd.key_bits = 16392; odd.a = ((rs_bytes){modulus, 2049}));
    WITH(true, odd.key_bits = 2056);
    WITH(true, odd.key_bits = 0; odd.a.length = 0);
    WITH(true, odd.a.data = modulus + 1); /* begins with zero */
    WITH(true, odd.b.length = 0);
    WITH(true, odd.b = too_big);
    WITH(true, odd.key_type = (rs_key_type)3);
    WITH(true, odd.key_type = (rs_key_type)0);
    rs_credential ec = good_credential();
    uint8_t point[65] = {4};
    ec.key_type = RS_KEY_EC;
    ec.key_bits = 256;
    ec.a = (rs_bytes){curve, sizeof curve};
    ec.b = (rs_bytes){point, sizeof point};
    WITH(false, odd = ec);
    WITH(true, odd = ec; odd.b = ((rs_bytes){compressed, sizeof compressed}));
    WITH(true, odd = ec; odd.b = ((rs_bytes){wrong_point, sizeof wrong_point}));
    WITH(true, odd = ec; odd.a.length = 0);
    WITH(true, odd = ec; odd.a = too_big);
    WITH(true, odd = ec; odd.key_bits = 384);
}

static void credentials_with_unusable_fields_are_left_out(void)
{
    static uint8_t text[RS_TEXT_MAX + 1];
    memset(text, 'x', sizeof text);
    rs_bytes longest = {text, RS_TEXT_MAX};
    rs_bytes too_long = {text, RS_TEXT_MAX + 1};
    rs_bytes with_nul = {big, 3};
    WITH(false, odd.id = longest; odd.label = longest; odd.cka_id = longest);
    WITH(true, odd.id = too_long);
    WITH(true, odd.label = too_long);
    WITH(true, odd.cka_id = too_long);
    WITH(true, odd.id.length = 0);
    WITH(true, odd.id = fake_text("1")); /* another's */
    WITH(true, odd.id = with_nul);
    WITH(true, odd.label = with_nul);
    WITH(false, odd.certificates[0].value = ((rs_bytes){big, RS_CERTIFICATE_SIZE_MAX}));
    WITH(true, odd.certificates[0].value = too_big);
    WITH(true, odd.certificates[0].subject = too_big);
    WITH(true, odd.certificates[0].issuer = too_big);
    WITH(true, odd.certificates[0].serial = too_long);
    WITH(true, odd.certificates[0].value.length = 0);
    WITH(true, odd.certificates[0].not_before = fake_text("x0260101"));
    WITH(true, odd.certificates[0].not_after = fake_text("2029123x"));
    WITH(true, odd.certificate_count = 0);
    WITH(true, odd.certificate_count = 2; odd.certificates[1] = odd.certificates[0];
         odd.certificates[1].value = too_big);
}

/* The test's encoder has no room for more certificates than the shim: one list is lengthened here.
 */
static void a_credential_with_too_many_certificates_is_left_out(void)
{
    rs_credential credentials[2] = {good_credential(), good_credential()};
    rs_card card = {.generation = 1, .credential_count = 2, .credentials = credentials};
    rs_answer answer;
    rs_card *decoded = NULL;
    for (size_t i = 0; i < RS_CERTIFICATES_MAX; i++)
        credentials[1].certificates[i] = credentials[0].certificates[0];
    credentials[1].certificate_count = RS_CERTIFICATES_MAX;
    rs_bytes frame = list_of(&card);
    enum { ONE = 4 * (4 + 1) + 2 * 8 };
    size_t count_at = frame.length - RS_CERTIFICATES_MAX * ONE - 2;
    uint8_t *longer = malloc(frame.length + ONE);
    REQUIRE(longer != NULL);
    memcpy(longer, frame.data, frame.length);
    memcpy(longer + frame.length, frame.data + frame.length - ONE, ONE);
    CHECK_EQUAL(RS_CERTIFICATES_MAX, longer[count_at]);
    longer[count_at]++;
    rs_bytes whole = {longer, frame.length + ONE};
    REQUIRE(rs_decode_answer(whole, RS_VERB_LIST, 2, &answer) == RS_OK);
    CHECK_EQUAL(RS_OK, rs_decode_card(&answer, &decoded));
    REQUIRE(decoded != NULL);
    CHECK_EQUAL(1, decoded->credential_count);
    rs_card_release(decoded);
    CHECK_EQUAL(RS_AGENT_UNAVAILABLE, decode_list((rs_bytes){longer, whole.length - 1}));
    free(longer);
}

/* Says which, and why. */
static void what_is_left_out_is_logged(void)
{
    char path[] = "/tmp/remote-signing-log-XXXXXX";
    char line[512] = "";
    int fd = mkstemp(path);
    REQUIRE(fd >= 0);
    close(fd);
    setenv("REMOTESIGNING_LOG", path, 1);
    WITH(true, odd.id = fake_text("cred\n9"); odd.key_bits = 1024);
    setenv("REMOTESIGNING_LOG", "/dev/null", 1);
    FILE *file = fopen(path, "r");
    REQUIRE(file != NULL);
    CHECK(fgets(line, sizeof line, file) != NULL);
    CHECK(strstr(line, "]: LIST: the credential \"cred?9\" is left out: its key ") != NULL);
    CHECK(fgets(line, sizeof line, file) == NULL);
    fclose(file);
    unlink(path);
}

int main(void)
{
    setenv("REMOTESIGNING_LOG", "/dev/null", 1);
    RUN(cards_beyond_the_limits_are_refused);
    RUN(credentials_with_unusable_keys_are_left_out);
    RUN(credentials_with_unusable_fields_are_left_out);
    RUN(a_credential_with_too_many_certificates_is_left_out);
    RUN(what_is_left_out_is_logged);
    return failed_checks == 0 ? 0 : 1;
}
