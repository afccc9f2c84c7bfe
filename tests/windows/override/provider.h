/* Key storage providers as ncrypt.dll of Windows has them: found in the registry, loaded from the
 * system's folder, called by the table that their one export gives. */
#ifndef OVERRIDE_PROVIDER_H
#define OVERRIDE_PROVIDER_H

#include "ncrypt_provider.h"

typedef const RS_KEY_STORAGE_FUNCTION_TABLE provider_table;

/* What a program holds as NCRYPT_PROV_HANDLE or NCRYPT_KEY_HANDLE. */
typedef struct object {
    provider_table *table;
    struct object *provider; /* of a key; NULL = it is a provider */
    NCRYPT_HANDLE inner;     /* the provider's own handle */
    volatile LONG references;
} object;

/* The table of a provider that is registered and listed for key storage under this name; loads its
 * library the first time. */
SECURITY_STATUS provider_find(const wchar_t *name, provider_table **table);

/* Frees what one of the loaded providers has allocated. */
SECURITY_STATUS provider_free_buffer(void *buffer);

object *object_new(provider_table *table, object *provider, NCRYPT_HANDLE inner);
void object_keep(object *one);
SECURITY_STATUS object_release(object *one);

/* The object behind a handle; NULL = the handle is none of ours. */
object *object_of(NCRYPT_HANDLE handle);

/* A line in the file that the environment variable NCRYPT_LOG names. */
void trace(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
