/* Real certificates, made with openssl. */
#ifndef FAKE_CERTIFICATE_H
#define FAKE_CERTIFICATE_H

#include <stdint.h>

enum {
    FAKE_ROOT_SIZE = 352,
    FAKE_CERTIFICATE_SIZE = 364,
    FAKE_CERTIFICATE_V1_SIZE = 290,
    FAKE_KEY_INFO_SIZE = 91
};

extern const uint8_t fake_root[FAKE_ROOT_SIZE];                     /* CN=Test Root, self-signed */
extern const uint8_t fake_certificate[FAKE_CERTIFICATE_SIZE];       /* CN=Test CA, issued by it */
extern const uint8_t fake_certificate_v1[FAKE_CERTIFICATE_V1_SIZE]; /* the same key, version 1 */
extern const uint8_t
    fake_key_info[FAKE_KEY_INFO_SIZE]; /* the same key, as `openssl pkey -pubout` has it */

#endif
