/* Processes of a test that start from its own program, get ready, and go on at the same moment. */
#ifndef CHILDREN_H
#define CHILDREN_H

#include <windows.h>

enum { PATIENCE = 300000 /* ms, for a whole machine that is busy */ };

typedef struct child {
    PROCESS_INFORMATION process;
} child;

/* In the parent, first; `most`: of children at once. */
void children_prepare(int most);
/* Starts this program with these arguments, separated by spaces, and two more at their end. */
void child_start(child *made, const char *arguments);
void children_await_ready(int count);
/* Lets all go on that are ready, and all that will be. */
void children_go(void);
/* Children wait again from now on. */
void children_hold(void);
DWORD child_await_end(child *ended);

/* In a child, first: with the two last arguments. */
void child_begin(const char *ready, const char *going);
/* Says that it is ready and waits until it may go on. */
void child_ready(void);

#endif
