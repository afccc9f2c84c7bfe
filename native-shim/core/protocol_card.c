/* Decoding the answer to LIST: the only large and nested message of the protocol. */
#include "protocol.h"

#include <stdlib.h>
#include <string.h>

static bool is_date(rs_bytes date)
{
    for (size_t i = 0; i < date.length; i++) {
        if (date.data[i] < '0' || date.data[i] > '9')
            return false;
    }
    return true;
}

static void get_certificate(rs_reader *reader, rs_certificate *certificate)
{
    certificate->value = rs_get_bytes(reader, RS_CERTIFICATE_SIZE_MAX);
    certificate->subject = rs_get_bytes(reader, RS_CERTIFICATE_SIZE_MAX);
    certificate->issuer = rs_get_bytes(reader, RS_CERTIFICATE_SIZE_MAX);
    certificate->serial = rs_get_bytes(reader, RS_TEXT_MAX);
    certificate->not_before = rs_get_raw(reader, 8);
    certificate->not_after = rs_get_raw(reader, 8);
    if (certificate->value.length == 0 || !is_date(certificate->not_before) ||
        !is_date(certificate->not_after))
        reader->failed = true;
}

/* Signature lengths and buffers are computed from these fields, so they have to agree with each
 * other. */
static bool is_key_consistent(const rs_credential *credential)
{
    size_t bytes = ((size_t)credential->key_bits + 7) / 8;
    if (bytes == 0)
        return false;
    if (credential->key_type == RS_KEY_RSA)
        return bytes <= RS_SIGNATURE_MAX && credential->a.length == bytes &&
               credential->a.data[0] != 0 && credential->b.length > 0;
    return credential->key_type == RS_KEY_EC && bytes <= RS_SIGNATURE_MAX / 2 &&
           credential->a.length > 0 && credential->b.length == 2 * bytes + 1 &&
           credential->b.data[0] == 4;
}

static void get_credential(rs_reader *reader, rs_credential *credential)
{
    credential->id = rs_get_text(reader, RS_TEXT_MAX);
    credential->label = rs_get_text(reader, RS_TEXT_MAX);
    credential->cka_id = rs_get_bytes(reader, RS_TEXT_MAX);
    credential->purpose = rs_get_u8(reader);
    credential->flags = rs_get_u8(reader);
    credential->key_type = (rs_key_type)rs_get_u8(reader);
    credential->key_bits = rs_get_u16(reader);
    credential->a = rs_get_bytes(reader, RS_SIGNATURE_MAX);
    credential->b = rs_get_bytes(reader, RS_SIGNATURE_MAX + 1);
    credential->schemes = rs_get_u8(reader);
    credential->hashes = rs_get_u8(reader);
    credential->certificate_count = rs_get_u16(reader);
    if (reader->failed || credential->id.length == 0 || !is_key_consistent(credential) ||
        credential->certificate_count == 0 || credential->certificate_count > RS_CERTIFICATES_MAX) {
        reader->failed = true;
        return;
    }
    for (size_t i = 0; i < credential->certificate_count; i++)
        get_certificate(reader, &credential->certificates[i]);
}

static rs_status get_credentials(rs_reader *reader, rs_card *card)
{
    card->credential_count = rs_get_u16(reader);
    if (reader->failed || card->credential_count > RS_CREDENTIALS_MAX)
        return RS_AGENT_UNAVAILABLE;
    card->credentials = calloc(card->credential_count + 1, sizeof *card->credentials);
    if (card->credentials == NULL)
        return RS_NO_MEMORY;
    for (size_t i = 0; i < card->credential_count && !reader->failed; i++)
        get_credential(reader, &card->credentials[i]);
    return rs_reader_done(reader) ? RS_OK : RS_AGENT_UNAVAILABLE;
}

static rs_status get_card(rs_reader *reader, rs_card *card)
{
    card->generation = rs_get_u64(reader);
    card->state = rs_get_u8(reader);
    uint8_t mode = rs_get_u8(reader);
    card->mode = (rs_login_mode)mode;
    card->label = rs_get_text(reader, RS_TEXT_MAX);
    card->serial = rs_get_text(reader, RS_TEXT_MAX);
    if (reader->failed || card->generation == 0 || mode > RS_LOGIN_AGENT)
        return RS_AGENT_UNAVAILABLE;
    return get_credentials(reader, card);
}

rs_status rs_decode_card(rs_answer *answer, rs_card **card)
{
    rs_status status = RS_NO_MEMORY;
    rs_reader reader = answer->fields;
    rs_card *result = calloc(1, sizeof *result);
    if (result == NULL)
        goto done;
    atomic_init(&result->references, 1);
    result->storage = malloc(reader.length + 1);
    if (result->storage == NULL)
        goto done;
    if (reader.length > 0)
        memcpy(result->storage, reader.data, reader.length);
    reader.data = result->storage;
    status = get_card(&reader, result);
done:
    if (status == RS_OK)
        *card = result;
    else
        rs_card_release(result);
    return status;
}
