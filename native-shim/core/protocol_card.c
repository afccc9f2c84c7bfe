/* Decoding the answer to LIST: the only large and nested message of the protocol. A frame that
 * cannot be taken apart is refused; a credential that can be read but not used is left out, so that
 * one bad key does not take the whole card away. */
#include "log.h"
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

/* Of any length: whether it is too long for use is asked once the whole credential is read. */
static rs_bytes get_any(rs_reader *reader)
{
    return rs_get_bytes(reader, RS_ANSWER_MAX);
}

static bool is_text(rs_bytes text)
{
    return text.length <= RS_TEXT_MAX &&
           (text.length == 0 || memchr(text.data, 0, text.length) == NULL);
}

static void get_certificate(rs_reader *reader, rs_certificate *certificate)
{
    certificate->value = get_any(reader);
    certificate->subject = get_any(reader);
    certificate->issuer = get_any(reader);
    certificate->serial = get_any(reader);
    certificate->not_before = rs_get_raw(reader, 8);
    certificate->not_after = rs_get_raw(reader, 8);
}

static bool is_certificate_usable(const rs_certificate *certificate)
{
    return certificate->value.length > 0 && certificate->value.length <= RS_CERTIFICATE_SIZE_MAX &&
           certificate->subject.length <= RS_CERTIFICATE_SIZE_MAX &&
           certificate->issuer.length <= RS_CERTIFICATE_SIZE_MAX &&
           certificate->serial.length <= RS_TEXT_MAX && is_date(certificate->not_before) &&
           is_date(certificate->not_after);
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
               credential->a.data[0] != 0 && credential->b.length > 0 &&
               credential->b.length <= RS_SIGNATURE_MAX;
    return credential->key_type == RS_KEY_EC && bytes <= RS_SIGNATURE_MAX / 2 &&
           credential->a.length > 0 && credential->a.length <= RS_SIGNATURE_MAX &&
           credential->b.length == 2 * bytes + 1 && credential->b.data[0] == 4;
}

/* Reads the list to its end, however long it is. */
static bool get_certificates(rs_reader *reader, rs_credential *credential)
{
    size_t count = rs_get_u16(reader);
    bool usable = count > 0 && count <= RS_CERTIFICATES_MAX;
    credential->certificate_count = usable ? count : 0;
    for (size_t i = 0; i < count && !reader->failed; i++) {
        rs_certificate certificate;
        get_certificate(reader, &certificate);
        usable = usable && !reader->failed && is_certificate_usable(&certificate);
        if (usable)
            credential->certificates[i] = certificate;
    }
    return usable;
}

/* Why the credential cannot be used; NULL when it can, or when the reader has failed. */
static const char *get_credential(rs_reader *reader, rs_credential *credential)
{
    credential->id = get_any(reader);
    credential->label = get_any(reader);
    credential->cka_id = get_any(reader);
    credential->purpose = rs_get_u8(reader);
    credential->flags = rs_get_u8(reader);
    credential->key_type = (rs_key_type)rs_get_u8(reader);
    credential->key_bits = rs_get_u16(reader);
    credential->a = get_any(reader);
    credential->b = get_any(reader);
    credential->schemes = rs_get_u8(reader);
    credential->hashes = rs_get_u8(reader);
    bool certified = get_certificates(reader, credential);
    if (reader->failed)
        return NULL;
    if (credential->id.length == 0 || !is_text(credential->id) || !is_text(credential->label) ||
        credential->cka_id.length > RS_TEXT_MAX)
        return "its id or label is no text, or too long";
    if (!is_key_consistent(credential))
        return "its key is too large, or the fields of its key contradict each other";
    return certified ? NULL : "it has no certificate, too many, or one that is too large or wrong";
}

static void log_left_out(const rs_credential *credential, const char *fault)
{
    char id[RS_PRINTABLE_SIZE];
    rs_log("LIST: the credential \"%s\" is left out: %s", rs_printable(credential->id, id), fault);
}

static bool has_id(const rs_card *card, rs_bytes id)
{
    for (size_t i = 0; i < card->credential_count; i++) {
        if (rs_bytes_equal(card->credentials[i].id, id))
            return true;
    }
    return false;
}

static rs_status get_credentials(rs_reader *reader, rs_card *card)
{
    size_t count = rs_get_u16(reader);
    if (reader->failed || count > RS_CREDENTIALS_MAX)
        return RS_AGENT_UNAVAILABLE;
    card->credentials = calloc(count + 1, sizeof *card->credentials);
    if (card->credentials == NULL)
        return RS_NO_MEMORY;
    for (size_t i = 0; i < count && !reader->failed; i++) {
        rs_credential *place = &card->credentials[card->credential_count];
        const char *fault = get_credential(reader, place);
        if (fault == NULL && has_id(card, place->id))
            fault = "another has its id";
        if (fault == NULL)
            card->credential_count++;
        else
            log_left_out(place, fault);
    }
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
