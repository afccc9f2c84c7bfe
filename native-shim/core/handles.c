#include "handles.h"

#include "random.h"

#include <stdlib.h>

struct entry {
    uint32_t handle; /* 0 = free */
    void *item;
};

/* Open addressing; handles are random already, so they are their own hash. Grows by doubling, at
 * most half full. */
struct rs_handles {
    rs_status unknown;
    size_t limit;
    size_t count;
    size_t size; /* a power of two */
    struct entry *entries;
};

rs_status rs_handles_create(rs_status unknown, size_t capacity, rs_handles **handles)
{
    rs_handles *created = calloc(1, sizeof *created);
    if (created == NULL)
        return RS_NO_MEMORY;
    created->unknown = unknown;
    created->limit = capacity;
    created->size = 16;
    created->entries = calloc(created->size, sizeof *created->entries);
    if (created->entries == NULL) {
        free(created);
        return RS_NO_MEMORY;
    }
    *handles = created;
    return RS_OK;
}

void rs_handles_free(rs_handles *handles)
{
    if (handles == NULL)
        return;
    free(handles->entries);
    free(handles);
}

/* The place of the handle, or the free place where it belongs. */
static size_t place_of(const struct entry *entries, size_t size, uint32_t handle)
{
    size_t place = handle & (size - 1);
    while (entries[place].handle != 0 && entries[place].handle != handle)
        place = (place + 1) & (size - 1);
    return place;
}

static rs_status grow(rs_handles *handles)
{
    size_t size = handles->size * 2;
    struct entry *entries = calloc(size, sizeof *entries);
    if (entries == NULL)
        return RS_NO_MEMORY;
    for (size_t i = 0; i < handles->size; i++) {
        if (handles->entries[i].handle != 0)
            entries[place_of(entries, size, handles->entries[i].handle)] = handles->entries[i];
    }
    free(handles->entries);
    handles->entries = entries;
    handles->size = size;
    return RS_OK;
}

rs_status rs_handles_add(rs_handles *handles, void *item, uint32_t *handle)
{
    rs_status status = RS_OK;
    uint32_t drawn = 0;
    size_t place = 0;
    if (handles->count >= handles->limit)
        return RS_SESSION_LIMIT;
    if (2 * (handles->count + 1) > handles->size)
        status = grow(handles);
    while (status == RS_OK && drawn == 0) {
        status = rs_random(&drawn, sizeof drawn);
        place = place_of(handles->entries, handles->size, drawn);
        if (handles->entries[place].handle != 0)
            drawn = 0; /* taken: draw again */
    }
    if (status != RS_OK)
        return status;
    handles->entries[place] = (struct entry){drawn, item};
    handles->count++;
    *handle = drawn;
    return RS_OK;
}

static rs_status locate(const rs_handles *handles, unsigned long handle, size_t *place)
{
    if (handle == 0 || handle > UINT32_MAX)
        return handles->unknown;
    *place = place_of(handles->entries, handles->size, (uint32_t)handle);
    return handles->entries[*place].handle == 0 ? handles->unknown : RS_OK;
}

rs_status rs_handles_find(const rs_handles *handles, unsigned long handle, void **item)
{
    size_t place = 0;
    rs_status status = locate(handles, handle, &place);
    if (status == RS_OK)
        *item = handles->entries[place].item;
    return status;
}

/* Moves later entries of the same run forward, so that no search ends at the hole too early. */
static void take_out(rs_handles *handles, size_t hole)
{
    size_t mask = handles->size - 1;
    handles->entries[hole].handle = 0;
    handles->count--;
    for (size_t next = (hole + 1) & mask; handles->entries[next].handle != 0;
         next = (next + 1) & mask) {
        struct entry moved = handles->entries[next];
        handles->entries[next].handle = 0;
        handles->entries[place_of(handles->entries, handles->size, moved.handle)] = moved;
    }
}

rs_status rs_handles_remove(rs_handles *handles, unsigned long handle, void **item)
{
    size_t place = 0;
    rs_status status = locate(handles, handle, &place);
    if (status == RS_OK) {
        *item = handles->entries[place].item;
        take_out(handles, place);
    }
    return status;
}

void *rs_handles_take_any(rs_handles *handles)
{
    for (size_t i = 0; i < handles->size; i++) {
        if (handles->entries[i].handle != 0) {
            void *item = handles->entries[i].item;
            take_out(handles, i);
            return item;
        }
    }
    return NULL;
}

size_t rs_handles_count(const rs_handles *handles)
{
    return handles->count;
}
