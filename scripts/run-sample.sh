#!/bin/bash
# Runs the daemon with the sample configuration and rules. The secrets of a try-out are made here and shown, so that the
# README's curl commands work (Huggy's is the token inside its sample payloads); a real installation gives its own (docs/operations.md).
set -euo pipefail
program=${1:-.build/release/bellhop}

export BELLHOP_SITE_SECRET=${BELLHOP_SITE_SECRET:-sample-secret-of-site}
export BELLHOP_WHATS_SECRET=${BELLHOP_WHATS_SECRET:-8187ce0c2e5d0aefd626fa4999f62974}
export BELLHOP_OMNI_SECRET=${BELLHOP_OMNI_SECRET:-sample-secret-of-omni}
export BELLHOP_DESK_SECRET=${BELLHOP_DESK_SECRET:-sample-secret-of-desk}

cat >&2 <<TEXT
Bellhop with the sample rules: nothing is sent, what would be is printed below. In another terminal, try:
  scripts/send-sample.sh            one sample payload of each vendor
Ctrl-C stops it.
TEXT
exec "$program" serve --config bellhop.yaml
