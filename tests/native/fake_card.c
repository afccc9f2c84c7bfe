#include "fake_card.h"

#include "fake_certificate.h"
#include "fake_codec.h"

#include <string.h>

enum { MODULUS_MAX = 512, EVERY_HASH = 0x3e };

static uint8_t modulus[MODULUS_MAX] = {0xc1};
static uint8_t big_modulus[MODULUS_MAX] = {0x80};
static uint8_t point[133] = {4, 0x11, 0x22};
static const uint8_t exponent[] = {1, 0, 1};
static const uint8_t p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
static const uint8_t p384[] = {0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22};
static const uint8_t k256[] = {0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x0a};
static const uint8_t ca_name[] = {0x30, 0x12, 0x31, 0x10, 0x30, 0x0e, 0x06, 0x03, 0x55, 0x04,
                                  0x03, 0x0c, 0x07, 'T',  'e',  's',  't',  ' ',  'C',  'A'};
const rs_bytes fake_p256 = {p256, sizeof p256};
const rs_bytes fake_p384 = {p384, sizeof p384};
const rs_bytes fake_k256 = {k256, sizeof k256};

rs_certificate fake_certificate_of(const char *value, rs_bytes subject, rs_bytes issuer)
{
    return (rs_certificate){
        fake_text(value),     subject, issuer, fake_text("\x02\x01\x05"), fake_text("20260101"),
        fake_text("20291231")};
}

static rs_credential credential_of(const char *id, const char *label, const char *cka_id)
{
    rs_credential made = {.id = fake_text(id),
                          .label = fake_text(label),
                          .cka_id = fake_text(cka_id),
                          .purpose = RS_PURPOSE_SIGNATURE,
                          .hashes = EVERY_HASH,
                          .certificate_count = 1};
    made.certificates[0] = fake_certificate_of(label, fake_text("subject"), fake_text("issuer"));
    return made;
}

rs_credential fake_rsa(const char *id, const char *label, const char *cka_id, size_t size)
{
    rs_credential made = credential_of(id, label, cka_id);
    made.key_type = RS_KEY_RSA;
    made.key_bits = (uint16_t)(8 * size);
    made.a = (rs_bytes){size == MODULUS_MAX ? big_modulus : modulus, size};
    made.b = (rs_bytes){exponent, sizeof exponent};
    made.schemes = 1 << RS_RSA_PKCS1 | 1 << RS_RSA_PSS;
    return made;
}

rs_credential fake_ec(const char *id, const char *label, const char *cka_id, rs_bytes curve,
                      uint16_t bits)
{
    rs_credential made = credential_of(id, label, cka_id);
    made.key_type = RS_KEY_EC;
    made.key_bits = bits;
    made.a = curve;
    made.b = (rs_bytes){point, 2 * (((size_t)bits + 7) / 8) + 1};
    made.schemes = 1 << RS_ECDSA;
    return made;
}

const rs_card *fake_card(void)
{
    static rs_credential credentials[FAKE_CREDENTIALS];
    static rs_card card;
    rs_bytes ca = {ca_name, sizeof ca_name};
    rs_bytes root = fake_text("0\x14\x31\x12\x30\x10\x06\x03\x55\x04\x03\x0c\x09Test Root");
    if (card.credentials != NULL)
        return &card;
    credentials[0] = fake_rsa("cred-rsa", "Signer RSA", "id-of-the-rsa-keypair", 256);
    credentials[0].certificate_count = 3;
    credentials[0].certificates[0] =
        fake_certificate_of("rsa certificate", fake_text("rsa subject"), ca);
    credentials[0].certificates[1] = fake_certificate_of("", ca, root);
    credentials[0].certificates[1].value = (rs_bytes){fake_certificate, sizeof fake_certificate};
    credentials[0].certificates[2] = fake_certificate_of("", root, root);
    credentials[0].certificates[2].value = (rs_bytes){fake_root, sizeof fake_root};
    credentials[1] = fake_ec("cred-ec", "Signer EC", "id-of-the-ec-keypair", fake_p256, 256);
    credentials[1].certificate_count = 2;
    credentials[1].certificates[0] = fake_certificate_of("", fake_text("ec subject"), ca);
    credentials[1].certificates[0].value =
        (rs_bytes){fake_certificate_v1, sizeof fake_certificate_v1};
    credentials[1].certificates[1] = credentials[0].certificates[1];
    credentials[2] = fake_rsa("cred-each", "Signer each", "id-of-the-other-keypair", 512);
    credentials[2].flags = RS_CREDENTIAL_ALWAYS_AUTHENTICATE;
    credentials[2].schemes = 1 << RS_RSA_PKCS1;
    credentials[2].hashes = 1 << RS_SHA256;
    credentials[2].certificates[0] =
        fake_certificate_of("other certificate", fake_text("other subject"), ca);
    card.label = fake_text("Remote Signing");
    card.serial = fake_text("0001020304050607");
    card.credential_count = FAKE_CREDENTIALS;
    card.credentials = credentials;
    return &card;
}

const rs_credential *fake_find(const rs_card *card, rs_bytes id)
{
    for (size_t i = 0; i < card->credential_count; i++) {
        if (rs_bytes_equal(card->credentials[i].id, id))
            return &card->credentials[i];
    }
    return NULL;
}

size_t fake_sign(const rs_credential *credential, rs_bytes digest, uint8_t *signature)
{
    size_t length = rs_credential_signature_length(credential);
    for (size_t i = 0; i < length; i++)
        signature[i] = digest.data[i % digest.length];
    return length;
}
