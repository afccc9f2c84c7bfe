/* As much of "Microsoft Software Key Storage Provider" as programs need that read EC keys from
 * certificates: public keys that live as long as their handle, and verify. */
#ifndef OVERRIDE_SOFTWARE_H
#define OVERRIDE_SOFTWARE_H

#include "ncrypt_provider.h"

extern const RS_KEY_STORAGE_FUNCTION_TABLE software_provider;

#endif
