/* The registration of the key storage provider with CNG. It has two parts: an entry among the
 * providers, with the name of the library (BCryptRegisterProvider), and a place in the list of key
 * storage providers (BCryptAddContextFunctionProvider). The list itself is Windows', and shared by
 * all providers: only our place in it is ever taken or given up, at its end, so that the default
 * provider stays what it was. */
#ifndef REGISTER_REGISTRATION_H
#define REGISTER_REGISTRATION_H

#include "cng.h"
#include "library.h"

typedef enum registration_entry {
    ENTRY_ABSENT,
    ENTRY_WRONG, /* another library, or not for key storage */
    ENTRY_RIGHT,
} registration_entry;

/* What is registered now. */
typedef struct registration {
    registration_entry entry;
    NTSTATUS unread;         /* why an ENTRY_WRONG could not be read; 0 = it could */
    wchar_t image[MAX_PATH]; /* the library of the entry; empty = none, or not read */
    ULONG place;             /* in the list of key storage providers, from 1; 0 = not in it */
    ULONG places;            /* how many the list has */
} registration;

typedef enum registration_step {
    STEP_LIBRARY, /* the libraries are where they have to be */
    STEP_READ_ENTRY,
    STEP_READ_LIST,
    STEP_REGISTER,
    STEP_LIST,
    STEP_SHOWN, /* what was done can be read again */
    STEP_UNLIST,
    STEP_UNREGISTER,
} registration_step;

typedef struct registration_failure {
    registration_step step;
    library library;     /* of STEP_LIBRARY */
    NTSTATUS status;     /* of the other steps */
    NTSTATUS taken_back; /* of the attempt to undo what an installation had done */
} registration_failure;

/* Each returns false on failure and says where and why in `failure`. */

bool registration_read(const cng_configuration *cng, registration *now,
                       registration_failure *failure);

/* Registers, or repairs what is half there or wrong; takes back its own steps if a later one fails.
 * `before` is what was there. */
bool registration_install(const cng_configuration *cng, registration *before,
                          registration_failure *failure);

/* Removes what is there of us. `before` is what was. */
bool registration_remove(const cng_configuration *cng, registration *before,
                         registration_failure *failure);

/* Whether both parts are there and right. */
bool registration_complete(const registration *now);

/* Whether there is nothing of us. */
bool registration_absent(const registration *now);

#endif
