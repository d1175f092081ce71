#!/bin/bash
# Installs the Debian package into a throw-away copy of this system with dpkg, runs what it installed as its user, and removes
# it again. Nothing of this system is changed: the copy is an overlay that ends with the script. Needs root.
# Usage: scripts/test-package.sh PACKAGE
set -euo pipefail
package=$(realpath "$1")
[ "$(id -u)" = 0 ] || exec sudo "$0" "$package"
if [ "${2:-}" != inside ]; then exec unshare --mount --pid --fork "$(realpath "$0")" "$package" inside; fi

copy=$(mktemp -d)
mount -t tmpfs -o size=1g tmpfs "$copy"
trap 'umount -l "$copy"; rmdir "$copy"' EXIT
mkdir "$copy/changes" "$copy/work" "$copy/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$copy/changes,workdir=$copy/work" "$copy/root"
root=$copy/root
mount -t proc proc "$root/proc"
# A folder of its own: that of the system may be a mount, which an overlay does not show.
mount -t tmpfs tmpfs "$root/tmp"
mkdir -p "$root/run"
mount -t tmpfs tmpfs "$root/run"
cp "$package" "$root/tmp/bellhop.deb"

fail() {
    echo "package test: $1" >&2
    exit 1
}
enter=(chroot "$root" /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)
as_bellhop=("${enter[@]}" setpriv --reuid bellhop --regid bellhop --clear-groups --no-new-privs)
inside() { "${enter[@]}" "$@"; }

inside dpkg --install /tmp/bellhop.deb >"$copy/log" 2>&1 || fail "dpkg does not install it: $(cat "$copy/log")"
inside getent passwd bellhop >/dev/null || fail "there is no user bellhop"
! inside ldd /usr/bin/bellhop | grep 'not found' || fail "a library is missing"
for file in /etc/bellhop/bellhop.yaml /lib/systemd/system/bellhop.service /usr/share/man/man1/bellhop.1.gz \
    /usr/share/man/man5/bellhop.yaml.5.gz /usr/share/bash-completion/completions/bellhop \
    /usr/share/zsh/vendor-completions/_bellhop /usr/share/fish/vendor_completions.d/bellhop.fish \
    /usr/share/doc/bellhop/examples/rules/20-shop.yaml /usr/share/doc/bellhop/copyright; do
    [ -e "$root$file" ] || fail "there is no $file"
done
grep -q '^ExecStart=/usr/bin/bellhop ' "$root/lib/systemd/system/bellhop.service" || fail "the unit starts another program"
[ "$(stat -c %a:%U "$root/etc/bellhop/secrets")" = 700:root ] || fail "the folder of secrets is not root's alone"
inside dpkg --verify bellhop | grep -v '^$' && fail "files are not as they were packed"

# As the unit starts it, with the examples as rules.
cp "$root/usr/share/doc/bellhop/examples/rules/"*.yaml "$root/etc/bellhop/rules/"
install -d -m 700 -o "$(inside id -u bellhop)" -g "$(inside id -g bellhop)" "$root/var/lib/bellhop"
install -d -m 750 -o "$(inside id -u bellhop)" -g "$(inside id -g bellhop)" "$root/run/bellhop"
sed -i -e 's/^listen:.*/listen: 127.0.0.1:0/' -e 's/^admin:.*/admin: 127.0.0.1:0/' "$root/etc/bellhop/bellhop.yaml"
"${as_bellhop[@]}" bellhop test --config /etc/bellhop/bellhop.yaml >"$copy/log" 2>&1 || fail "the examples' tests fail: $(cat "$copy/log")"
: >"$copy/daemon"
"${as_bellhop[@]}" bellhop serve --config /etc/bellhop/bellhop.yaml >"$copy/daemon" 2>&1 &
daemon=$!
for _ in $(seq 600); do
    grep -q 'msg="started"' "$copy/daemon" && break
    kill -0 "$daemon" 2>/dev/null || fail "the daemon did not start: $(cat "$copy/daemon")"
    sleep 0.1
done
"${as_bellhop[@]}" bellhop status --config /etc/bellhop/bellhop.yaml >"$copy/log" || fail "the daemon does not answer"
kill "$daemon"
wait "$daemon" || fail "the daemon did not stop well: $(cat "$copy/daemon")"
[ "$(stat -c %a "$root/var/lib/bellhop/bellhop.db")" = 600 ] || fail "others may read the store"

# Installed again over a changed configuration: the change stays.
echo '# changed' >>"$root/etc/bellhop/bellhop.yaml"
inside dpkg --install --force-confold /tmp/bellhop.deb >/dev/null 2>&1 || fail "it cannot be installed again"
grep -q '^# changed' "$root/etc/bellhop/bellhop.yaml" || fail "an upgrade lost the configuration"
inside dpkg --remove bellhop >/dev/null 2>&1 || fail "it cannot be removed"
[ ! -e "$root/usr/bin/bellhop" ] || fail "the program is left"
inside dpkg --purge bellhop >/dev/null 2>&1 || fail "it cannot be purged"
[ ! -e "$root/etc/bellhop/bellhop.yaml" ] || fail "the configuration is left"
[ -e "$root/var/lib/bellhop/bellhop.db" ] || fail "the store is gone"
[ -e "$root/etc/bellhop/rules/20-shop.yaml" ] || fail "the administrator's rules are gone"
echo "package test: installed, ran, upgraded, removed and purged"
