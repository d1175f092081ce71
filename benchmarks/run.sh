#!/bin/bash
# How load time and the cost of a message grow with the number of rules: `benchmarks/run.sh PROGRAM [MESSAGES]`.
# Four fifths of the rules are keywords, one fifth regular expressions with a literal part; one message in ten matches.
# Costs are medians of five runs of `dry-run`, less a run without messages; the last column is the ratio to 10 rules.
set -euo pipefail
program=$(realpath "${1:-.build/release/bellhop}")
messages=${2:-20000}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

write_rules() { # count, folder
    mkdir -p "$2"
    awk -v count="$1" -v folder="$2" 'BEGIN {
        srand(7)
        split("ba be bi bo ca ce co da de di do fa fe ga ge la le li lo ma me mi mo na ne no pa pe po ra re ri ro sa se si so ta te ti to va ve vi za ze", syllables, " ")
        for (i = 0; i < count; i++) {
            if (i % 1000 == 0) { file = folder "/r" int(i / 1000) ".yaml"; print "version: 1\nrules:" > file }
            word = ""
            for (k = 0; k < 4; k++) word = word syllables[int(rand() * 46) + 1]
            print "  - id: rule-" i "\n    when:" > file
            if (i % 5) print "      - text: { any: [" word i ", " word " " i "] }" > file
            else print "      - text: { regex: \"" word i "\\\\s+(?<number>\\\\d+)\" }" > file
            print "    do: [ { reply: \"Hello {{contact.first_name}}, rule " i "\" } ]" > file
            if (i == 1) first = word i
        }
        print first > (folder "/first.txt")
    }'
}

write_messages() { # count, matching word, file
    awk -v count="$1" -v word="$2" 'BEGIN {
        person = "{\"id\":7,\"name\":\"Ana Souza\",\"mobile\":null,\"phone\":null,\"email\":null,\"photo\":\"no_photo\"}"
        text = "Olá, tudo bem? Gostaria de saber quando a minha encomenda chega em casa, por favor"
        for (i = 0; i < count; i++)
            print "{\"time\":1735738800,\"token\":\"t\",\"messages\":{\"receivedAllMessage\":[{\"id\":\"m" i "\",\"body\":\"" text (i % 10 ? "" : " " word) "\",\"is_internal\":false,\"sender\":" person ",\"senderType\":\"widget\",\"receiver\":false,\"receiverType\":\"agent\",\"file\":null,\"channel\":\"widget\",\"customer\":" person ",\"chat\":{\"id\":" i ",\"channel\":\"widget\",\"situation\":\"auto\",\"department\":false,\"customer\":" person "},\"send_at\":\"2025-01-01 10:40:00\",\"read_at\":null,\"company\":{\"id\":\"3\"}}]}}"
    }' >"$3"
}

median() { # command… : median of five runs in milliseconds
    local run
    for run in 1 2 3 4 5; do
        local start end
        start=$(date +%s%N)
        "$@" >/dev/null
        end=$(date +%s%N)
        echo $(((end - start) / 1000000))
    done | sort -n | sed -n 3p
}

cd "$folder"
printf '%10s %12s %16s %8s\n' rules 'load ms' 'µs a message' ratio
base=
for count in 10 100 1000 10000; do
    write_rules "$count" "rules-$count"
    write_messages "$messages" "$(cat "rules-$count/first.txt")" messages.jsonl
    : >empty.jsonl
    load=$(median "$program" check --quiet --rules "rules-$count")
    idle=$(median "$program" dry-run --quiet --rules "rules-$count" --format json empty.jsonl)
    all=$(median "$program" dry-run --quiet --rules "rules-$count" --format json messages.jsonl)
    cost=$(awk -v all="$all" -v idle="$idle" -v n="$messages" 'BEGIN { printf "%.1f", (all - idle) * 1000 / n }')
    base=${base:-$cost}
    printf '%10s %12s %16s %8s\n' "$count" "$load" "$cost" "$(awk -v a="$cost" -v b="$base" 'BEGIN { printf "%.2f", a / b }')"
done
