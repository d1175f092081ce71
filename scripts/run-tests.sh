#!/bin/bash
# Runs the tests that are built. What failed is said once more at the end, where a long log is looked at first.
set -euo pipefail
cd "$(dirname "$0")/.."
log=.build/tests.log
# Tests of stores and servers run side by side, and have over a thousand descriptors open.
ulimit -n "$(ulimit -Hn)" || true
# All at once, each would wait for all others, and the longest would take as long as everything together.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=${SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH:-$((4 * $(nproc)))}
if ! swift test --skip-build --disable-xctest 2>&1 | tee "$log"; then
    echo "Failed:" >&2
    grep -aE '✘|Fatal error|Crash|error:' "$log" | cut -c 1-2000 >&2 || echo "no test said why: see the end of its log" >&2
    exit 1
fi
