/* SubjectPublicKeyInfo: made of the fields of a key, and found in certificates. */
#include "der.h"
#include "fake_certificate.h"
#include "public_key.h"
#include "test.h"

#include <stdlib.h>

static const rs_bytes key_info = {fake_key_info, sizeof fake_key_info};
static const rs_bytes certificates[] = {{fake_certificate, sizeof fake_certificate},
                                        {fake_certificate_v1, sizeof fake_certificate_v1}};

static void the_key_of_a_certificate_is_found(void)
{
    for (size_t i = 0; i < 2; i++)
        CHECK(rs_bytes_equal(key_info, rs_certificate_key_info(certificates[i])));
    rs_bytes bits = rs_public_key_bits(key_info);
    CHECK_EQUAL(65, bits.length);
    CHECK(bits.data == fake_key_info + sizeof fake_key_info - 65);
}

/* Each copy ends where its memory does, so that sanitizers and valgrind see a read beyond. */
static void bytes_cut_anywhere_are_nothing(void)
{
    for (size_t i = 0; i < 3; i++) {
        rs_bytes whole = i < 2 ? certificates[i] : key_info;
        for (size_t length = 0; length < whole.length; length++) {
            uint8_t *copy = malloc(length + (length == 0));
            REQUIRE(copy != NULL);
            memcpy(copy, whole.data, length);
            rs_bytes cut = {copy, length};
            CHECK_EQUAL(0, rs_certificate_key_info(cut).length);
            CHECK_EQUAL(0, rs_public_key_bits(cut).length);
            free(copy);
        }
    }
}

static bool is_within(rs_bytes inner, rs_bytes outer)
{
    return inner.length == 0 || (inner.data >= outer.data && inner.length <= outer.length &&
                                 inner.data + inner.length <= outer.data + outer.length);
}

static void changed_bytes_lead_nowhere_else(void)
{
    uint8_t copy[FAKE_CERTIFICATE_SIZE];
    rs_bytes changed = {copy, sizeof copy};
    memcpy(copy, fake_certificate, sizeof copy);
    for (size_t at = 0; at < sizeof copy; at++) {
        for (int bit = 0; bit < 8; bit++) {
            copy[at] ^= (uint8_t)(1 << bit);
            rs_bytes info = rs_certificate_key_info(changed);
            CHECK(is_within(info, changed));
            CHECK(is_within(rs_public_key_bits(info), changed));
            copy[at] ^= (uint8_t)(1 << bit);
        }
    }
}

static rs_bytes info_of(const rs_credential *key)
{
    static uint8_t info[RS_PUBLIC_KEY_INFO_MAX];
    rs_writer writer = {info, sizeof info, 0, false};
    rs_put_public_key_info(&writer, key);
    CHECK(!writer.failed);
    return (rs_bytes){info, writer.length};
}

static void an_ec_key_info_is_that_of_openssl(void)
{
    static const uint8_t p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
    const rs_credential key = {.key_type = RS_KEY_EC,
                               .key_bits = 256,
                               .a = {p256, sizeof p256},
                               .b = {fake_key_info + sizeof fake_key_info - 65, 65}};
    CHECK(rs_bytes_equal(key_info, info_of(&key)));
}

/* Reads the two numbers back, with nothing left over anywhere. */
static void check_rsa(rs_bytes info, rs_bytes modulus, rs_bytes exponent)
{
    rs_bytes numbers = {NULL, 0};
    rs_bytes found[2];
    rs_reader bits = rs_der_reader(rs_public_key_bits(info));
    CHECK_EQUAL(RS_DER_SEQUENCE, rs_der_get(&bits, &numbers));
    CHECK(rs_reader_done(&bits));
    rs_reader reader = rs_der_reader(numbers);
    for (size_t i = 0; i < 2; i++)
        CHECK_EQUAL(RS_DER_INTEGER, rs_der_get(&reader, &found[i]));
    CHECK(rs_reader_done(&reader));
    size_t sign = modulus.data[0] >= 0x80 ? 1 : 0;
    CHECK_EQUAL(modulus.length + sign, found[0].length);
    CHECK(sign == 0 || found[0].data[0] == 0);
    CHECK(memcmp(modulus.data, found[0].data + sign, modulus.length) == 0);
    CHECK(rs_bytes_equal(exponent, found[1]));
}

static void rsa_key_infos_of_all_lengths_can_be_read(void)
{
    static const uint8_t exponent[] = {0, 0, 1, 0, 1};
    static const size_t lengths[] = {100, 110, 118, 120, 128, 240, 256, 512, 2048};
    static uint8_t modulus[2048];
    for (size_t i = 0; i < 2 * (sizeof lengths / sizeof lengths[0]); i++) {
        memset(modulus, 0x5a, sizeof modulus);
        modulus[0] = i % 2 == 0 ? 0x7f : 0x80;
        const rs_credential key = {.key_type = RS_KEY_RSA,
                                   .a = {modulus, lengths[i / 2]},
                                   .b = {exponent, sizeof exponent}};
        check_rsa(info_of(&key), key.a, (rs_bytes){exponent + 2, 3});
    }
    const rs_credential largest = {
        .key_type = RS_KEY_RSA, .a = {modulus, 2048}, .b = {modulus, 2048}};
    CHECK(info_of(&largest).length > 2 * 2048);
}

int main(void)
{
    RUN(the_key_of_a_certificate_is_found);
    RUN(bytes_cut_anywhere_are_nothing);
    RUN(changed_bytes_lead_nowhere_else);
    RUN(an_ec_key_info_is_that_of_openssl);
    RUN(rsa_key_infos_of_all_lengths_can_be_read);
    return failed_checks == 0 ? 0 : 1;
}
