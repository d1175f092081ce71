import CAllocator

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The C library's heaps.
package enum AllocatorArenas {
    /// Two of them, as `MALLOC_ARENA_MAX=2` would say: with one for each thread, what one thread frees helps no other, and the
    /// process keeps several times what it needs. An environment that says otherwise is left alone.
    package static func limit() {
        if getenv("MALLOC_ARENA_MAX") == nil { limit_allocator_arenas(2) }
    }
}
