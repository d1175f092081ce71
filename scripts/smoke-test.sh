#!/bin/bash
# Starts the built program with the sample configuration on ports of its own, sends it a sample of each vendor, asks it over
# the control socket what it decided, and stops it. What `make run` does, as a check.
# Usage: scripts/smoke-test.sh [PROGRAM]
set -euo pipefail
cd "$(dirname "$0")/.."
program=$(realpath "${1:-.build/release/bellhop}")
folder=$(mktemp -d)
daemon=
trap '[ -z "$daemon" ] || kill "$daemon" 2>/dev/null || true; rm -rf "$folder"' EXIT

cp -r rules bellhop.yaml scripts "$folder"
mkdir -p "$folder/Sources"
ln -s "$PWD/Sources/Vendors" "$folder/Sources/Vendors"
sed -i -e 's/^listen:.*/listen: 127.0.0.1:0/' -e 's/^admin:.*/admin: 127.0.0.1:0/' "$folder/bellhop.yaml"
cd "$folder"
: >log
scripts/run-sample.sh "$program" >log 2>&1 &
daemon=$!

fail() {
    echo "smoke test: $1" >&2
    cat log >&2
    exit 1
}

for _ in $(seq 600); do
    grep -q 'msg="started"' log && break
    kill -0 "$daemon" 2>/dev/null || fail "the daemon did not start"
    sleep 0.1
done
listen=$(sed -n 's/.*msg="started".* listen=\([^ ]*\).*/\1/p' log)
[ -n "$listen" ] || fail "the daemon does not say where it listens"
[ "$(BELLHOP_URL="http://$listen" scripts/send-sample.sh | grep -c ' 200$')" = 4 ] || fail "a sample was not taken"
for _ in $(seq 600); do
    "$program" blame 91000002 >chain 2>/dev/null && grep -q 'done' chain && break
    sleep 0.1
done
grep -q 'rule sales  rules/20-shop.yaml:' chain || fail "blame does not tell the rule: $(cat chain)"
"$program" status >status || fail "there is no status"
kill "$daemon"
wait "$daemon" || fail "the daemon did not stop well"
daemon=
echo "smoke test: the daemon started, decided the samples, and stopped"
