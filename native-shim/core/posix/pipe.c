#include "pipe.h"

#include "log.h"
#include "shield.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

uint64_t rs_clock(void)
{
    struct timespec now = {0, 0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail for this clock */
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static const char *environment(const char *name)
{
    const char *value = secure_getenv(name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

static bool socket_address(struct sockaddr_un *address)
{
    const char *given = environment("REMOTESIGNING_SOCKET");
    const char *runtime = environment("XDG_RUNTIME_DIR");
    const char *rest = "/remote-signing/card.sock";
    size_t size = sizeof address->sun_path;
    int length;
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    if (given != NULL)
        length = snprintf(address->sun_path, size, "%s", given);
    else if (runtime != NULL)
        length = snprintf(address->sun_path, size, "%s%s", runtime, rest);
    else
        length =
            snprintf(address->sun_path, size, "/run/user/%lu%s", (unsigned long)geteuid(), rest);
    return length > 0 && (size_t)length < size && address->sun_path[0] == '/';
}

static const char *folder_fault(const struct sockaddr_un *address)
{
    char folder[sizeof address->sun_path];
    struct stat status;
    memcpy(folder, address->sun_path, sizeof folder);
    char *last = strrchr(folder, '/'); /* there is one: the path is absolute */
    *(last == folder ? last + 1 : last) = '\0';
    if (stat(folder, &status) != 0)
        return "the agent is not running (no socket folder)";
    if (status.st_uid != geteuid())
        return "the socket folder belongs to another user";
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return "others may write to the socket folder";
    return NULL;
}

static const char *peer_fault(int fd)
{
    struct ucred peer;
    socklen_t length = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0)
        return "the system does not say who the agent is";
    return peer.uid == geteuid() ? NULL : "the agent on the socket belongs to another user";
}

static uint64_t left(uint64_t deadline)
{
    uint64_t now = rs_clock();
    return deadline > now ? deadline - now : 0;
}

/* A program without standard streams would print into a socket that took the place of one. */
static int above_standard_streams(int fd)
{
    if (fd < 0 || fd > STDERR_FILENO)
        return fd;
    int moved = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    (void)close(fd);
    return moved;
}

rs_status rs_pipe_create(rs_pipe *pipe)
{
    struct stat status;
    rs_shield shield = rs_shield_raise();
    pipe->fd = above_standard_streams(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    rs_shield_lower(shield);
    if (pipe->fd >= 0 && fstat(pipe->fd, &status) == 0) {
        pipe->inode = status.st_ino;
        return RS_OK;
    }
    rs_log("no socket can be made (errno %d)", errno);
    return RS_AGENT_UNAVAILABLE;
}

/* Is the descriptor still the socket that was made here? */
static bool is_ours(const rs_pipe *pipe)
{
    struct stat status;
    return pipe->fd >= 0 && fstat(pipe->fd, &status) == 0 && S_ISSOCK(status.st_mode) &&
           status.st_ino == pipe->inode;
}

rs_status rs_pipe_connect(rs_pipe *pipe, uint64_t deadline, const char **why)
{
    struct sockaddr_un address;
    uint64_t wait = left(deadline) + 1; /* 0 would mean for ever */
    struct timeval timeout = {(time_t)(wait / 1000), (suseconds_t)(wait % 1000 * 1000)};
    int result;
    if (!socket_address(&address)) {
        *why = "the socket path is not absolute or too long";
        return RS_AGENT_UNAVAILABLE;
    }
    *why = folder_fault(&address);
    if (*why != NULL)
        return RS_AGENT_UNAVAILABLE;
    /* A blocking connect waits while the agent's queue is full; a non-blocking one could not be
     * waited for. */
    if (setsockopt(pipe->fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout) != 0)
        return RS_INTERNAL;
    do {
        result = connect(pipe->fd, (const struct sockaddr *)&address, sizeof address);
    } while (result != 0 && errno == EINTR && left(deadline) > 0);
    if (result != 0) {
        *why = errno == EAGAIN || errno == EINTR ? "the agent is busy" : "the agent is not running";
        return errno == EAGAIN || errno == EINTR ? RS_UNAVAILABLE : RS_AGENT_UNAVAILABLE;
    }
    *why = peer_fault(pipe->fd);
    return *why == NULL ? RS_OK : RS_AGENT_UNAVAILABLE;
}

static rs_status wait_for(const rs_pipe *pipe, short events, uint64_t deadline)
{
    struct pollfd entry = {pipe->fd, events, 0};
    for (;;) {
        uint64_t milliseconds = left(deadline);
        int ready = poll(&entry, 1, milliseconds > 60000 ? 60000 : (int)milliseconds);
        if (ready > 0)
            return RS_OK; /* also on errors: the transfer will say which */
        if (ready < 0 && errno != EINTR)
            return RS_INTERNAL;
        if (left(deadline) == 0)
            return RS_UNAVAILABLE;
    }
}

/* What a transfer that moved nothing means. */
static rs_status no_transfer(const rs_pipe *pipe, short events, uint64_t deadline)
{
    if (errno == EINTR)
        return RS_OK;
    if (errno != EAGAIN && errno != EWOULDBLOCK)
        return RS_AGENT_UNAVAILABLE;
    rs_status status = wait_for(pipe, events, deadline);
    /* A wait may be long: what came may be for a file that the program opened meanwhile. */
    return status == RS_OK && !is_ours(pipe) ? RS_AGENT_UNAVAILABLE : status;
}

rs_status rs_pipe_send(rs_pipe *pipe, rs_bytes data, uint64_t deadline)
{
    rs_status status = RS_OK;
    while (status == RS_OK && data.length > 0) {
        ssize_t sent = send(pipe->fd, data.data, data.length, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0) {
            status = no_transfer(pipe, POLLOUT, deadline);
            continue;
        }
        data.data += sent;
        data.length -= (size_t)sent;
    }
    return status;
}

rs_status rs_pipe_receive(rs_pipe *pipe, uint8_t *data, size_t length, uint64_t deadline)
{
    rs_status status = RS_OK;
    while (status == RS_OK && length > 0) {
        ssize_t got = recv(pipe->fd, data, length, MSG_DONTWAIT);
        if (got == 0)
            return RS_AGENT_UNAVAILABLE;
        if (got < 0) {
            status = no_transfer(pipe, POLLIN, deadline);
            continue;
        }
        data += got;
        length -= (size_t)got;
    }
    return status;
}

bool rs_pipe_is_idle(rs_pipe *pipe)
{
    uint8_t byte;
    if (!is_ours(pipe))
        return false;
    ssize_t got = recv(pipe->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
}

void rs_pipe_end(rs_pipe *pipe)
{
    if (is_ours(pipe))
        (void)shutdown(pipe->fd, SHUT_RDWR);
}

void rs_pipe_close(rs_pipe *pipe)
{
    rs_shield shield = rs_shield_raise();
    if (is_ours(pipe))
        (void)close(pipe->fd);
    rs_shield_lower(shield);
    pipe->fd = -1;
}
