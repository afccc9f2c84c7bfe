/* The groups of tests of ksp_test. */
#ifndef KSP_TEST_H
#define KSP_TEST_H

/* Which keys there are, by which names they open, and their public parts. */
void ksp_test_keys(void);

/* What providers and keys say of themselves, and what programs tell the agent by way of them. */
void ksp_test_properties(void);

void ksp_test_signatures(void);

#endif
