#include "CConsole.h"
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

/* Runs before the runtime opens descriptors of its own: one of those would else take the number of an output that our
 * parent has closed, and be written to. Standard output becomes one that cannot be written to (EBADF).
 *
 * A reader that has gone is an error of a write, and not the end of the process, whatever our parent has set. */
__attribute__((constructor)) static void prepare(void) {
  signal(SIGPIPE, SIG_IGN);
  for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; descriptor += 1)
    if (fcntl(descriptor, F_GETFD) == -1)
      /* The lowest free number. */
      open("/dev/null", descriptor == STDERR_FILENO ? O_WRONLY : O_RDONLY);
}
