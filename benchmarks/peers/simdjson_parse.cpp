// The least that reading a payload can cost: simdjson parses it to its DOM, and nothing is read of it.
//
//     simdjson_parse FILE.jsonl TIMES
//
// The lines lie in memory with simdjson's padding behind them, so nothing is copied. All of them are parsed TIMES
// times, one after the other. Prints {"ns_per_payload"}.
#include <simdjson.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

static std::vector<simdjson::padded_string> padded_lines(const char *path) {
    std::ifstream file(path, std::ios::binary);
    std::vector<simdjson::padded_string> lines;
    for (std::string line; std::getline(file, line);) {
        if (!line.empty()) lines.emplace_back(line);
    }
    return lines;
}

int main(int count, char **arguments) {
    if (count != 3) {
        std::fprintf(stderr, "usage: simdjson_parse FILE.jsonl TIMES\n");
        return 2;
    }
    const auto lines = padded_lines(arguments[1]);
    const long times = std::atol(arguments[2]);
    if (lines.empty() || times < 1) {
        std::fprintf(stderr, "%s: there is nothing to parse\n", arguments[1]);
        return 1;
    }
    simdjson::dom::parser parser;
    const auto start = std::chrono::steady_clock::now();
    for (long pass = 0; pass < times; pass++) {
        for (const auto &line : lines) {
            if (auto error = parser.parse(line).error()) {
                std::fprintf(stderr, "%s: %s\n", arguments[1], simdjson::error_message(error));
                return 1;
            }
        }
    }
    const std::chrono::duration<double, std::nano> taken = std::chrono::steady_clock::now() - start;
    std::printf("{\"ns_per_payload\": %.1f}\n", taken.count() / (static_cast<double>(times) * lines.size()));
    return 0;
}
