#!/bin/sh
# Installs a built program with its unit, manual, completions and examples. `make install` and the Debian package use it.
# Usage: scripts/install.sh PROGRAM DESTDIR PREFIX SYSCONFDIR UNITDIR
set -eu
program=$1 destdir=$2 prefix=$3 sysconfdir=$4 unitdir=$5
cd "$(dirname "$0")/.."
[ -x "$program" ] || {
    echo "install: there is no $program: run \`make build\` first" >&2
    exit 1
}
share=$destdir$prefix/share
documents=$share/doc/bellhop
generated=$(mktemp -d)
trap 'rm -rf "$generated"' EXIT

install -D -m 755 "$program" "$destdir$prefix/bin/bellhop"

for unit in bellhop.service bellhop.socket; do
    [ -e "systemd/$unit" ] || continue
    sed "s|/usr/local/bin/|$prefix/bin/|; s|/usr/share/|$prefix/share/|; s|/etc/bellhop/bellhop.yaml|$sysconfdir/bellhop/bellhop.yaml|" \
        "systemd/$unit" >"$generated/$unit"
    install -D -m 644 "$generated/$unit" "$destdir$unitdir/$unit"
done
install -D -m 644 systemd/bellhop.sysusers "$destdir/usr/lib/sysusers.d/bellhop.conf"

# What an administrator wrote stays.
[ -e "$destdir$sysconfdir/bellhop/bellhop.yaml" ] ||
    install -D -m 644 systemd/bellhop.yaml "$destdir$sysconfdir/bellhop/bellhop.yaml"
install -d -m 755 "$destdir$sysconfdir/bellhop/rules"

"$program" manual "$generated/manual"
for page in "$generated/manual"/*; do
    gzip -9 -n "$page"
    install -D -m 644 "$page.gz" "$share/man/man${page##*.}/${page##*/}.gz"
done

complete() { # SHELL FILE
    "$program" --generate-completion-script "$1" >"$generated/completion"
    install -D -m 644 "$generated/completion" "$2"
}
complete bash "$share/bash-completion/completions/bellhop"
complete fish "$share/fish/vendor_completions.d/bellhop.fish"
# Where each zsh looks: Debian's in the first, others in the second.
[ "$prefix" = /usr ] && functions=$share/zsh/vendor-completions || functions=$share/zsh/site-functions
complete zsh "$functions/_bellhop"

for example in rules/*.yaml; do install -D -m 644 "$example" "$documents/examples/$example"; done
for example in systemd/drop-ins/*; do install -D -m 644 "$example" "$documents/examples/drop-ins/${example##*/}"; done
for document in README.md docs/operations.md docs/rules.md docs/CHANGELOG.md; do
    install -D -m 644 "$document" "$documents/${document##*/}"
done
