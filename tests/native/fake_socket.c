#include "fake_link.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void fake_place_make(fake_place *place)
{
    snprintf(place->folder, sizeof place->folder, "/tmp/remote-signing-test-XXXXXX");
    if (mkdtemp(place->folder) == NULL) /* mode 0700 */
        abort();
    snprintf(place->path, sizeof place->path, "%s/card.sock", place->folder);
    setenv("REMOTESIGNING_SOCKET", place->path, 1);
}

void fake_place_listen(fake_place *place)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", place->path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    unlink(place->path);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 64) != 0)
        abort();
    place->listener = fd;
}

fake_link fake_place_accept(fake_place *place)
{
    return accept((int)place->listener, NULL, NULL);
}

void fake_place_end(fake_place *place)
{
    shutdown((int)place->listener, SHUT_RDWR);
}

void fake_place_close(fake_place *place)
{
    close((int)place->listener);
    unlink(place->path);
}

void fake_place_remove(fake_place *place)
{
    rmdir(place->folder);
}

bool fake_link_send(fake_link link, rs_bytes data)
{
    while (data.length > 0) {
        ssize_t sent = send((int)link, data.data, data.length, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        data.data += sent;
        data.length -= (size_t)sent;
    }
    return true;
}

bool fake_link_receive(fake_link link, uint8_t *data, size_t length)
{
    while (length > 0) {
        ssize_t got = recv((int)link, data, length, 0);
        if (got <= 0)
            return false;
        data += got;
        length -= (size_t)got;
    }
    return true;
}

bool fake_link_is_closed(fake_link link)
{
    uint8_t byte;
    return recv((int)link, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

void fake_link_end(fake_link link)
{
    shutdown((int)link, SHUT_RDWR);
}

void fake_link_close(fake_link link)
{
    close((int)link);
}
