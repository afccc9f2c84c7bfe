#include "hash.h"

size_t rs_digest_length(rs_hash_algorithm algorithm)
{
    switch (algorithm) {
    case RS_SHA1:
        return 20;
    case RS_SHA224:
        return 28;
    case RS_SHA256:
        return 32;
    case RS_SHA384:
        return 48;
    case RS_SHA512:
        return 64;
    }
    return 0;
}
