#!/bin/bash
# Writes the tables that the program knows into the documents: between `<!-- generated: TABLE -->` and `<!-- end -->`.
# With --check: changes nothing, and fails when a document is not as it would be written.
set -euo pipefail
program=$1
mode=${2:-}
status=0

for document in docs/*.md docs/vendors/*.md; do
    grep -q '<!-- generated: ' "$document" || continue
    written=$(mktemp)
    inside=
    while IFS= read -r line || [ -n "$line" ]; do
        if [[ $line == '<!-- end -->' ]]; then inside=; fi
        [ -n "$inside" ] || printf '%s\n' "$line" >>"$written"
        if [[ $line =~ ^'<!-- generated: '([a-z]+)' -->'$ ]]; then
            inside=yes
            "$program" reference "${BASH_REMATCH[1]}" >>"$written"
        fi
    done <"$document"
    if ! cmp -s "$document" "$written"; then
        if [ "$mode" = --check ]; then
            echo "$document is not as the program knows it: run \`make docs\`" >&2
            diff -u "$document" "$written" >&2 || true
            status=1
        else
            cp "$written" "$document"
            echo "wrote $document"
        fi
    fi
    rm -f "$written"
done
exit $status
