// The parts of the Linux interface that Swift's Glibc module leaves out.
#define _GNU_SOURCE
#include <sys/epoll.h>
#include <sys/eventfd.h>
