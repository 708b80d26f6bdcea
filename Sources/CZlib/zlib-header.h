// Debian's zlib: gzip for readers who ask for it.
#include <zlib.h>
