#include "provider.h"

#include "handles.h"
#include "key_name.h"
#include "lock.h"
#include "log.h"

#include <stdlib.h>
#include <wchar.h>

typedef enum item_kind { KSP_PROVIDER, KSP_KEY } item_kind;

typedef struct item {
    item_kind kind;
    ksp_settings settings;
    ksp_key key; /* of a key; its own settings are those above */
} item;

struct ksp_module {
    rs_agent *agent;
    rs_lock lock;        /* guards the handles and what they stand for */
    rs_handles *handles; /* of items */
    unsigned users;      /* handles, and calls under way; guarded by `guard` */
};

/* The only state of the DLL: made by the first provider, ended with the last handle. */
static rs_lock guard = RS_LOCK_INITIAL;
static ksp_module *current;

rs_agent *ksp_agent(ksp_module *module)
{
    return module->agent;
}

static void destroy(ksp_module *module)
{
    rs_handles_free(module->handles);
    rs_agent_free(module->agent);
    rs_lock_destroy(&module->lock);
    free(module);
}

static rs_status create(ksp_module **module)
{
    ksp_module *created = calloc(1, sizeof *created);
    if (created == NULL)
        return RS_NO_MEMORY;
    rs_lock_init(&created->lock);
    rs_status status = rs_handles_create(RS_UNKNOWN_HANDLE, KSP_HANDLES_MAX, &created->handles);
    if (status == RS_OK)
        status = rs_agent_create(&created->agent);
    if (status == RS_OK)
        *module = created;
    else
        destroy(created);
    return status;
}

/* One more user of the module. RS_UNKNOWN_HANDLE: there is none, and it is not to be made. */
static rs_status take(bool make, ksp_module **module)
{
    rs_status status = RS_OK;
    rs_lock_take(&guard);
    if (current == NULL)
        status = make ? create(&current) : RS_UNKNOWN_HANDLE;
    if (status == RS_OK) {
        current->users++;
        *module = current;
    }
    rs_lock_leave(&guard);
    return status;
}

void ksp_leave(ksp_module *module)
{
    rs_lock_take(&guard);
    bool last = --module->users == 0;
    if (last)
        current = NULL;
    rs_lock_leave(&guard);
    if (last)
        destroy(module);
}

/* With the module's lock held. */
static rs_status find(const ksp_module *module, ULONG_PTR handle, item_kind kind, item **found)
{
    void *any = NULL;
    /* Handles have 32 bits; a larger number is none of them. */
    if (handle > UINT32_MAX ||
        rs_handles_find(module->handles, (unsigned long)handle, &any) != RS_OK)
        return RS_UNKNOWN_HANDLE;
    item *it = any;
    if (it->kind != kind)
        return RS_UNKNOWN_HANDLE;
    *found = it;
    return RS_OK;
}

rs_status ksp_enter(NCRYPT_PROV_HANDLE provider, ksp_module **module)
{
    ksp_module *taken = NULL;
    item *found = NULL;
    rs_status status = take(false, &taken);
    if (status != RS_OK)
        return status;
    rs_lock_take(&taken->lock);
    status = find(taken, provider, KSP_PROVIDER, &found);
    rs_lock_leave(&taken->lock);
    if (status == RS_OK)
        *module = taken;
    else
        ksp_leave(taken);
    return status;
}

rs_status ksp_enter_key(NCRYPT_PROV_HANDLE provider, NCRYPT_KEY_HANDLE handle, ksp_module **module,
                        ksp_key *key)
{
    item *found = NULL;
    rs_status status = ksp_enter(provider, module);
    if (status != RS_OK)
        return status;
    rs_lock_take(&(*module)->lock);
    status = find(*module, handle, KSP_KEY, &found);
    if (status == RS_OK) {
        *key = found->key;
        key->settings = found->settings;
        key->card = rs_card_share(found->key.card);
    }
    rs_lock_leave(&(*module)->lock);
    if (status != RS_OK)
        ksp_leave(*module);
    return status;
}

void ksp_leave_key(ksp_module *module, ksp_key *key)
{
    rs_card_release(key->card);
    ksp_leave(module);
}

static void item_free(item *it)
{
    if (it == NULL)
        return;
    rs_card_release(it->key.card);
    free(it);
}

/* Takes the item over, whatever comes of it; a handle counts as a user of the module. */
static rs_status add(item *it, ULONG_PTR *handle)
{
    ksp_module *module = NULL;
    uint32_t number = 0;
    rs_status status = take(it->kind == KSP_PROVIDER, &module);
    if (status == RS_OK) {
        rs_lock_take(&module->lock);
        status = rs_handles_add(module->handles, it, &number);
        rs_lock_leave(&module->lock);
        if (status != RS_OK)
            ksp_leave(module);
    }
    if (status == RS_OK)
        *handle = number;
    else
        item_free(it);
    return status;
}

static rs_status drop(ULONG_PTR handle, item_kind kind)
{
    ksp_module *module = NULL;
    item *found = NULL;
    void *removed = NULL;
    rs_status status = take(false, &module);
    if (status != RS_OK)
        return status;
    rs_lock_take(&module->lock);
    status = find(module, handle, kind, &found);
    if (status == RS_OK)
        status = rs_handles_remove(module->handles, (unsigned long)handle, &removed);
    rs_lock_leave(&module->lock);
    if (status == RS_OK) {
        item_free(removed);
        ksp_leave(module); /* as the handle's own */
    }
    ksp_leave(module);
    return status;
}

rs_status ksp_open_provider(NCRYPT_PROV_HANDLE *handle)
{
    item *it = calloc(1, sizeof *it);
    if (it == NULL)
        return RS_NO_MEMORY;
    it->kind = KSP_PROVIDER;
    return add(it, handle);
}

rs_status ksp_free_provider(NCRYPT_PROV_HANDLE handle)
{
    return drop(handle, KSP_PROVIDER);
}

rs_status ksp_read_card(ksp_module *module, rs_card **card)
{
    rs_listing listing = {.card = NULL};
    rs_status status = rs_agent_list(module->agent, 0, &listing);
    if (status != RS_OK)
        return status;
    if ((listing.state & RS_STATE_SIGNED_IN) == 0) {
        rs_card_release(listing.card);
        return RS_AGENT_UNAVAILABLE;
    }
    *card = listing.card;
    return RS_OK;
}

rs_status ksp_open_key(ksp_module *module, NCRYPT_PROV_HANDLE provider, const wchar_t *name,
                       NCRYPT_KEY_HANDLE *handle)
{
    rs_card *card = NULL;
    item *it = calloc(1, sizeof *it);
    if (it == NULL)
        return RS_NO_MEMORY;
    it->kind = KSP_KEY;
    rs_status status = ksp_read_card(module, &card);
    it->key.card = card;
    if (status == RS_OK)
        status = ksp_find_by_name(card, name, &it->key.credential);
    if (status == RS_OK)
        status = ksp_name_of(it->key.credential, it->key.name);
    if (status == RS_OK)
        status = ksp_get_settings(module, provider, &it->settings);
    if (status == RS_OK)
        return add(it, handle);
    item_free(it);
    return status;
}

rs_status ksp_free_key(NCRYPT_KEY_HANDLE handle)
{
    return drop(handle, KSP_KEY);
}

static rs_status with_settings(ksp_module *module, ULONG_PTR handle, ksp_settings *to,
                               const ksp_settings *from)
{
    item *found = NULL;
    rs_lock_take(&module->lock);
    rs_status status = find(module, handle, KSP_PROVIDER, &found);
    if (status != RS_OK)
        status = find(module, handle, KSP_KEY, &found);
    if (status == RS_OK && to != NULL)
        *to = found->settings;
    if (status == RS_OK && from != NULL)
        found->settings = *from;
    rs_lock_leave(&module->lock);
    return status;
}

rs_status ksp_get_settings(ksp_module *module, ULONG_PTR handle, ksp_settings *settings)
{
    return with_settings(module, handle, settings, NULL);
}

rs_status ksp_set_settings(ksp_module *module, ULONG_PTR handle, const ksp_settings *settings)
{
    return with_settings(module, handle, NULL, settings);
}
