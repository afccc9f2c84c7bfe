#include "object.h"

#include "hash.h"
#include "public_key.h"
#include "random.h"

#include <stdlib.h>
#include <string.h>

static bool is_same(const p11_object *left, const p11_object *right)
{
    return memcmp(left->unique_id, right->unique_id, P11_UNIQUE_ID_SIZE) == 0;
}

const p11_object *p11_objects_find(const p11_objects *objects, CK_OBJECT_HANDLE handle)
{
    for (size_t i = 0; objects != NULL && i < objects->count; i++) {
        if (objects->items[i].handle == handle)
            return &objects->items[i];
    }
    return NULL;
}

static rs_status assign_handle(p11_objects *objects, p11_object *object, const p11_objects *old)
{
    uint32_t drawn = 0;
    for (size_t i = 0; old != NULL && i < old->count; i++) {
        if (is_same(&old->items[i], object)) {
            object->handle = old->items[i].handle;
            return RS_OK;
        }
    }
    do {
        rs_status status = rs_random(&drawn, sizeof drawn);
        if (status != RS_OK)
            return status;
    } while (drawn == 0 || p11_objects_find(objects, drawn) != NULL ||
             p11_objects_find(old, drawn) != NULL);
    object->handle = drawn;
    return RS_OK;
}

static rs_status digest(rs_hash_algorithm algorithm, rs_bytes data, uint8_t *result, size_t length)
{
    uint8_t whole[RS_DIGEST_MAX];
    rs_hash *hash = NULL;
    rs_status status = rs_hash_create(algorithm, &hash);
    if (status == RS_OK)
        status = rs_hash_update(hash, data);
    if (status == RS_OK)
        status = rs_hash_finish(hash, whole);
    if (status == RS_OK)
        memcpy(result, whole, length);
    rs_hash_free(hash);
    return status;
}

/* The same in every program and after every restart, as long as the object stays what it is. */
static rs_status set_unique_id(p11_object *object)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t whole[RS_DIGEST_MAX];
    uint8_t class = (uint8_t)object->class;
    rs_hash *hash = NULL;
    rs_status status = rs_hash_create(RS_SHA256, &hash);
    if (status == RS_OK)
        status = rs_hash_update(hash, (rs_bytes){&class, sizeof class});
    if (status == RS_OK && !object->is_issuer && object->class != CKO_PROFILE)
        status = rs_hash_update(hash, object->credential->id);
    if (status == RS_OK && object->class == CKO_CERTIFICATE)
        status = rs_hash_update(hash, object->certificate->value);
    if (status == RS_OK)
        status = rs_hash_finish(hash, whole);
    for (size_t i = 0; status == RS_OK && i < P11_UNIQUE_ID_SIZE; i++)
        object->unique_id[i] = digits[whole[i / 2] >> (i % 2 == 0 ? 4 : 0) & 0xf];
    rs_hash_free(hash);
    return status;
}

static rs_status hash_key(rs_bytes info, p11_key_hash *hash)
{
    rs_bytes key = rs_public_key_bits(info);
    hash->length = key.length == 0 ? 0 : P11_KEY_HASH_SIZE;
    return key.length == 0 ? RS_OK : digest(RS_SHA1, key, hash->bytes, P11_KEY_HASH_SIZE);
}

/* The certificate in the same chain that certifies the key which signed this one. */
static const rs_certificate *issuer_of(const p11_object *object)
{
    for (size_t i = 0; i < object->credential->certificate_count; i++) {
        const rs_certificate *each = &object->credential->certificates[i];
        if (rs_bytes_equal(each->subject, object->certificate->issuer))
            return each;
    }
    return NULL;
}

static rs_status describe_certificate(p11_object *object)
{
    rs_bytes value = object->certificate->value;
    const rs_certificate *issuer = issuer_of(object);
    rs_status status = digest(RS_SHA1, value, object->check_value, P11_CHECK_SIZE);
    if (status == RS_OK)
        status = digest(RS_SHA256, value, object->issuer_id, P11_ID_SIZE);
    if (status == RS_OK)
        status = hash_key(rs_certificate_key_info(value), &object->subject_key_hash);
    if (status == RS_OK && issuer != NULL)
        status = hash_key(rs_certificate_key_info(issuer->value), &object->issuer_key_hash);
    return status;
}

static bool has_certificate(const p11_objects *objects, rs_bytes value)
{
    for (size_t i = 0; i < objects->count; i++) {
        if (objects->items[i].class == CKO_CERTIFICATE &&
            rs_bytes_equal(objects->items[i].certificate->value, value))
            return true;
    }
    return false;
}

static rs_status add(p11_objects *objects, const p11_objects *old, const p11_object *object)
{
    p11_object *place = &objects->items[objects->count];
    *place = *object;
    rs_status status = set_unique_id(place);
    if (status == RS_OK && object->class == CKO_CERTIFICATE)
        status = describe_certificate(place);
    if (status == RS_OK)
        status = assign_handle(objects, place, old);
    if (status == RS_OK)
        objects->count++;
    return status;
}

static rs_status add_credential(p11_objects *objects, const p11_objects *old,
                                const rs_credential *credential)
{
    p11_object object = {.class = CKO_CERTIFICATE,
                         .credential = credential,
                         .certificate = &credential->certificates[0]};
    rs_status status = add(objects, old, &object);
    object.class = CKO_PUBLIC_KEY;
    if (status == RS_OK)
        status = add(objects, old, &object);
    object.class = CKO_PRIVATE_KEY;
    object.is_private = objects->card->mode != RS_LOGIN_AGENT;
    if (status == RS_OK)
        status = add(objects, old, &object);
    return status;
}

static rs_status add_issuers(p11_objects *objects, const p11_objects *old,
                             const rs_credential *credential)
{
    rs_status status = RS_OK;
    for (size_t i = 1; status == RS_OK && i < credential->certificate_count; i++) {
        p11_object object = {.class = CKO_CERTIFICATE,
                             .credential = credential,
                             .certificate = &credential->certificates[i],
                             .is_issuer = true};
        if (!has_certificate(objects, object.certificate->value))
            status = add(objects, old, &object);
    }
    return status;
}

rs_status p11_objects_create(rs_card *card, const p11_objects *old, p11_objects **objects)
{
    size_t most = 0;
    for (size_t i = 0; i < card->credential_count; i++)
        most += 2 + card->credentials[i].certificate_count;
    p11_objects *created = calloc(1, sizeof *created + (most + 1) * sizeof created->items[0]);
    if (created == NULL)
        return RS_NO_MEMORY;
    atomic_init(&created->references, 1);
    created->card = rs_card_share(card);
    rs_status status = RS_OK;
    for (size_t i = 0; status == RS_OK && i < card->credential_count; i++)
        status = add_credential(created, old, &card->credentials[i]);
    for (size_t i = 0; status == RS_OK && i < card->credential_count; i++)
        status = add_issuers(created, old, &card->credentials[i]);
    p11_object profile = {.class = CKO_PROFILE};
    if (status == RS_OK)
        status = add(created, old, &profile);
    if (status == RS_OK)
        *objects = created;
    else
        p11_objects_release(created);
    return status;
}

p11_objects *p11_objects_share(p11_objects *objects)
{
    if (objects != NULL)
        atomic_fetch_add(&objects->references, 1);
    return objects;
}

void p11_objects_release(p11_objects *objects)
{
    if (objects == NULL || atomic_fetch_sub(&objects->references, 1) != 1)
        return;
    rs_card_release(objects->card);
    free(objects);
}
