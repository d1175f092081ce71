#include "CSimdjson.h"

#include <simdjson.h>

#include <algorithm>
#include <new>
#include <string>

namespace {

using simdjson::dom::document;
using simdjson::dom::parser;

/// A parser that has grown beyond this is not kept: one large body must not hold memory on every thread for good.
constexpr size_t kept_capacity = 1 << 20;

/// A parser's first size, so that the usual payload of a few KiB does not make it grow step by step.
constexpr size_t first_capacity = 16 << 10;

thread_local parser thread_parser;

constexpr uint64_t payload_mask = (uint64_t(1) << 56) - 1;

csimdjson_error translated(simdjson::error_code error) {
    switch (error) {
    case simdjson::SUCCESS: return CSIMDJSON_OK;
    case simdjson::CAPACITY: return CSIMDJSON_TOO_LARGE;
    case simdjson::MEMALLOC: return CSIMDJSON_NO_MEMORY;
    default: return CSIMDJSON_REFUSED;
    }
}

simdjson::error_code prepare(parser &parser, size_t length, size_t max_depth) {
    if (length > parser.max_capacity()) { return simdjson::CAPACITY; }
    if (parser.capacity() >= length && parser.capacity() > 0 && parser.max_depth() == max_depth) { return simdjson::SUCCESS; }
    return parser.allocate(std::max({length, parser.capacity(), first_capacity}), max_depth);
}

csimdjson_error parsed(document &target, const uint8_t *bytes, size_t length, size_t max_depth) {
    auto error = prepare(thread_parser, length, max_depth);
    if (!error) { error = thread_parser.parse_into_document(target, bytes, length).error(); }
    if (error == simdjson::MEMALLOC || thread_parser.capacity() > kept_capacity) { thread_parser = parser(); }
    return translated(error);
}

} // namespace

csimdjson_document csimdjson_parse(const uint8_t *bytes, size_t length, size_t max_depth) {
    csimdjson_document result = {nullptr, nullptr, 0, nullptr, CSIMDJSON_REFUSED};
    if (bytes == nullptr || length == 0) { return result; }
    document *target = nullptr;
    try {
        target = new document();
        result.error = parsed(*target, bytes, length, max_depth);
    } catch (...) {
        // Allocation is all that can throw below, and an exception must not unwind through the caller's frames.
        result.error = CSIMDJSON_NO_MEMORY;
    }
    if (result.error != CSIMDJSON_OK) {
        delete target;
        return result;
    }
    result.handle = target;
    result.tape = target->tape.get();
    // The first word is the root's, and its payload is the index of the last.
    result.tape_length = size_t(target->tape[0] & payload_mask) + 1;
    result.strings = target->string_buf.get();
    return result;
}

void csimdjson_free(void *handle) { delete static_cast<document *>(handle); }

const char *csimdjson_version(void) { return SIMDJSON_STRINGIFY(SIMDJSON_VERSION); }

void csimdjson_kernel(char *name, size_t size) {
    if (name == nullptr || size == 0) { return; }
    name[0] = 0;
    try {
        const std::string text = simdjson::get_active_implementation()->name();
        const size_t length = std::min(text.size(), size - 1);
        std::copy_n(text.data(), length, name);
        name[length] = 0;
    } catch (...) {
        // Allocation alone can fail, and the name is only for people.
    }
}
