#!/bin/bash
# Sends a sample payload of each vendor to the daemon of `make run`, as the vendor would.
# Usage: scripts/send-sample.sh [rocketchat|huggy|omnichat|channeltalk]...
set -euo pipefail
cd "$(dirname "$0")/.."
base=${BELLHOP_URL:-http://127.0.0.1:8080}
samples=Sources/Vendors

post() { # name, file, curl arguments…
    local name=$1 file=$2
    shift 2
    printf '%-12s ' "$name"
    curl --silent --show-error --output /dev/null --write-out '%{http_code}\n' \
        --header 'Content-Type: application/json' --data-binary "@$file" "$@"
}

for vendor in "${@:-rocketchat huggy omnichat channeltalk}"; do
    for name in $vendor; do
        case $name in
        rocketchat)
            post "$name" "$samples/RocketChat/Samples/src8-05-Message-visitor.payload.json" \
                --header "X-RocketChat-Livechat-Token: ${BELLHOP_SITE_SECRET:-sample-secret-of-site}" "$base/webhooks/site"
            ;;
        huggy)
            # Huggy's secret is the token inside the body.
            post "$name" "$samples/Huggy/Samples/23_receivedAllMessage_whatsapp_entrypoint.payload.json" "$base/webhooks/whats"
            ;;
        omnichat)
            post "$name" "$samples/OmniChat/Samples/01_message_create_incoming_received_text.payload.json" \
                "$base/webhooks/omni/${BELLHOP_OMNI_SECRET:-sample-secret-of-omni}"
            ;;
        channeltalk)
            post "$name" "$samples/ChannelTalk/Samples/20_v5_message_user.payload.json" \
                "$base/webhooks/desk?token=${BELLHOP_DESK_SECRET:-sample-secret-of-desk}"
            ;;
        *)
            echo "send-sample: there is no vendor '$name'" >&2
            exit 2
            ;;
        esac
    done
done
