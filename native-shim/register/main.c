/* card-register: registers the key storage provider with Windows, removes it, says what is there.
 */
#include "name.h"
#include "sentence.h"

#include <string.h>

enum { DONE = 0, FAILED = 1, USAGE = 2, NOT_REGISTERED = 3, NOT_IN_ORDER = 4 };

static const char help[] =
    "usage: card-register install|remove|status\n"
    "\n"
    "  install  registers the RemoteSigning key storage provider with Windows (CNG), or repairs\n"
    "           its registration. Needs remotesigning-ksp.dll in System32 (64 bit) and SysWOW64\n"
    "           (32 bit), and an elevated prompt.\n"
    "  remove   takes the registration away; the files stay. Needs an elevated prompt.\n"
    "  status   says what is registered and where the libraries are.\n"
    "\n"
    "Other providers are never touched. Programs that run already may need a new start.\n"
    "\n"
    "exit code: 0 done, or all is in order; 1 a step failed; 2 wrong usage;\n"
    "           status only: 3 not registered; 4 registered, but something is missing or wrong\n";

static int install(const cng_configuration *cng)
{
    registration before;
    registration_failure failure = {.status = STATUS_DONE};
    if (!registration_install(cng, &before, &failure)) {
        sentence_failure(stderr, &failure, true);
        return FAILED;
    }
    if (registration_complete(&before))
        printf("%ls was registered already; nothing was changed.\n", KSP_NAME);
    else if (registration_absent(&before))
        printf("%ls is registered.\n", KSP_NAME);
    else
        printf("%ls was registered by half or wrongly; that is repaired.\n", KSP_NAME);
    return DONE;
}

static int uninstall(const cng_configuration *cng)
{
    registration before;
    registration_failure failure = {.status = STATUS_DONE};
    if (!registration_remove(cng, &before, &failure)) {
        sentence_failure(stderr, &failure, false);
        return FAILED;
    }
    if (registration_absent(&before))
        printf("%ls was not registered; nothing was changed.\n", KSP_NAME);
    else
        printf("%ls is not registered any more.\n", KSP_NAME);
    return DONE;
}

static bool usable(unsigned bits)
{
    library here = library_look(KSP_IMAGE, bits);
    return here.state == LIBRARY_RIGHT || here.state == LIBRARY_NEEDLESS;
}

static int status(const cng_configuration *cng)
{
    registration now;
    registration_failure failure = {.status = STATUS_DONE};
    if (!registration_read(cng, &now, &failure)) {
        sentence_failure(stderr, &failure, false);
        return FAILED;
    }
    sentence_status(stdout, &now);
    if (registration_absent(&now))
        return NOT_REGISTERED;
    return registration_complete(&now) && usable(64) && usable(32) ? DONE : NOT_IN_ORDER;
}

int main(int count, char **arguments)
{
    static const struct {
        const char *name;
        int (*run)(const cng_configuration *cng);
    } commands[] = {{"install", install}, {"remove", uninstall}, {"status", status}};
    cng_configuration cng;
    if (count == 2 && (strcmp(arguments[1], "--help") == 0 || strcmp(arguments[1], "-h") == 0)) {
        printf("%s", help);
        return DONE;
    }
    for (size_t i = 0; count == 2 && i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(arguments[1], commands[i].name) != 0)
            continue;
        if (cng_load(&cng))
            return commands[i].run(&cng);
        fprintf(stderr, "card-register: the bcrypt.dll of this Windows cannot register providers; "
                        "Windows 10 or newer is needed.\n");
        return FAILED;
    }
    fprintf(stderr, "%s", help);
    return USAGE;
}
