#!/bin/sh
# Installs the Debian packages that Bellhop is built and run with. Says what it does; does nothing when all is there.
# With `--run`: only what a built binary needs. With `--proxies`: the proxies that `make smuggling` tries.
set -eu

case "${1:-}" in
--run) packages="libcurl4 libpcre2-8-0 libsimdjson14 libsqlite3-0 libyaml-0-2 zlib1g tzdata ca-certificates" ;;
--proxies) packages="nginx-light haproxy" ;;
*) packages="libcurl4-openssl-dev libpcre2-dev libsimdjson-dev libsqlite3-dev libyaml-dev zlib1g-dev pkg-config tzdata ca-certificates curl make openssl strace systemd libseccomp-dev" ;;
esac

command -v dpkg-query >/dev/null 2>&1 || {
    echo "install-packages: this is no Debian; install the counterparts of: $packages" >&2
    exit 1
}

missing=""
for package in $packages; do
    state=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=""
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null 2>&1 || {
        echo "install-packages: run as root, or install sudo; missing:$missing" >&2
        exit 1
    }
    as_root="sudo"
fi

echo "install-packages: installing$missing" >&2
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # a list of words
$as_root apt-get update -qq
# shellcheck disable=SC2086
$as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
