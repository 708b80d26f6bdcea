/* The other side of `make bench-probe` and `make bench-cluster`: answers a status line to whatever arrives on one port
 * of all of 127.0.0.0/8.
 *
 * It must cost clearly less than the probers that it serves, so it keeps nothing for a connection: one is accepted
 * when its request is there (TCP_DEFER_ACCEPT), and answered and closed in one go. It talks to this machine only, and
 * ends by itself.
 *
 *   quorate-responder PORT SECONDS      PORT 0: a free one
 *
 * Prints `port N` when it listens; `answers N cpu_us N` at each line it reads and when it ends.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum {
  LONGEST_SECONDS = 600,
  QUEUE = 4096,
  ACCEPTS_AT_ONCE = 64, /* then the control descriptors are looked at again */
  REQUEST_SECONDS = 5,  /* a connection without a request is accepted after about this, and closed */
};

static const char ANSWER[] = "HTTP/1.0 200 OK\r\n\r\n";
static uint64_t answers;

static void fail(const char *what) {
  fprintf(stderr, "quorate-responder: %s: %s\n", what, strerror(errno));
  exit(1);
}

/* A reader that has gone wants no more. */
static void tell(void) {
  if (fflush(stdout) == 0) return;
  if (errno == EPIPE) exit(0);
  fail("cannot write the output");
}

static void report(void) {
  struct timespec used;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  printf("answers %" PRIu64 " cpu_us %" PRIu64 "\n", answers,
         (uint64_t)used.tv_sec * 1000000 + (uint64_t)used.tv_nsec / 1000);
  tell();
}

static bool is_loopback(const struct sockaddr_in *peer) {
  return peer->sin_family == AF_INET && ntohl(peer->sin_addr.s_addr) >> 24 == 127;
}

static int listen_on_loopback(uint16_t port) {
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listener < 0) fail("socket");
  const int on = 1, patience = REQUEST_SECONDS;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt(listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, &patience, sizeof patience);
  /* Where this is not permitted, the check of each peer's address does it alone. */
  setsockopt(listener, SOL_SOCKET, SO_BINDTODEVICE, "lo", sizeof "lo");
  /* 10,000 addresses of 127.0.0.0/8 cannot be bound one by one cheaply. */
  struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = INADDR_ANY};
  if (bind(listener, (struct sockaddr *)&any, sizeof any) != 0) fail("bind");
  if (listen(listener, QUEUE) != 0) fail("listen");
  socklen_t length = sizeof any;
  if (getsockname(listener, (struct sockaddr *)&any, &length) != 0) fail("getsockname");
  printf("port %u\n", ntohs(any.sin_port));
  tell();
  return listener;
}

static void reset(int connection) {
  const struct linger abort = {.l_onoff = 1, .l_linger = 0};
  setsockopt(connection, SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
  close(connection);
}

static void serve(int connection) {
  char request[2048];
  if (recv(connection, request, sizeof request, 0) > 0 &&
      send(connection, ANSWER, sizeof ANSWER - 1, MSG_NOSIGNAL | MSG_MORE) > 0)
    answers += 1;
  close(connection); /* answer and end leave in one segment: MSG_MORE held it back */
}

static void accept_some(int listener) {
  for (int count = 0; count < ACCEPTS_AT_ONCE; count += 1) {
    struct sockaddr_in peer;
    socklen_t length = sizeof peer;
    int connection = accept4(listener, (struct sockaddr *)&peer, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (connection < 0) return;
    if (is_loopback(&peer)) serve(connection);
    else reset(connection);
  }
}

static bool watch(int epoll, int descriptor) {
  struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
  return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

static long number(const char *text, long most) {
  char *end;
  errno = 0;
  long value = strtol(text, &end, 10);
  if (errno != 0 || *text == '\0' || *end != '\0' || value < 0 || value > most) {
    fprintf(stderr, "quorate-responder: \"%s\" is not a number from 0 to %ld\n", text, most);
    exit(2);
  }
  return value;
}

int main(int count, char **arguments) {
  if (count != 3) {
    fprintf(stderr, "usage: quorate-responder PORT SECONDS\n");
    return 2;
  }
  const uint16_t port = (uint16_t)number(arguments[1], 65535);
  const long seconds = number(arguments[2], LONGEST_SECONDS);
  signal(SIGPIPE, SIG_IGN);
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  int limit = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
  if (epoll < 0 || limit < 0) fail("epoll");
  const struct itimerspec when = {.it_value.tv_sec = seconds > 0 ? seconds : 1};
  timerfd_settime(limit, 0, &when, NULL);
  int listener = listen_on_loopback(port);
  if (!watch(epoll, listener) || !watch(epoll, limit)) fail("epoll_ctl");
  watch(epoll, STDIN_FILENO); /* a file cannot be watched, and asks nothing */
  for (;;) {
    struct epoll_event events[3];
    int ready = epoll_wait(epoll, events, 3, -1);
    for (int index = 0; index < ready; index += 1) {
      if (events[index].data.fd == listener) {
        accept_some(listener);
        continue;
      }
      char line[256];
      const bool is_asked = events[index].data.fd == STDIN_FILENO && read(STDIN_FILENO, line, sizeof line) > 0;
      report();
      if (!is_asked) return 0; /* the time is over, or whoever asks is gone */
    }
  }
}
