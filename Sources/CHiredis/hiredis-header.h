// Debian's libhiredis (0.14): the codec of the Redis protocol.
#include <hiredis/hiredis.h>
