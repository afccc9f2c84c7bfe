/* The provider in this process: one agent connection, and what the program has open: providers,
 * keys, buffers. */
#ifndef KSP_PROVIDER_H
#define KSP_PROVIDER_H

#include "agent_call.h"
#include "name.h"
#include "ncrypt_provider.h"

enum { KSP_HANDLES_MAX = 16384, KSP_TEXT_MAX = 260 };

/* What a program may set on a provider, for all keys opened from it afterwards, or on a key. */
typedef struct ksp_settings {
    uint64_t window;                   /* owner of the agent's prompt; 0 = none */
    wchar_t use_context[KSP_TEXT_MAX]; /* what the program says the key is used for */
} ksp_settings;

typedef struct ksp_key {
    rs_card *card; /* what `credential` points into */
    const rs_credential *credential;
    wchar_t name[KSP_TEXT_MAX];
    ksp_settings settings;
} ksp_key;

/* What all handles of a process share. The agent is one, so a login is one of the process. */
typedef struct ksp_module ksp_module;

rs_agent *ksp_agent(ksp_module *module);

/* Every function but OpenProvider and FreeBuffer runs between these two. RS_UNKNOWN_HANDLE: it is
 * no provider of ours. */
RS_MUST_CHECK rs_status ksp_enter(NCRYPT_PROV_HANDLE provider, ksp_module **module);
void ksp_leave(ksp_module *module);

/* Functions on a key run between these. The key is a copy, as it was at the call's begin. */
RS_MUST_CHECK rs_status ksp_enter_key(NCRYPT_PROV_HANDLE provider, NCRYPT_KEY_HANDLE handle,
                                      ksp_module **module, ksp_key *key);
void ksp_leave_key(ksp_module *module, ksp_key *key);

RS_MUST_CHECK rs_status ksp_open_provider(NCRYPT_PROV_HANDLE *handle);
RS_MUST_CHECK rs_status ksp_free_provider(NCRYPT_PROV_HANDLE handle);
/* RS_UNKNOWN_KEY: the card has no key of that name. */
RS_MUST_CHECK rs_status ksp_open_key(ksp_module *module, NCRYPT_PROV_HANDLE provider,
                                     const wchar_t *name, NCRYPT_KEY_HANDLE *handle);
RS_MUST_CHECK rs_status ksp_free_key(NCRYPT_KEY_HANDLE handle);

/* The settings behind a handle of either kind. */
RS_MUST_CHECK rs_status ksp_get_settings(ksp_module *module, ULONG_PTR handle,
                                         ksp_settings *settings);
RS_MUST_CHECK rs_status ksp_set_settings(ksp_module *module, ULONG_PTR handle,
                                         const ksp_settings *settings);

/* The card as it is now, to be released. RS_AGENT_UNAVAILABLE: nobody is signed in. */
RS_MUST_CHECK rs_status ksp_read_card(ksp_module *module, rs_card **card);

#endif
