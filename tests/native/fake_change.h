/* Answers that the protocol does not allow, made of right ones. */
#ifndef FAKE_CHANGE_H
#define FAKE_CHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FAKE_VERSION_AT = 4, FAKE_CHANGES = 17 };

typedef struct fake_change {
    const char *name;
    /* As `change` of a fake_script. */
    size_t (*change)(uint8_t *frame, size_t length);
    bool unreadable; /* nothing can be received: as if the connection had broken */
} fake_change;

extern const fake_change fake_changes[FAKE_CHANGES];

/* Makes the whole frame an answer with this problem and a message of so many bytes. */
size_t fake_problem_with_message(uint8_t *frame, uint8_t problem, size_t message);

/* How far from one cut of an answer to the next: every byte, but under Wine, which takes its time,
 * not every one in the middle of a long list. */
size_t fake_next_cut(size_t cut, size_t length);

#endif
