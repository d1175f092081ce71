#include "allocator_arenas.h"
#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

void limit_allocator_arenas(int most) {
#ifdef __GLIBC__
    mallopt(M_ARENA_MAX, most);
#else
    (void)most;
#endif
}
