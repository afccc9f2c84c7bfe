/* A program that does what lines on its standard input say, word by word, tabs between them. Each
 * line is answered by one: done, or refused and why. */
#ifndef DIALOGUE_H
#define DIALOGUE_H

#include <stdbool.h>
#include <stddef.h>

enum { DIALOGUE_MAX_WORDS = 8, DIALOGUE_MAX_FILE = 2 << 20 };

/* Does one line, then says dialogue_done or dialogue_refused. */
typedef void (*dialogue_verb)(char **words, int count);

/* Reads lines to the end of the input. */
void dialogue_run(dialogue_verb verb);

void dialogue_done(void);

/* reason: a number of the interface that was called. */
void dialogue_refused(unsigned long reason);

/* The content of a file, in memory that lives until the next call; ends the program if it cannot.
 */
unsigned char *dialogue_read(const char *path, size_t *size);

/* Ends the program if it cannot. */
void dialogue_write(const char *path, const void *data, size_t size);

#endif
