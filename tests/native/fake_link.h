/* Where the fake agent is found, and its connections: a Unix socket (fake_socket.c) or a Windows
 * named pipe (../windows/fake_pipe.c). All waiting is ended from other threads by the functions
 * that say so. */
#ifndef FAKE_LINK_H
#define FAKE_LINK_H

#include "frame.h"

/* A descriptor or a handle; never 0. */
typedef intptr_t fake_link;
enum { FAKE_NO_LINK = -1 };

typedef struct fake_place {
    char folder[64];
    char path[96]; /* of the socket; on Windows the pipe's name */
    fake_link listener;
} fake_place;

/* Makes a folder, and points the shim to what will be there. Nobody listens yet. */
void fake_place_make(fake_place *place);
void fake_place_listen(fake_place *place);
/* The next connection; FAKE_NO_LINK: it was ended. */
fake_link fake_place_accept(fake_place *place);
/* Ends fake_place_accept. */
void fake_place_end(fake_place *place);
/* Nobody listens any more. */
void fake_place_close(fake_place *place);
void fake_place_remove(fake_place *place);

bool fake_link_send(fake_link link, rs_bytes data);
bool fake_link_receive(fake_link link, uint8_t *data, size_t length);
/* Has the other end gone? Does not wait. */
bool fake_link_is_closed(fake_link link);
/* Ends what other threads do with it. */
void fake_link_end(fake_link link);
void fake_link_close(fake_link link);

#endif
