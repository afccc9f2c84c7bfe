#include "log.h"

#include "shield.h"
#include "utc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { LINE_SIZE = 1024, USER_WARNING = (1 << 3) | 4 };

/* The C library's syslog() shares its socket and lock with the host program and is not safe in a
 * child of a threaded process; a datagram of our own is. A system without /dev/log drops the line.
 */
static void write_system_log(const char *text)
{
    static const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
    char line[LINE_SIZE + 64];
    int length = snprintf(line, sizeof line, "<%d>remote-signing[%ld]: %s", USER_WARNING,
                          (long)getpid(), text);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return;
    (void)sendto(fd, line, (size_t)length, MSG_NOSIGNAL, (const struct sockaddr *)&address,
                 sizeof address);
    (void)close(fd);
}

/* The reader of a pipe may be gone: the signal that tells of it would end the program. */
static void write_quietly(int fd, const char *line, size_t length)
{
    static const struct timespec at_once = {0, 0};
    sigset_t ours;
    sigset_t before;
    sigset_t waiting;
    (void)sigemptyset(&ours);
    (void)sigaddset(&ours, SIGPIPE);
    (void)sigpending(&waiting);
    if (pthread_sigmask(SIG_BLOCK, &ours, &before) != 0)
        return;
    ssize_t written = write(fd, line, length); /* one write: lines of processes do not mix */
    if (written < 0 && errno == EPIPE && sigismember(&waiting, SIGPIPE) == 0) {
        while (sigtimedwait(&ours, NULL, &at_once) < 0 && errno == EINTR) {
        }
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void write_file(const char *target, const char *text)
{
    char line[LINE_SIZE + 128];
    char when[RS_UTC_SIZE];
    struct timespec now = {0, 0};
    (void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail for this clock */
    uint64_t seconds = now.tv_sec > 0 ? (uint64_t)now.tv_sec : 0;
    int length = snprintf(line, sizeof line, "%s remote-signing[%ld]: %s\n", rs_utc(seconds, when),
                          (long)getpid(), text);
    int fd = STDERR_FILENO;
    if (strcmp(target, "stderr") != 0)
        fd =
            open(target, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (fd < 0)
        return;
    write_quietly(fd, line, (size_t)length); /* a log that cannot be written stops nobody */
    if (fd != STDERR_FILENO)
        (void)close(fd);
}

void rs_log(const char *format, ...)
{
    int saved = errno;
    rs_shield shield = rs_shield_raise();
    char text[LINE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    if (vsnprintf(text, sizeof text, format, arguments) < 0)
        (void)snprintf(text, sizeof text, "%s", format); /* better than nothing */
    va_end(arguments);
    const char *target = secure_getenv("REMOTESIGNING_LOG");
    if (target != NULL && target[0] != '\0')
        write_file(target, text);
    else
        write_system_log(text);
    rs_shield_lower(shield);
    errno = saved;
}
