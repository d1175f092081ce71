#!/bin/bash
# Makes a Debian package of a built program: what `make install` installs, with what Debian wants around it.
# Usage: scripts/package-deb.sh PROGRAM FOLDER
# The same program and the same commit give the same package, byte for byte.
set -euo pipefail
cd "$(dirname "$0")/.."
program=$(realpath "$1")
target=$(realpath "$2")
version=$("$program" --version)
architecture=$(dpkg --print-architecture)
# When what is in the package was last changed, for all of its files.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
umask 022
root=$work/root
mkdir "$root"

strip --strip-unneeded --remove-section=.comment -o "$work/bellhop" "$program"
scripts/install.sh "$work/bellhop" "$root" /usr /etc /lib/systemd/system
documents=$root/usr/share/doc/bellhop
install -m 644 LICENSE "$documents/copyright"
gzip -9 -n "$documents/CHANGELOG.md"
mv "$documents/CHANGELOG.md.gz" "$documents/changelog.gz"

# What the program is linked with, by the packages that have it.
mkdir -p "$work/debian"
printf 'Source: bellhop\n\nPackage: bellhop\nArchitecture: any\n' >"$work/debian/control"
libraries=$(cd "$work" && dpkg-shlibdeps -O --ignore-missing-info "$root/usr/bin/bellhop" 2>/dev/null | sed 's/^shlibs:Depends=//')

install -d "$root/DEBIAN"
for script in postinst prerm postrm; do install -m 755 "systemd/debian/$script" "$root/DEBIAN/$script"; done
printf '/etc/bellhop/bellhop.yaml\n' >"$root/DEBIAN/conffiles"
cat >"$root/DEBIAN/control" <<CONTROL
Package: bellhop
Version: $version
Architecture: $architecture
Maintainer: Bellhop <bellhop@localhost>
Installed-Size: $(du -sk --exclude=DEBIAN "$root" | cut -f1)
Depends: $libraries, tzdata, ca-certificates
Recommends: systemd
Section: net
Priority: optional
Description: rule-based chatbot and automation daemon
 Chat vendors (Rocket.Chat, Huggy, OmniChat, Channel Talk, Chatwoot) report
 customers' messages by webhook. Bellhop decides by keyword and regex rules and
 multi-step flows written in YAML files, and acts through the vendors' APIs:
 it replies, routes, tags, closes, leaves notes, and calls systems of your own.
 .
 Rules are checked, tested and tried on captured webhooks before a customer
 sees the effect.
CONTROL
(cd "$root" && find . -path ./DEBIAN -prune -o -type f -printf '%P\0' | sort -z | xargs -0 md5sum >DEBIAN/md5sums)

package=$target/bellhop_${version}_$architecture.deb
dpkg-deb --root-owner-group -Zxz --build "$root" "$package" >/dev/null
echo "$package"
