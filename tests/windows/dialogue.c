#include "dialogue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int split(char *line, char **words)
{
    int count = 0;
    line[strcspn(line, "\r\n")] = 0;
    for (char *word = line; word != NULL && count < DIALOGUE_MAX_WORDS; count++) {
        char *tab = strchr(word, '\t');
        words[count] = word;
        if (tab != NULL)
            *tab = 0;
        word = tab == NULL ? NULL : tab + 1;
    }
    return count;
}

void dialogue_run(dialogue_verb verb)
{
    static char line[4096];
    while (fgets(line, sizeof line, stdin) != NULL) {
        char *words[DIALOGUE_MAX_WORDS] = {NULL};
        int count = split(line, words);
        verb(words, count);
        fflush(stdout);
    }
}

void dialogue_done(void)
{
    puts("done");
}

void dialogue_refused(unsigned long reason)
{
    printf("refused 0x%08lx\n", reason);
}

static FILE *open_file(const char *path, const char *mode)
{
    FILE *file = fopen(path, mode);
    if (file == NULL) {
        fprintf(stderr, "%s cannot be opened\n", path);
        exit(2);
    }
    return file;
}

unsigned char *dialogue_read(const char *path, size_t *size)
{
    static unsigned char content[DIALOGUE_MAX_FILE];
    FILE *file = open_file(path, "rb");
    *size = fread(content, 1, sizeof content, file);
    fclose(file);
    return content;
}

void dialogue_write(const char *path, const void *data, size_t size)
{
    FILE *file = open_file(path, "wb");
    if (fwrite(data, 1, size, file) != size || fclose(file) != 0) {
        fprintf(stderr, "%s cannot be written\n", path);
        exit(2);
    }
}
