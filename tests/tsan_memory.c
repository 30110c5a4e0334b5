/* The names by which a newer compiler calls what copies and fills memory, for the ThreadSanitizer runtime of an older C compiler,
 * which watches the functions of the C library instead. */
#include <string.h>

void *__tsan_memcpy(void *to, const void *from, size_t len) { return memcpy(to, from, len); }
void *__tsan_memmove(void *to, const void *from, size_t len) { return memmove(to, from, len); }
void *__tsan_memset(void *to, int value, size_t len) { return memset(to, value, len); }
