#include "public_key.h"

#include "der.h"

static const uint8_t rsa_algorithm[] = {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                        0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};
static const uint8_t ec_algorithm[] = {0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};

/* DER numbers are as short as can be, and have a sign. */
static rs_bytes without_zeros(rs_bytes number)
{
    while (number.length > 1 && number.data[0] == 0)
        number = (rs_bytes){number.data + 1, number.length - 1};
    return number;
}

static size_t integer_content(rs_bytes number)
{
    return number.length + (number.data[0] >= 0x80 ? 1 : 0);
}

static void put_integer(rs_writer *writer, rs_bytes number)
{
    rs_der_put_header(writer, RS_DER_INTEGER, integer_content(number));
    if (number.data[0] >= 0x80)
        rs_put_u8(writer, 0);
    rs_put_raw(writer, number.data, number.length);
}

static void put_bit_string_header(rs_writer *writer, size_t content)
{
    rs_der_put_header(writer, RS_DER_BIT_STRING, 1 + content);
    rs_put_u8(writer, 0); /* unused bits */
}

static void put_rsa(rs_writer *writer, const rs_credential *credential)
{
    rs_bytes modulus = without_zeros(credential->a);
    rs_bytes exponent = without_zeros(credential->b);
    size_t numbers = rs_der_size(integer_content(modulus)) + rs_der_size(integer_content(exponent));
    size_t key = rs_der_size(numbers);
    rs_der_put_header(writer, RS_DER_SEQUENCE, sizeof rsa_algorithm + rs_der_size(1 + key));
    rs_put_raw(writer, rsa_algorithm, sizeof rsa_algorithm);
    put_bit_string_header(writer, key);
    rs_der_put_header(writer, RS_DER_SEQUENCE, numbers);
    put_integer(writer, modulus);
    put_integer(writer, exponent);
}

static void put_ec(rs_writer *writer, const rs_credential *credential)
{
    rs_bytes curve = credential->a;
    rs_bytes point = credential->b;
    size_t algorithm = sizeof ec_algorithm + curve.length;
    rs_der_put_header(writer, RS_DER_SEQUENCE,
                      rs_der_size(algorithm) + rs_der_size(1 + point.length));
    rs_der_put_header(writer, RS_DER_SEQUENCE, algorithm);
    rs_put_raw(writer, ec_algorithm, sizeof ec_algorithm);
    rs_put_raw(writer, curve.data, curve.length);
    put_bit_string_header(writer, point.length);
    rs_put_raw(writer, point.data, point.length);
}

void rs_put_public_key_info(rs_writer *writer, const rs_credential *credential)
{
    if (credential->key_type == RS_KEY_RSA)
        put_rsa(writer, credential);
    else
        put_ec(writer, credential);
}

/* Certificate, TBSCertificate: version (may be missing), serialNumber, signature, issuer, validity,
 * subject, subjectPublicKeyInfo. */
rs_bytes rs_certificate_key_info(rs_bytes certificate)
{
    rs_bytes content = {NULL, 0};
    rs_bytes none = {NULL, 0};
    rs_reader outer = rs_der_reader(certificate);
    if (rs_der_get(&outer, &content) != RS_DER_SEQUENCE || outer.failed)
        return none;
    rs_reader body = rs_der_reader(content);
    if (rs_der_get(&body, &content) != RS_DER_SEQUENCE || body.failed)
        return none;
    rs_reader fields = rs_der_reader(content);
    bool has_version = fields.length > 0 && fields.data[0] == RS_DER_CONTEXT_0;
    for (int before = has_version ? 6 : 5; before > 0; before--)
        (void)rs_der_get(&fields, &content);
    const uint8_t *start = fields.data;
    if (rs_der_get(&fields, &content) != RS_DER_SEQUENCE || fields.failed)
        return none;
    return (rs_bytes){start, (size_t)(fields.data - start)};
}

rs_bytes rs_public_key_bits(rs_bytes info)
{
    rs_bytes content = {NULL, 0};
    rs_bytes none = {NULL, 0};
    rs_reader outer = rs_der_reader(info);
    if (rs_der_get(&outer, &content) != RS_DER_SEQUENCE || outer.failed)
        return none;
    rs_reader fields = rs_der_reader(content);
    (void)rs_der_get(&fields, &content);
    if (rs_der_get(&fields, &content) != RS_DER_BIT_STRING || fields.failed || content.length < 2 ||
        content.data[0] != 0)
        return none;
    return (rs_bytes){content.data + 1, content.length - 1};
}
