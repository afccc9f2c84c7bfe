/* Checks that count, and go on. A test program runs its tests and exits with 1 when any check
 * failed. */
#ifndef TEST_H
#define TEST_H

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One for the whole program, whichever of its files the check is in. */
#ifdef _WIN32
__declspec(selectany) atomic_int failed_checks = 0;
#else
__attribute__((weak)) atomic_int failed_checks;
#endif

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, __func__, #condition);          \
            failed_checks++;                                                                       \
        }                                                                                          \
    } while (0)

#define CHECK_EQUAL(expected, actual)                                                              \
    do {                                                                                           \
        unsigned long long check_wanted = (unsigned long long)(expected);                          \
        unsigned long long check_got = (unsigned long long)(actual);                               \
        if (check_wanted != check_got) {                                                           \
            fprintf(stderr, "%s:%d: %s: %s is 0x%llx, not 0x%llx\n", __FILE__, __LINE__, __func__, \
                    #actual, check_got, check_wanted);                                             \
            failed_checks++;                                                                       \
        }                                                                                          \
    } while (0)

/* For steps without which the rest of a test makes no sense. */
#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s: required: %s\n", __FILE__, __LINE__, __func__,             \
                    #condition);                                                                   \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

#define RUN(test)                                                                                  \
    do {                                                                                           \
        int before = failed_checks;                                                                \
        test();                                                                                    \
        fprintf(stderr, "%s %s\n", failed_checks == before ? "ok    " : "FAILED", #test);          \
    } while (0)

#endif
