/* The one error vocabulary of the shim. Numbers up to 99 are those of `Problem` and travel on the
 * card protocol (docs/card-protocol.md); the others never leave the process. Each ABI maps all of
 * them in one place. */
#ifndef RS_STATUS_H
#define RS_STATUS_H

#if defined(__GNUC__)
#define RS_MUST_CHECK __attribute__((warn_unused_result))
#ifdef _WIN32 /* the C99 printf, not the old one of msvcrt */
#define RS_PRINTF(text, first) __attribute__((format(gnu_printf, text, first)))
#else
#define RS_PRINTF(text, first) __attribute__((format(printf, text, first)))
#endif
#else
#define RS_MUST_CHECK
#define RS_PRINTF(text, first)
#endif

typedef enum rs_status {
    RS_OK = 0,
    RS_INVALID_REQUEST = 1,
    RS_UNSUPPORTED_ALGORITHM = 2,
    RS_DATA_INVALID = 3,
    RS_DATA_LENGTH = 4,
    RS_UNKNOWN_KEY = 5,
    RS_CREDENTIAL_UNUSABLE = 6,
    RS_NOT_SIGNED_IN = 7,
    RS_NOT_ALLOWED = 8,
    RS_PIN_INCORRECT = 9,
    RS_PIN_LOCKED = 10,
    RS_DECLINED = 11,
    RS_CONSENT_NEEDED = 12,
    RS_LIMIT_REACHED = 13,
    RS_AGENT_UNAVAILABLE = 14,
    RS_UNAVAILABLE = 15,
    RS_INTERNAL = 16,

    RS_BUFFER_TOO_SMALL = 100,
    RS_NO_MEMORY,
    RS_NOT_SUPPORTED,
    RS_NOT_INITIALIZED,
    RS_ALREADY_INITIALIZED,
    RS_CANNOT_LOCK,
    RS_UNKNOWN_SLOT,
    RS_NO_EVENT,
    RS_UNKNOWN_SESSION,
    RS_SESSION_LIMIT,
    RS_SESSION_PARALLEL,
    RS_UNKNOWN_OBJECT,
    RS_ATTRIBUTE_SENSITIVE,
    RS_ATTRIBUTE_UNKNOWN,
    RS_OPERATION_ACTIVE,
    RS_OPERATION_MISSING,
    RS_BAD_PARAMETERS,
    RS_WRONG_KEY_TYPE,
    RS_KEY_SIZE,
    RS_WRONG_USER_TYPE,
    RS_ALREADY_LOGGED_IN,
    RS_SIGNATURE_INVALID,
    RS_SIGNATURE_LENGTH,
    RS_UNKNOWN_HANDLE,
    RS_BAD_FLAGS,
    RS_NOT_FOUND,
    RS_NO_MORE_ITEMS,
} rs_status;

#endif
