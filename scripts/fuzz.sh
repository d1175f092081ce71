#!/bin/bash
# Feeds each fuzz target with inputs that libFuzzer makes up, guided by what the code does with them, under AddressSanitizer.
# What crashes, hangs over 5 s or takes over 512 MiB fails, and the input is kept in .build/fuzz-inputs/TARGET.
# Usage: scripts/fuzz.sh [SECONDS [TARGET...]]
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
shift || true
export BELLHOP_FUZZ=1
# In a folder of its own: an ordinary build has other flags.
# Both in one option: of two the compiler heeds the last alone.
build=(swift build --scratch-path .build/fuzz --product fuzz -Xswiftc -sanitize=fuzzer,address -Xswiftc -use-ld=lld)
"${build[@]}"
program=$("${build[@]}" --show-bin-path)/fuzz
corpora=Tests/FuzzTargets/Corpora
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=("$corpora"/*)
# A crash is reported by libFuzzer; Swift's own report would wait for the process it is in.
export SWIFT_BACKTRACE=enable=no
export ASAN_OPTIONS=detect_leaks=0:quarantine_size_mb=32
fuzz() {
    local target=$1 found=.build/fuzz-inputs/$1
    local seeds=("$corpora/$target")
    mkdir -p "$found/new"
    # The samples of the vendors are payloads and answers as they come.
    [ "$target" != payload ] || seeds+=(Sources/Vendors/*/Samples)
    if FUZZ_TARGET=$target "$program" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=512 -max_len=20000 -seed="${SEED:-1}" \
        -print_final_stats=1 -artifact_prefix="$found/" "$found/new" "${seeds[@]}" >"$found/log" 2>&1; then
        echo "fuzz: $target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$found/log") inputs, nothing found"
    else
        echo "fuzz: $target FAILED:" >&2
        grep -aE 'Fatal error|SUMMARY|ERROR|broken promise|Test unit written' "$found/log" >&2 || tail -20 "$found/log" >&2
        return 1
    fi
}

failed=0
for target in "${targets[@]##*/}"; do
    # One on each core.
    while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n || failed=1; done
    fuzz "$target" &
done
while [ -n "$(jobs -p)" ]; do wait -n || failed=1; done
exit "$failed"
