#include "registration.h"

#include "name.h"

#include <wchar.h>

static bool failed(registration_failure *failure, registration_step step, NTSTATUS status)
{
    failure->step = step;
    failure->status = status;
    return false;
}

/* The place of a name in a list, from 1; 0 = it is not in it. CNG compares without case. */
static ULONG place_of(const wchar_t *name, ULONG count, PWSTR *names)
{
    for (ULONG i = 0; i < count; i++) {
        if (_wcsicmp(names[i], name) == 0)
            return i + 1;
    }
    return 0;
}

static bool stores_keys(const CRYPT_IMAGE_REG *image)
{
    for (ULONG i = 0; i < image->cInterfaces; i++) {
        const CRYPT_INTERFACE_REG *one = image->rgpInterfaces[i];
        if (one->dwInterface == KEY_STORAGE_INTERFACE &&
            place_of(KEY_STORAGE_FUNCTION, one->cFunctions, one->rgpszFunctions) != 0)
            return true;
    }
    return false;
}

/* What is registered under our name for key storage, to be freed; NULL = nothing that can be
 * read. */
static CRYPT_PROVIDER_REG *read_details(const cng_configuration *cng, NTSTATUS *status)
{
    CRYPT_PROVIDER_REG *details = NULL;
    ULONG length = 0;
    *status = cng->QueryProviderRegistration(KSP_NAME, CRYPT_UM, KEY_STORAGE_INTERFACE, &length,
                                             &details);
    return *status == STATUS_DONE ? details : NULL;
}

static void judge_entry(const cng_configuration *cng, registration *now)
{
    CRYPT_PROVIDER_REG *details = read_details(cng, &now->unread);
    now->entry = ENTRY_WRONG;
    if (details == NULL)
        return;
    if (details->pUM != NULL && details->pUM->pszImage != NULL) {
        (void)_snwprintf(now->image, MAX_PATH - 1, L"%ls", details->pUM->pszImage);
        if (_wcsicmp(now->image, KSP_IMAGE) == 0 && stores_keys(details->pUM))
            now->entry = ENTRY_RIGHT;
    }
    cng->FreeBuffer(details);
}

static NTSTATUS read_entry(const cng_configuration *cng, registration *now)
{
    CRYPT_PROVIDERS *all = NULL;
    ULONG length = 0;
    NTSTATUS status = cng->EnumRegisteredProviders(&length, &all);
    if (status != STATUS_DONE || all == NULL)
        return status == STATUS_NOT_THERE ? STATUS_DONE : status;
    if (place_of(KSP_NAME, all->cProviders, all->rgpszProviders) != 0)
        judge_entry(cng, now);
    cng->FreeBuffer(all);
    return STATUS_DONE;
}

static NTSTATUS read_list(const cng_configuration *cng, registration *now)
{
    CRYPT_CONTEXT_FUNCTION_PROVIDERS *list = NULL;
    ULONG length = 0;
    NTSTATUS status =
        cng->EnumContextFunctionProviders(CRYPT_LOCAL, CRYPT_DEFAULT_CONTEXT, KEY_STORAGE_INTERFACE,
                                          KEY_STORAGE_FUNCTION, &length, &list);
    if (status != STATUS_DONE || list == NULL)
        return status == STATUS_NOT_THERE ? STATUS_DONE : status;
    now->places = list->cProviders;
    now->place = place_of(KSP_NAME, list->cProviders, list->rgpszProviders);
    cng->FreeBuffer(list);
    return STATUS_DONE;
}

bool registration_read(const cng_configuration *cng, registration *now,
                       registration_failure *failure)
{
    *now = (registration){.entry = ENTRY_ABSENT};
    NTSTATUS status = read_entry(cng, now);
    if (status != STATUS_DONE)
        return failed(failure, STEP_READ_ENTRY, status);
    status = read_list(cng, now);
    return status == STATUS_DONE || failed(failure, STEP_READ_LIST, status);
}

bool registration_complete(const registration *now)
{
    return now->entry == ENTRY_RIGHT && now->place != 0;
}

bool registration_absent(const registration *now)
{
    return now->entry == ENTRY_ABSENT && now->place == 0;
}

static bool libraries_in_place(registration_failure *failure)
{
    static const unsigned kinds[] = {64, 32};
    for (size_t i = 0; i < 2; i++) {
        failure->library = library_look(KSP_IMAGE, kinds[i]);
        if (failure->library.state != LIBRARY_RIGHT && failure->library.state != LIBRARY_NEEDLESS)
            return failed(failure, STEP_LIBRARY, STATUS_DONE);
    }
    return true;
}

static NTSTATUS make_entry(const cng_configuration *cng, ULONG flags)
{
    PWSTR functions[] = {KEY_STORAGE_FUNCTION};
    CRYPT_INTERFACE_REG storage = {KEY_STORAGE_INTERFACE, CRYPT_MIN_DEPENDENCIES, 1, functions};
    CRYPT_INTERFACE_REG *interfaces[] = {&storage};
    CRYPT_IMAGE_REG image = {KSP_IMAGE, 1, interfaces};
    CRYPT_PROVIDER_REG provider = {0, NULL, &image, NULL};
    return cng->RegisterProvider(KSP_NAME, flags, &provider);
}

static NTSTATUS join_list(const cng_configuration *cng)
{
    return cng->AddContextFunctionProvider(CRYPT_LOCAL, CRYPT_DEFAULT_CONTEXT,
                                           KEY_STORAGE_INTERFACE, KEY_STORAGE_FUNCTION, KSP_NAME,
                                           CRYPT_PRIORITY_BOTTOM);
}

static NTSTATUS leave_list(const cng_configuration *cng)
{
    NTSTATUS status = cng->RemoveContextFunctionProvider(
        CRYPT_LOCAL, CRYPT_DEFAULT_CONTEXT, KEY_STORAGE_INTERFACE, KEY_STORAGE_FUNCTION, KSP_NAME);
    return status == STATUS_NOT_THERE ? STATUS_DONE : status;
}

static NTSTATUS remove_entry(const cng_configuration *cng)
{
    NTSTATUS status = cng->UnregisterProvider(KSP_NAME);
    return status == STATUS_NOT_THERE ? STATUS_DONE : status;
}

/* As it was before an installation. An entry that could not be read cannot be made again: its
 * repair stays. */
static NTSTATUS take_back(const cng_configuration *cng, const registration *before, bool joined,
                          CRYPT_PROVIDER_REG *previous)
{
    NTSTATUS left = joined ? leave_list(cng) : STATUS_DONE;
    NTSTATUS entry = STATUS_DONE;
    if (before->entry == ENTRY_ABSENT)
        entry = remove_entry(cng);
    else if (before->entry == ENTRY_WRONG && previous == NULL)
        entry = before->unread;
    else if (before->entry == ENTRY_WRONG)
        entry = cng->RegisterProvider(KSP_NAME, CRYPT_OVERWRITE, previous);
    return left != STATUS_DONE ? left : entry;
}

/* What is missing, and proof that it is there now. */
static bool complete(const cng_configuration *cng, const registration *before,
                     registration_failure *failure)
{
    registration after;
    NTSTATUS status = before->place == 0 ? join_list(cng) : STATUS_DONE;
    if (status != STATUS_DONE)
        return failed(failure, STEP_LIST, status);
    if (!registration_read(cng, &after, failure))
        return false;
    return registration_complete(&after) || failed(failure, STEP_SHOWN, STATUS_DONE);
}

bool registration_install(const cng_configuration *cng, registration *before,
                          registration_failure *failure)
{
    NTSTATUS status = STATUS_DONE;
    if (!libraries_in_place(failure) || !registration_read(cng, before, failure))
        return false;
    CRYPT_PROVIDER_REG *previous = before->entry == ENTRY_WRONG ? read_details(cng, &status) : NULL;
    if (before->entry != ENTRY_RIGHT)
        status = make_entry(cng, before->entry == ENTRY_ABSENT ? 0 : CRYPT_OVERWRITE);
    else
        status = STATUS_DONE;
    bool done = status == STATUS_DONE ? complete(cng, before, failure)
                                      : failed(failure, STEP_REGISTER, status);
    if (!done && status == STATUS_DONE)
        failure->taken_back =
            take_back(cng, before, before->place == 0 && failure->step != STEP_LIST, previous);
    if (previous != NULL)
        cng->FreeBuffer(previous);
    return done;
}

bool registration_remove(const cng_configuration *cng, registration *before,
                         registration_failure *failure)
{
    if (!registration_read(cng, before, failure))
        return false;
    /* First the list, so that no program meets a name there that leads nowhere. */
    NTSTATUS status = before->place != 0 ? leave_list(cng) : STATUS_DONE;
    if (status != STATUS_DONE)
        return failed(failure, STEP_UNLIST, status);
    status = before->entry != ENTRY_ABSENT ? remove_entry(cng) : STATUS_DONE;
    return status == STATUS_DONE || failed(failure, STEP_UNREGISTER, status);
}
