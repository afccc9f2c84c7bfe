#include "sentence.h"

#include "name.h"

#define PKCS11_IMAGE L"remotesigning-pkcs11.dll"

static const char *const functions[] = {
    [STEP_READ_ENTRY] = "BCryptEnumRegisteredProviders",
    [STEP_READ_LIST] = "BCryptEnumContextFunctionProviders",
    [STEP_REGISTER] = "BCryptRegisterProvider",
    [STEP_LIST] = "BCryptAddContextFunctionProvider",
    [STEP_UNLIST] = "BCryptRemoveContextFunctionProvider",
    [STEP_UNREGISTER] = "BCryptUnregisterProvider",
};

static const char *const attempts[] = {
    [STEP_LIBRARY] = "check the libraries",
    [STEP_READ_ENTRY] = "read which providers are registered",
    [STEP_READ_LIST] = "read the list of key storage providers",
    [STEP_REGISTER] = "register the provider",
    [STEP_LIST] = "put the provider into the list of key storage providers",
    [STEP_SHOWN] = "find again what was just registered",
    [STEP_UNLIST] = "take the provider out of the list of key storage providers",
    [STEP_UNREGISTER] = "unregister the provider",
};

static void print_library_state(FILE *out, const library *here)
{
    switch (here->state) {
    case LIBRARY_RIGHT:
        fprintf(out, "%ls", here->path);
        break;
    case LIBRARY_NEEDLESS:
        fprintf(out, "not needed, this Windows runs no 32-bit programs");
        break;
    case LIBRARY_MISSING:
        fprintf(out, "MISSING: %ls", here->path);
        break;
    case LIBRARY_UNREADABLE:
        fprintf(out, "NOT READABLE (error %lu): %ls", here->error, here->path);
        break;
    case LIBRARY_OTHER_MACHINE:
        fprintf(out, "WRONG FILE, no library for %u-bit programs: %ls", here->bits, here->path);
        break;
    }
}

static void print_library_failure(FILE *out, const library *here)
{
    fprintf(out, "The %u-bit library of the provider cannot be used. ", here->bits);
    print_library_state(out, here);
    fprintf(out, ".\nInstall RemoteSigning again, or copy the %u-bit %ls there, and repeat this.\n",
            here->bits, KSP_IMAGE);
}

static const char *advice(const registration_failure *failure)
{
    if (failure->status == STATUS_NO_ACCESS)
        return "This needs an elevated prompt: start it with \"Run as administrator\".";
    if (failure->step == STEP_LIST && failure->status == STATUS_NOT_THERE)
        return "Windows has no list of key storage providers: its CNG configuration is damaged. "
               "Repair Windows (sfc /scannow) and repeat this.";
    if (failure->step == STEP_SHOWN)
        return "Something else changes the configuration of CNG. Look at it with "
               "\"card-register status\" and repeat this.";
    return "Look up the status, mend the cause and repeat this; \"card-register status\" says how "
           "far it came.";
}

void sentence_failure(FILE *out, const registration_failure *failure, bool installing)
{
    fprintf(out, "card-register: could not %s", attempts[failure->step]);
    if (failure->step == STEP_LIBRARY) {
        fprintf(out, ".\n");
        print_library_failure(out, &failure->library);
    } else {
        if (functions[failure->step] != NULL)
            fprintf(out, " (%s: NTSTATUS 0x%08lx)", functions[failure->step],
                    (unsigned long)failure->status);
        fprintf(out, ".\n%s\n", advice(failure));
    }
    if (!installing)
        return;
    if (failure->taken_back == STATUS_DONE)
        fprintf(out, "The registration is as it was before.\n");
    else
        fprintf(out,
                "What had been done could not be taken back (NTSTATUS 0x%08lx): run "
                "\"card-register remove\".\n",
                (unsigned long)failure->taken_back);
}

static void print_entry(FILE *out, const registration *now)
{
    fprintf(out, "  registered      ");
    if (now->entry == ENTRY_RIGHT)
        fprintf(out, "yes, with the library %ls\n", now->image);
    else if (now->entry == ENTRY_ABSENT)
        fprintf(out, "NO\n");
    else if (now->unread != STATUS_DONE)
        fprintf(out, "WRONG: not for key storage, or not readable (NTSTATUS 0x%08lx)\n",
                (unsigned long)now->unread);
    else
        fprintf(out, "WRONG: with the library %ls, or not for key storage\n",
                now->image[0] == 0 ? L"(none)" : now->image);
}

static void print_libraries(FILE *out, const wchar_t *name)
{
    static const unsigned kinds[] = {64, 32};
    for (size_t i = 0; i < 2; i++) {
        library here = library_look(name, kinds[i]);
        fprintf(out, "  %u-bit library  ", here.bits);
        print_library_state(out, &here);
        fprintf(out, "\n");
    }
}

void sentence_status(FILE *out, const registration *now)
{
    fprintf(out, "%ls\n", KSP_NAME);
    print_entry(out, now);
    if (now->place != 0)
        fprintf(out, "  listed          yes, place %lu of %lu key storage providers\n", now->place,
                now->places);
    else
        fprintf(out, "  listed          NO, %lu other key storage providers are\n", now->places);
    print_libraries(out, KSP_IMAGE);
    fprintf(out, "PKCS#11 module (Windows has no register of these: programs are told its path)\n");
    print_libraries(out, PKCS11_IMAGE);
}
