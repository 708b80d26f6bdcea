// Debian's libc-ares (1.18): asks name servers, and reads what the system says of them.
#include <ares.h>
