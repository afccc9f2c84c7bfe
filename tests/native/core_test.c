/* The parts of core that need no agent. */
#include "common_name.h"
#include "digest_info.h"
#include "handles.h"
#include "hash.h"
#include "log.h"
#include "random.h"
#include "test.h"
#include "utc.h"

#include <stdlib.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const uint8_t sha256_prefix[] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                        0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};

static size_t from_hex(const char *hex, uint8_t *bytes)
{
    size_t length = strlen(hex) / 2;
    for (size_t i = 0; i < length; i++) {
        char pair[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        bytes[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return length;
}

static void digest_info_is_taken_apart(void)
{
    static const struct {
        const char *prefix;
        rs_hash_algorithm hash;
        size_t length;
    } cases[] = {
        {"3021300906052b0e03021a05000414", RS_SHA1, 20},
        {"302d300d06096086480165030402040500041c", RS_SHA224, 28},
        {"3031300d060960864801650304020105000420", RS_SHA256, 32},
        {"3041300d060960864801650304020205000430", RS_SHA384, 48},
        {"3051300d060960864801650304020305000440", RS_SHA512, 64},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t info[128] = {0};
        rs_hash_algorithm hash = RS_SHA1;
        rs_bytes digest = {NULL, 0};
        size_t prefix = from_hex(cases[i].prefix, info);
        rs_bytes whole = {info, prefix + cases[i].length};
        CHECK_EQUAL(RS_OK, rs_digest_info_parse(whole, &hash, &digest));
        CHECK_EQUAL(cases[i].hash, hash);
        CHECK_EQUAL(cases[i].length, digest.length);
        CHECK(digest.data == info + prefix);
    }
}

static void digest_info_that_differs_anywhere_is_refused(void)
{
    uint8_t info[sizeof sha256_prefix + 32];
    rs_hash_algorithm hash;
    rs_bytes digest;
    memset(info, 0xab, sizeof info);
    memcpy(info, sha256_prefix, sizeof sha256_prefix);
    for (size_t bit = 0; bit < 8 * sizeof sha256_prefix; bit++) {
        info[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        CHECK_EQUAL(RS_DATA_INVALID,
                    rs_digest_info_parse((rs_bytes){info, sizeof info}, &hash, &digest));
        info[bit / 8] ^= (uint8_t)(1U << (bit % 8));
    }
    for (size_t length = 0; length < sizeof info; length++)
        CHECK_EQUAL(RS_DATA_INVALID,
                    rs_digest_info_parse((rs_bytes){info, length}, &hash, &digest));
    uint8_t longer[sizeof info + 1] = {0};
    memcpy(longer, info, sizeof info);
    CHECK_EQUAL(RS_DATA_INVALID,
                rs_digest_info_parse((rs_bytes){longer, sizeof longer}, &hash, &digest));
}

/* Without the NULL a remote key would sign something else than was asked for; MD5 and the bare
 * MD5-SHA1 of old TLS are no hashes of this token. */
static void digest_info_of_other_kinds_is_refused(void)
{
    static const char *const others[] = {
        ("302f300b0609608648016503040201042000000000000000000000000000000000"
         "00000000000000000000000000000000"),
        "3020300c06082a864886f70d02050500041000000000000000000000000000000000",
        "000000000000000000000000000000000000000000000000000000000000000000000000",
        "",
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        uint8_t info[128];
        rs_hash_algorithm hash;
        rs_bytes digest;
        rs_bytes whole = {info, from_hex(others[i], info)};
        CHECK_EQUAL(RS_DATA_INVALID, rs_digest_info_parse(whole, &hash, &digest));
    }
}

/* FIPS 180-4 examples: "abc" and a million times "a", the latter in uneven parts. */
static void hashes_have_their_known_answers(void)
{
    static const struct {
        rs_hash_algorithm algorithm;
        const char *abc;
        const char *million;
    } cases[] = {
        {RS_SHA1, "a9993e364706816aba3e25717850c26c9cd0d89d",
         "34aa973cd4c4daa4f61eeb2bdbad27316534016f"},
        {RS_SHA224, "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7",
         "20794655980c91d8bbb4c1ea97618a4bf03f42581948b2ee4ee7ad67"},
        {RS_SHA256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
         "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
        {RS_SHA384,
         "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca13"
         "4c825a7",
         "9d0e1809716474cb086e834e310a4a1ced149e9c00f248527972cec5704c2a5b07b8b3dc38ecc4ebae97ddd87"
         "f3d8985"},
        {RS_SHA512,
         "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a"
         "3feebbd"
         "454d4423643ce80e2a9ac94fa54ca49f",
         "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973ebde0ff244877ea60a4cb0432ce"
         "577c31b"
         "eb009c5c2c49aa2e4eadb217ad8cc09b"},
    };
    static uint8_t million[1000000];
    memset(million, 'a', sizeof million);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t expected[RS_DIGEST_MAX];
        uint8_t digest[RS_DIGEST_MAX];
        rs_hash *hash = NULL;
        size_t length = from_hex(cases[i].abc, expected);
        CHECK_EQUAL(length, rs_digest_length(cases[i].algorithm));
        REQUIRE(rs_hash_create(cases[i].algorithm, &hash) == RS_OK);
        CHECK_EQUAL(RS_OK, rs_hash_update(hash, (rs_bytes){(const uint8_t *)"abc", 3}));
        CHECK_EQUAL(RS_OK, rs_hash_finish(hash, digest));
        CHECK(memcmp(expected, digest, length) == 0);
        rs_hash_free(hash);
        REQUIRE(rs_hash_create(cases[i].algorithm, &hash) == RS_OK);
        for (size_t at = 0, part = 1; at < sizeof million; at += part, part = part * 3 + 1) {
            size_t left = sizeof million - at;
            CHECK_EQUAL(RS_OK,
                        rs_hash_update(hash, (rs_bytes){million + at, part < left ? part : left}));
        }
        CHECK_EQUAL(RS_OK, rs_hash_finish(hash, digest));
        (void)from_hex(cases[i].million, expected);
        CHECK(memcmp(expected, digest, length) == 0);
        rs_hash_free(hash);
    }
}

static void handles_find_what_was_added(void)
{
    enum { MANY = 3000 };
    static int items[MANY];
    static uint32_t given[MANY];
    rs_handles *handles = NULL;
    void *item = NULL;
    REQUIRE(rs_handles_create(RS_UNKNOWN_SESSION, MANY, &handles) == RS_OK);
    for (int i = 0; i < MANY; i++) {
        CHECK_EQUAL(RS_OK, rs_handles_add(handles, &items[i], &given[i]));
        CHECK(given[i] != 0);
    }
    uint32_t more = 0;
    CHECK_EQUAL(RS_SESSION_LIMIT, rs_handles_add(handles, &items[0], &more));
    CHECK_EQUAL(MANY, rs_handles_count(handles));
    for (int i = 0; i < MANY; i += 2) {
        CHECK_EQUAL(RS_OK, rs_handles_remove(handles, given[i], &item));
        CHECK(item == &items[i]);
    }
    for (int i = 0; i < MANY; i++) {
        item = NULL;
        CHECK_EQUAL(i % 2 == 0 ? RS_UNKNOWN_SESSION : RS_OK,
                    rs_handles_find(handles, given[i], &item));
        CHECK(item == (i % 2 == 0 ? NULL : (void *)&items[i]));
    }
    CHECK_EQUAL(RS_UNKNOWN_SESSION, rs_handles_find(handles, 0, &item));
    CHECK_EQUAL(RS_UNKNOWN_SESSION, rs_handles_find(handles, (1UL << 32) | given[1], &item));
    size_t left = 0;
    while (rs_handles_take_any(handles) != NULL)
        left++;
    CHECK_EQUAL(MANY / 2, left);
    CHECK_EQUAL(0, rs_handles_count(handles));
    rs_handles_free(handles);
}

static void common_names_are_found(void)
{
    static const struct {
        const char *name;
        const char *expected;
    } cases[] = {
        /* C=XX, CN=Test CA */
        {"301f310b3009060355040613025858311030 0e06035504030c0754657374204341", "Test CA"},
        {"300d310b3009060355040613025858", ""},
        /* A PrintableString and an IA5String are UTF-8 too; a BMPString and a TeletexString are not
         */
        {"300d310b3009060355040313024341", "CA"},
        {"300d310b3009060355040316024341", "CA"},
        {"300f310d300b06035504031e0400430041", ""},
        {"300d310b30090603550403140243fc", ""},
        /* The same with another, which can be told, behind it. */
        {"301c310d300b06035504031e0400430041310b300906035504030c024341", "CA"},
        {"3000", ""},
        {"", ""},
        {"30ff", ""},
        {"301230103 10e06035504030c0754657374204341", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char hex[256];
        uint8_t bytes[128];
        size_t digits = 0;
        for (const char *at = cases[i].name; *at != '\0'; at++) {
            if (*at != ' ')
                hex[digits++] = *at;
        }
        hex[digits] = '\0';
        rs_bytes name = {bytes, from_hex(hex, bytes)};
        rs_bytes found = rs_common_name(name);
        CHECK(rs_bytes_equal(
            found, (rs_bytes){(const uint8_t *)cases[i].expected, strlen(cases[i].expected)}));
        for (size_t length = 0; length < name.length;
             length++) { /* cut anywhere: nothing, never a read beyond */
            uint8_t *copy = calloc(1, length + (length == 0));
            REQUIRE(copy != NULL);
            memcpy(copy, bytes, length);
            CHECK_EQUAL(0, rs_common_name((rs_bytes){copy, length}).length);
            free(copy);
        }
    }
}

static void random_bytes_differ(void)
{
    uint8_t first[64] = {0};
    uint8_t second[64] = {0};
    CHECK_EQUAL(RS_OK, rs_random(first, sizeof first));
    CHECK_EQUAL(RS_OK, rs_random(second, sizeof second));
    CHECK(memcmp(first, second, sizeof first) != 0);
}

static void known_points_in_time_are_written(void)
{
    static const struct {
        uint64_t seconds;
        const char *text;
    } cases[] = {
        {0, "1970-01-01T00:00:00Z"},
        {68169599, "1972-02-28T23:59:59Z"},
        {68169600, "1972-02-29T00:00:00Z"},
        {951782400, "2000-02-29T00:00:00Z"},
        {951868800, "2000-03-01T00:00:00Z"},
        {1234567890, "2009-02-13T23:31:30Z"},
        {1735689599, "2024-12-31T23:59:59Z"},
        {2147483648, "2038-01-19T03:14:08Z"},
        {4107542399, "2100-02-28T23:59:59Z"},
        {4107542400, "2100-03-01T00:00:00Z"},
        {253402300799, "9999-12-31T23:59:59Z"},
        {253402300800, "9999-12-31T23:59:59Z"},
        {UINT64_MAX, "9999-12-31T23:59:59Z"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[RS_UTC_SIZE];
        CHECK(strcmp(cases[i].text, rs_utc(cases[i].seconds, text)) == 0);
    }
}

/* Every day of two eras of the calendar, as the C library has it. */
static void days_are_those_of_the_c_library(void)
{
    enum { DAYS = 2 * 146097, STEP = 86399 };
    for (time_t day = 0; day < DAYS; day++) {
        char text[RS_UTC_SIZE];
        char expected[64];
        struct tm parts;
        time_t seconds = day * 86400 + day % STEP;
        REQUIRE(gmtime_r(&seconds, &parts) != NULL);
        REQUIRE(strftime(expected, sizeof expected, "%Y-%m-%dT%H:%M:%SZ", &parts) != 0);
        REQUIRE(strcmp(expected, rs_utc((uint64_t)seconds, text)) == 0);
    }
}

static void log_lines_go_to_the_file_named(void)
{
    char path[] = "/tmp/remote-signing-log-XXXXXX";
    char printable[RS_PRINTABLE_SIZE];
    char line[512] = "";
    struct stat status;
    int fd = mkstemp(path);
    REQUIRE(fd >= 0);
    close(fd);
    unlink(path);
    setenv("REMOTESIGNING_LOG", path, 1);
    rs_log("%s", rs_printable((rs_bytes){(const uint8_t *)"a\nforged\x1b[2J", 12}, printable));
    unsetenv("REMOTESIGNING_LOG");
    REQUIRE(stat(path, &status) == 0);
    CHECK_EQUAL(0600, status.st_mode & 0777);
    FILE *file = fopen(path, "r");
    REQUIRE(file != NULL);
    CHECK(fgets(line, sizeof line, file) != NULL);
    CHECK(strstr(line, "]: a?forged?[2J\n") != NULL);
    CHECK(fgets(line, sizeof line, file) == NULL);
    fclose(file);
    unlink(path);
}

/* The reader of standard error may have gone; that must not end the program. */
static void a_log_that_nobody_reads_harms_nobody(void)
{
    int ends[2];
    sigset_t waiting;
    int saved = dup(STDERR_FILENO);
    REQUIRE(saved >= 0 && pipe(ends) == 0);
    REQUIRE(dup2(ends[1], STDERR_FILENO) == STDERR_FILENO);
    close(ends[0]);
    close(ends[1]);
    setenv("REMOTESIGNING_LOG", "stderr", 1);
    rs_log("nobody reads this");
    unsetenv("REMOTESIGNING_LOG");
    REQUIRE(dup2(saved, STDERR_FILENO) == STDERR_FILENO);
    close(saved);
    CHECK_EQUAL(0, sigpending(&waiting));
    CHECK_EQUAL(0, sigismember(&waiting, SIGPIPE));
    CHECK_EQUAL(0, pthread_sigmask(SIG_SETMASK, NULL, &waiting));
    CHECK_EQUAL(0, sigismember(&waiting, SIGPIPE));
}

int main(void)
{
    RUN(digest_info_is_taken_apart);
    RUN(digest_info_that_differs_anywhere_is_refused);
    RUN(digest_info_of_other_kinds_is_refused);
    RUN(hashes_have_their_known_answers);
    RUN(handles_find_what_was_added);
    RUN(common_names_are_found);
    RUN(random_bytes_differ);
    RUN(known_points_in_time_are_written);
    RUN(days_are_those_of_the_c_library);
    RUN(log_lines_go_to_the_file_named);
    RUN(a_log_that_nobody_reads_harms_nobody);
    return failed_checks == 0 ? 0 : 1;
}
