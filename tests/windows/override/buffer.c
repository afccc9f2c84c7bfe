#include "buffer.h"

#include <windows.h>

static HANDLE own_heap(void)
{
    static HANDLE volatile heap;
    if (heap == NULL) {
        HANDLE made = HeapCreate(0, 0, 0);
        if (InterlockedCompareExchangePointer((void *volatile *)&heap, made, NULL) != NULL)
            (void)HeapDestroy(made);
    }
    return heap;
}

void *buffer_new(size_t size)
{
    return HeapAlloc(own_heap(), HEAP_ZERO_MEMORY, size);
}

bool buffer_free(void *buffer)
{
    return HeapValidate(own_heap(), 0, buffer) && HeapFree(own_heap(), 0, buffer);
}
