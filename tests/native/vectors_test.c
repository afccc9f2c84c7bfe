/* Every file of tests/vectors/card-protocol, decoded and encoded: requests by the shim's encoder
 * and the test's decoder, answers the other way round. A file that no case names fails the test. */
#include "fake_codec.h"
#include "test.h"

#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>

static const char *folder;
static int visited;

static size_t read_vector(const char *name, uint8_t *bytes, size_t capacity)
{
    char path[4096];
    char line[8192];
    size_t digits = 0;
    snprintf(path, sizeof path, "%s/%s.hex", folder, name);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        fprintf(stderr, "cannot read %s\n", path);
        exit(1);
    }
    while (fgets(line, sizeof line, file) != NULL) {
        for (char *at = line; *at != '\0' && *at != '#'; at++) {
            if (isspace((unsigned char)*at))
                continue;
            unsigned value = (unsigned)(*at <= '9' ? *at - '0' : *at - 'a' + 10);
            REQUIRE(value < 16 && digits / 2 < capacity);
            bytes[digits / 2] = (uint8_t)(digits % 2 == 0 ? value << 4 : bytes[digits / 2] | value);
            digits++;
        }
    }
    fclose(file);
    REQUIRE(digits % 2 == 0 && digits >= 24);
    visited++;
    return digits / 2;
}

static uint8_t vector[1 << 16];

static rs_bytes body_of(const char *name)
{
    size_t length = read_vector(name, vector, sizeof vector);
    rs_reader reader = {vector, 4, false};
    CHECK_EQUAL(length - 4, rs_get_u32(&reader));
    return (rs_bytes){vector + 4, length - 4};
}

/* ---- requests ---- */

static void check_request(const char *name, rs_status encoded, rs_request *request, uint32_t id,
                          fake_request *decoded)
{
    rs_bytes body = body_of(name);
    CHECK_EQUAL(RS_OK, encoded);
    rs_request_set_id(request, id);
    CHECK(rs_bytes_equal((rs_bytes){request->frame, request->length},
                         (rs_bytes){vector, body.length + 4}));
    CHECK(fake_decode(body, decoded));
    CHECK_EQUAL(id, decoded->id);
    CHECK_EQUAL(request->verb, decoded->verb);
}

static void filled(uint8_t *bytes, size_t length, uint8_t value)
{
    memset(bytes, value, length);
}

static void requests(void)
{
    static rs_request request;
    fake_request decoded;
    uint8_t instance[RS_INSTANCE_SIZE];
    for (uint8_t i = 0; i < RS_INSTANCE_SIZE; i++)
        instance[i] = i;
    check_request("hello-request", rs_encode_hello(&request, instance), &request, 1, &decoded);
    CHECK(memcmp(decoded.instance, instance, sizeof instance) == 0);
    check_request("list-request", rs_encode_list(&request, 0), &request, 2, &decoded);
    CHECK_EQUAL(0, decoded.generation);
    check_request("login-request", rs_encode_login(&request, fake_text("12345678")), &request, 4,
                  &decoded);
    CHECK(rs_bytes_equal(decoded.pin, fake_text("12345678")));
    check_request("login-request-empty", rs_encode_login(&request, (rs_bytes){NULL, 0}), &request,
                  12, &decoded);
    CHECK_EQUAL(0, decoded.pin.length);
    check_request("logout-request", rs_encode_logout(&request), &request, 5, &decoded);
    check_request("wait-request", rs_encode_wait(&request, 7), &request, 9, &decoded);
    CHECK_EQUAL(7, decoded.generation);
}

static void sign_requests(void)
{
    static rs_request request;
    fake_request decoded;
    uint8_t digest[64];
    uint8_t signature[64];
    filled(digest, sizeof digest, 0xaa);
    rs_signature_input input = {RS_RSA_PKCS1, RS_SHA256, 0, {digest, 32}};
    rs_consent consent = {.flags = 0};
    rs_status status = rs_encode_sign(&request, fake_text("cred-1"), &input, &consent);
    check_request("sign-request", status, &request, 6, &decoded);
    CHECK(rs_bytes_equal(decoded.input.digest, input.digest));
    CHECK_EQUAL(0, decoded.pin.length);
    filled(digest, sizeof digest, 0xbb);
    input = (rs_signature_input){RS_RSA_PSS, RS_SHA384, 48, {digest, 48}};
    consent = (rs_consent){RS_SIGN_SILENT, 0x1122, fake_text("0000"), {NULL, 0}};
    status = rs_encode_sign(&request, fake_text("cred-1"), &input, &consent);
    check_request("sign-request-pss", status, &request, 7, &decoded);
    CHECK_EQUAL(48, decoded.input.salt_length);
    CHECK_EQUAL(0x1122, decoded.window);
    CHECK_EQUAL(RS_SIGN_SILENT, decoded.flags);
    CHECK(rs_bytes_equal(decoded.pin, fake_text("0000")));
    consent.use = fake_text("Vertr\xc3\xa4ge");
    status = rs_encode_sign(&request, fake_text("cred-1"), &input, &consent);
    check_request("sign_for-request", status, &request, 17, &decoded);
    CHECK(rs_bytes_equal(decoded.use, consent.use));
    CHECK(rs_bytes_equal(decoded.input.digest, input.digest));
    CHECK_EQUAL(0x1122, decoded.window);
    filled(digest, sizeof digest, 0xcc);
    filled(signature, sizeof signature, 0xdd);
    input = (rs_signature_input){RS_ECDSA, RS_SHA256, 0, {digest, 32}};
    status = rs_encode_verify(&request, fake_text("cred-2"), &input, (rs_bytes){signature, 64});
    check_request("verify-request", status, &request, 8, &decoded);
    CHECK(rs_bytes_equal(decoded.signature, (rs_bytes){signature, 64}));
}

static void requests_with_other_fields(void)
{
    static rs_request request;
    fake_request decoded;
    uint8_t digest[64];
    uint8_t signature[256];
    filled(digest, sizeof digest, 0xee);
    rs_signature_input input = {RS_ECDSA, RS_SHA512, 0, {digest, 64}};
    rs_consent consent = {.pin = fake_text("secret")};
    rs_status status = rs_encode_sign(&request, fake_text("cred-3"), &input, &consent);
    check_request("sign-request-pin", status, &request, 15, &decoded);
    CHECK(rs_bytes_equal(decoded.pin, fake_text("secret")));
    filled(digest, sizeof digest, 0xcc);
    filled(signature, sizeof signature, 0xdd);
    input = (rs_signature_input){RS_RSA_PSS, RS_SHA256, 32, {digest, 32}};
    status = rs_encode_verify(&request, fake_text("cred-1"), &input,
                              (rs_bytes){signature, sizeof signature});
    check_request("verify-request-pss", status, &request, 16, &decoded);
    CHECK_EQUAL(32, decoded.input.salt_length);
    CHECK_EQUAL(sizeof signature, decoded.signature.length);
}

/* ---- answers ---- */

static fake_answer encoded;

static rs_answer decode(const char *name, uint16_t verb, uint32_t id)
{
    rs_answer answer = {RS_INTERNAL, {NULL, 0}, {NULL, 0, true}};
    rs_bytes body = body_of(name);
    CHECK_EQUAL(RS_OK, rs_decode_answer(body, (rs_verb)verb, id, &answer));
    return answer;
}

static void check_encoded(void)
{
    rs_bytes frame = fake_end(&encoded);
    rs_reader reader = {vector, 4, false};
    CHECK(rs_bytes_equal(frame, (rs_bytes){vector, 4 + (size_t)rs_get_u32(&reader)}));
}

static void plain_answers(void)
{
    rs_hello hello;
    bool valid = false;
    uint64_t generation = 0;
    rs_answer answer = decode("hello-answer", RS_VERB_HELLO, 1);
    CHECK_EQUAL(RS_OK, rs_decode_hello(&answer, &hello));
    CHECK(rs_bytes_equal(hello.agent, fake_text("RemoteSigning agent 0.1.0")));
    CHECK_EQUAL(120, hello.consent_seconds);
    CHECK_EQUAL(RS_LOGIN_PIN, hello.mode);
    fake_begin(&encoded, RS_VERB_HELLO, 1, 0, "");
    fake_put_hello(&encoded.writer, "RemoteSigning agent 0.1.0", 120, RS_LOGIN_PIN);
    check_encoded();
    answer = decode("hello-answer-protected", RS_VERB_HELLO, 1);
    CHECK_EQUAL(RS_OK, rs_decode_hello(&answer, &hello));
    CHECK_EQUAL(60, hello.consent_seconds);
    CHECK_EQUAL(RS_LOGIN_PROTECTED, hello.mode);
    fake_begin(&encoded, RS_VERB_HELLO, 1, 0, "");
    fake_put_hello(&encoded.writer, "RemoteSigning agent 0.1.0", 60, RS_LOGIN_PROTECTED);
    check_encoded();
    answer = decode("login-answer", RS_VERB_LOGIN, 4);
    CHECK_EQUAL(RS_OK, rs_decode_nothing(&answer));
    fake_begin(&encoded, RS_VERB_LOGIN, 4, 0, "");
    check_encoded();
    answer = decode("logout-answer", RS_VERB_LOGOUT, 5);
    CHECK_EQUAL(RS_OK, rs_decode_nothing(&answer));
    fake_begin(&encoded, RS_VERB_LOGOUT, 5, 0, "");
    check_encoded();
    answer = decode("verify-answer", RS_VERB_VERIFY, 8);
    CHECK_EQUAL(RS_OK, rs_decode_valid(&answer, &valid));
    CHECK(valid);
    fake_begin(&encoded, RS_VERB_VERIFY, 8, 0, "");
    rs_put_u8(&encoded.writer, 1);
    check_encoded();
    answer = decode("verify-answer-invalid", RS_VERB_VERIFY, 16);
    CHECK_EQUAL(RS_OK, rs_decode_valid(&answer, &valid));
    CHECK(!valid);
    fake_begin(&encoded, RS_VERB_VERIFY, 16, 0, "");
    rs_put_u8(&encoded.writer, 0);
    check_encoded();
    answer = decode("wait-answer", RS_VERB_WAIT, 9);
    CHECK_EQUAL(RS_OK, rs_decode_generation(&answer, &generation));
    CHECK_EQUAL(8, generation);
    fake_begin(&encoded, RS_VERB_WAIT, 9, 0, "");
    rs_put_u64(&encoded.writer, 8);
    check_encoded();
}

static void check_problem(const char *name, uint16_t verb, uint32_t id, rs_status problem,
                          const char *message)
{
    rs_answer answer = decode(name, verb, id);
    CHECK_EQUAL(problem, answer.problem);
    CHECK(rs_bytes_equal(answer.message, fake_text(message)));
    fake_begin(&encoded, verb, id, (uint16_t)problem, message);
    check_encoded();
}

static void problem_answers(void)
{
    check_problem("login-answer-refused", RS_VERB_LOGIN, 4, RS_PIN_INCORRECT, "The PIN is wrong.");
    check_problem("sign-answer-declined", RS_VERB_SIGN, 6, RS_DECLINED, "The signer declined.");
    check_problem("login-answer-locked", RS_VERB_LOGIN, 12, RS_PIN_LOCKED, "The PIN is locked.");
    check_problem("sign-answer-consent", RS_VERB_SIGN, 7, RS_CONSENT_NEEDED, "Consent is needed.");
    check_problem("unknown-answer", 99, 10, RS_INVALID_REQUEST, "The verb is unknown.");
}

static void check_signature(const char *name, uint32_t id, rs_bytes expected)
{
    rs_bytes signature = {NULL, 0};
    rs_answer answer = decode(name, RS_VERB_SIGN, id);
    CHECK_EQUAL(RS_OK, rs_decode_signature(&answer, &signature));
    CHECK(rs_bytes_equal(signature, expected));
    fake_begin(&encoded, RS_VERB_SIGN, id, 0, "");
    rs_put_bytes(&encoded.writer, expected);
    check_encoded();
}

static void signature_answers(void)
{
    uint8_t rsa[256];
    uint8_t ec[132] = {0};
    filled(rsa, sizeof rsa, 0x5c);
    filled(ec + 2, 64, 0x55);
    ec[67] = 1;
    filled(ec + 68, 64, 0x66);
    check_signature("sign-answer", 6, (rs_bytes){rsa, sizeof rsa});
    check_signature("sign-answer-ec", 15, (rs_bytes){ec, sizeof ec});
}

/* Versions: the head of an answer can be read in all of them, the rest in ours. */
static void answers_of_other_versions(void)
{
    rs_answer answer;
    rs_bytes body = body_of("hello-answer-newer");
    CHECK(rs_is_other_version(body));
    CHECK_EQUAL(RS_AGENT_UNAVAILABLE, rs_decode_answer(body, RS_VERB_HELLO, 1, &answer));
    check_problem("hello-answer-version", RS_VERB_HELLO, 11, RS_INVALID_REQUEST,
                  "This agent speaks version 1 of the card protocol, not 2.");
    CHECK(!rs_is_other_version(body_of("hello-answer-version")));
    visited--; /* counted already */
}

static void list_answers(void)
{
    rs_card *card = NULL;
    rs_answer answer = decode("list-answer", RS_VERB_LIST, 2);
    CHECK_EQUAL(RS_OK, rs_decode_card(&answer, &card));
    REQUIRE(card != NULL && card->credential_count == 2);
    CHECK_EQUAL(7, card->generation);
    CHECK_EQUAL(RS_STATE_SIGNED_IN, card->state);
    CHECK(rs_bytes_equal(card->label, fake_text("Remote Signing")));
    CHECK(rs_bytes_equal(card->credentials[0].label, fake_text("Signer RSA")));
    CHECK_EQUAL(2048, card->credentials[0].key_bits);
    CHECK_EQUAL(256, rs_credential_signature_length(&card->credentials[0]));
    CHECK_EQUAL(2, card->credentials[0].certificate_count);
    CHECK(rs_bytes_equal(card->credentials[1].id, fake_text("cred-2")));
    CHECK_EQUAL(RS_KEY_EC, card->credentials[1].key_type);
    CHECK_EQUAL(64, rs_credential_signature_length(&card->credentials[1]));
    CHECK(rs_bytes_equal(card->credentials[1].certificates[0].not_after, fake_text("20291231")));
    fake_begin(&encoded, RS_VERB_LIST, 2, 0, "");
    fake_put_list(&encoded.writer, card, false);
    check_encoded();
    rs_card_release(card);
    answer = decode("list-answer-unchanged", RS_VERB_LIST, 3);
    CHECK_EQUAL(RS_OK, rs_decode_card(&answer, &card));
    CHECK_EQUAL(0, card->credential_count);
    CHECK_EQUAL(RS_STATE_SIGNED_IN | RS_STATE_LOGGED_IN, card->state);
    fake_begin(&encoded, RS_VERB_LIST, 3, 0, "");
    fake_put_list(&encoded.writer, card, true);
    check_encoded();
    rs_card_release(card);
}

static void list_answers_of_other_states(void)
{
    rs_card *card = NULL;
    rs_answer answer = decode("list-answer-signed-out", RS_VERB_LIST, 13);
    CHECK_EQUAL(RS_OK, rs_decode_card(&answer, &card));
    REQUIRE(card != NULL);
    CHECK_EQUAL(9, card->generation);
    CHECK_EQUAL(0, card->state);
    CHECK_EQUAL(0, card->credential_count);
    fake_begin(&encoded, RS_VERB_LIST, 13, 0, "");
    fake_put_list(&encoded.writer, card, false);
    check_encoded();
    rs_card_release(card);
    answer = decode("list-answer-each", RS_VERB_LIST, 14);
    CHECK_EQUAL(RS_OK, rs_decode_card(&answer, &card));
    REQUIRE(card->credential_count == 1);
    CHECK_EQUAL(RS_STATE_SIGNED_IN | RS_STATE_LOGGED_IN, card->state);
    CHECK_EQUAL(RS_PURPOSE_AUTHENTICATION, card->credentials[0].purpose);
    CHECK_EQUAL(RS_CREDENTIAL_ALWAYS_AUTHENTICATE, card->credentials[0].flags);
    CHECK_EQUAL(521, card->credentials[0].key_bits);
    CHECK_EQUAL(132, rs_credential_signature_length(&card->credentials[0]));
    CHECK(rs_bytes_equal(card->credentials[0].label, fake_text("Authentication \xc3\xa9")));
    fake_begin(&encoded, RS_VERB_LIST, 14, 0, "");
    fake_put_list(&encoded.writer, card, false);
    check_encoded();
    rs_card_release(card);
}

/* ---- what is not allowed ---- */

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

/* Cut anywhere, or longer than its fields say, a LIST answer is refused. The copies have exactly
 * the length given, so that a sanitizer sees a read beyond. */
static void list_cut_at_every_byte_is_refused(void)
{
    rs_bytes body = body_of("list-answer");
    visited--; /* counted already */
    for (size_t length = 0; length <= body.length + 1; length++) {
        uint8_t *copy = calloc(1, length == 0 ? 1 : length);
        REQUIRE(copy != NULL);
        memcpy(copy, body.data, length < body.length ? length : body.length);
        rs_status expected = length == body.length ? RS_OK : RS_AGENT_UNAVAILABLE;
        CHECK_EQUAL(expected, decode_list((rs_bytes){copy, length}));
        free(copy);
    }
}

/* Changes any single byte to extremes: never a crash, and always an answer. */
static void list_with_any_byte_changed_is_survived(void)
{
    static const uint8_t values[] = {0, 1, 0x7f, 0x80, 0xff};
    rs_bytes body = body_of("list-answer");
    visited--;
    for (size_t at = 0; at < body.length; at++) {
        for (size_t i = 0; i < sizeof values; i++) {
            uint8_t kept = vector[4 + at];
            vector[4 + at] = values[i];
            rs_status status = decode_list(body);
            CHECK(status == RS_OK || status == RS_AGENT_UNAVAILABLE ||
                  (status >= RS_INVALID_REQUEST && status <= RS_INTERNAL));
            vector[4 + at] = kept;
        }
    }
}

static void lengths_outside_the_limits_are_refused(void)
{
    static const struct {
        uint32_t length;
        rs_status expected;
    } cases[] = {{0, RS_AGENT_UNAVAILABLE},
                 {7, RS_AGENT_UNAVAILABLE},
                 {8, RS_OK},
                 {RS_ANSWER_MAX, RS_OK},
                 {RS_ANSWER_MAX + 1, RS_AGENT_UNAVAILABLE},
                 {UINT32_MAX, RS_AGENT_UNAVAILABLE}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t field[RS_LENGTH_SIZE];
        rs_writer writer = {field, sizeof field, 0, false};
        size_t length = 0;
        rs_put_u32(&writer, cases[i].length);
        CHECK_EQUAL(cases[i].expected, rs_decode_length(field, &length));
        CHECK_EQUAL(cases[i].expected == RS_OK ? cases[i].length : 0, length);
    }
}

static void answers_to_something_else_are_refused(void)
{
    rs_answer answer;
    rs_bytes body = body_of("login-answer");
    visited--;
    CHECK_EQUAL(RS_OK, rs_decode_answer(body, RS_VERB_LOGIN, 4, &answer));
    CHECK_EQUAL(RS_AGENT_UNAVAILABLE, rs_decode_answer(body, RS_VERB_LOGIN, 5, &answer));
    CHECK_EQUAL(RS_AGENT_UNAVAILABLE, rs_decode_answer(body, RS_VERB_LOGOUT, 4, &answer));
    vector[4] = 2; /* a version this shim does not speak */
    CHECK_EQUAL(RS_AGENT_UNAVAILABLE, rs_decode_answer(body, RS_VERB_LOGIN, 4, &answer));
}

static void requests_that_do_not_fit_are_refused(void)
{
    static rs_request request;
    static uint8_t big[RS_REQUEST_MAX];
    rs_signature_input input = {RS_RSA_PKCS1, RS_SHA256, 0, {big, 32}};
    rs_bytes whole = {big, sizeof big};
    CHECK_EQUAL(RS_INVALID_REQUEST, rs_encode_login(&request, (rs_bytes){big, RS_PIN_MAX + 1}));
    CHECK_EQUAL(RS_OK, rs_encode_login(&request, (rs_bytes){big, RS_PIN_MAX}));
    CHECK_EQUAL(RS_INVALID_REQUEST, rs_encode_verify(&request, fake_text("x"), &input, whole));
    rs_consent long_pin = {.pin = {big, RS_PIN_MAX + 1}};
    rs_consent long_use = {.use = {big, RS_USE_MAX + 1}};
    rs_consent longest = {.pin = {big, RS_PIN_MAX}, .use = {big, RS_USE_MAX}};
    CHECK_EQUAL(RS_INVALID_REQUEST, rs_encode_sign(&request, fake_text("x"), &input, &long_pin));
    CHECK_EQUAL(RS_INVALID_REQUEST, rs_encode_sign(&request, fake_text("x"), &input, &long_use));
    CHECK_EQUAL(RS_OK, rs_encode_sign(&request, fake_text("x"), &input, &longest));
}

static void every_vector_was_used(void)
{
    int files = 0;
    DIR *entries = opendir(folder);
    REQUIRE(entries != NULL);
    for (const struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries))
        files += strstr(entry->d_name, ".hex") != NULL;
    closedir(entries);
    CHECK(files > 0);
    CHECK_EQUAL(files, visited);
}

int main(int count, char **arguments)
{
    if (count != 2)
        return 2;
    folder = arguments[1];
    RUN(requests);
    RUN(sign_requests);
    RUN(requests_with_other_fields);
    RUN(plain_answers);
    RUN(problem_answers);
    RUN(signature_answers);
    RUN(answers_of_other_versions);
    RUN(list_answers);
    RUN(list_answers_of_other_states);
    RUN(every_vector_was_used);
    RUN(list_cut_at_every_byte_is_refused);
    RUN(list_with_any_byte_changed_is_survived);
    RUN(lengths_outside_the_limits_are_refused);
    RUN(answers_to_something_else_are_refused);
    RUN(requests_that_do_not_fit_are_refused);
    return failed_checks == 0 ? 0 : 1;
}
