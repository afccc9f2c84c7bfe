/* The parts of the target api_fuzz: bytes from the front of the input choose calls and arguments,
 * bytes from its back what the agent does. Where the input is used up, all further bytes are 0. */
#ifndef API_FUZZ_H
#define API_FUZZ_H

#include "cryptoki.h"
#include "frame.h"
#include "fuzz.h"

/* ---- api_arguments.c ---- */

void api_input(const uint8_t *data, size_t size);
bool api_input_is_used_up(void);
uint8_t api_u8(void);
uint16_t api_u16(void);
uint32_t api_u32(void);
uint8_t api_agent_u8(void);
uint16_t api_agent_u16(void);

/* Memory of exactly that length, so that a sanitizer sees a byte beyond; gone at api_release. */
void *api_memory(size_t length);
void api_release(void);

CK_ULONG api_length(void);
/* Bytes of the input, or data that some mechanism signs; NULL now and then. */
CK_BYTE *api_data(CK_ULONG *length);
CK_UTF8CHAR *api_pin(CK_ULONG *length);
CK_MECHANISM *api_mechanism(void);
/* `search`: values to look for; else room for values. */
CK_ATTRIBUTE *api_template(bool search, CK_ULONG *count);

/* A buffer for the module to fill. */
typedef struct api_output {
    CK_BYTE *bytes; /* or NULL */
    CK_ULONG *length;
    CK_ULONG given;
} api_output;

api_output api_room(void);
/* A failed call has left the buffer alone, a successful one kept to its length. */
void api_check_output(const api_output *output, CK_RV rv);

/* ---- api_agent.c ---- */

void api_agent_begin(void);
/* From now on no faults. */
void api_agent_behave(void);
/* Another card is shown, of another generation. */
void api_agent_change_card(void);
void api_agent_pass_time(unsigned milliseconds);
size_t api_agent_connections(void);

/* ---- api_mutex.c ---- */

/* The program's mutexes, for C_Initialize. Making and taking them fails now and then. */
extern const CK_C_INITIALIZE_ARGS api_mutexes;
/* Whether the module may make any. */
void api_mutex_expect(bool expect);
/* How many there are. */
size_t api_mutex_count(void);
/* Of any; no other thread can take it while somebody waits with it. */
bool api_mutex_is_held(void);

/* ---- api_allowed.c ---- */

/* May the function return this value? PKCS#11 v2.40, chapter 5, and docs/pkcs11.md. */
bool api_allowed(const char *function, CK_RV rv);

#endif
