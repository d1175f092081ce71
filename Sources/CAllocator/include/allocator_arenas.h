#pragma once

/// Lets the C library's allocator have so many heaps at most. Does nothing where there is no such limit.
void limit_allocator_arenas(int most);
