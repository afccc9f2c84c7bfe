/* What the command says to a person. */
#ifndef REGISTER_SENTENCE_H
#define REGISTER_SENTENCE_H

#include "registration.h"

#include <stdio.h>

/* Which step failed, why, what to do, and in which state the registration is left. */
void sentence_failure(FILE *out, const registration_failure *failure, bool installing);

/* All of the registration, each part with what is wrong with it; and where the libraries are. */
void sentence_status(FILE *out, const registration *now);

#endif
