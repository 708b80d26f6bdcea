// Debian's libnghttp2 (1.52): frames, header compression and the rules of HTTP/2, without sockets.
#include <malloc.h>
#include <nghttp2/nghttp2.h>
