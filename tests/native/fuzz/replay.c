/* Calls a fuzz target with every file of a folder: what once was interesting stays tested, also
 * where libFuzzer is not installed. */
#include "fuzz.h"

#include <dirent.h>

static void replay(const char *path)
{
    FILE *file = fopen(path, "rb");
    HOLDS(file != NULL && fseek(file, 0, SEEK_END) == 0);
    size_t size = (size_t)ftell(file);
    rewind(file);
    uint8_t *data = malloc(size); /* exactly as long, so that a sanitizer sees a read beyond */
    HOLDS(size == 0 || (data != NULL && fread(data, 1, size, file) == size));
    (void)LLVMFuzzerTestOneInput(data, size);
    free(data);
    fclose(file);
}

int main(int count, char **arguments)
{
    unsigned files = 0;
    if (count != 2) {
        fprintf(stderr, "usage: %s FOLDER\n", arguments[0]);
        return 2;
    }
    (void)LLVMFuzzerInitialize(&count, &arguments);
    DIR *folder = opendir(arguments[1]);
    HOLDS(folder != NULL);
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        char path[4096];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", arguments[1], entry->d_name);
        fprintf(stderr, "%s\n", entry->d_name);
        replay(path);
        files++;
    }
    closedir(folder);
    printf("%u files\n", files);
    return files > 0 ? 0 : 1;
}
