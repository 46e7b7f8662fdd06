#!/usr/bin/env bash
# Put Debian's Alertmanager where a test finds it: two programs and their templates out of the package, no service.
set -euo pipefail
if command -v prometheus-alertmanager >/dev/null && command -v amtool >/dev/null; then
    exit 0
fi
if ! command -v apt-get >/dev/null; then
    echo "standdown: please install prometheus-alertmanager and amtool (there is no apt-get here)" >&2
    exit 2
fi
root=()
if [ "$(id -u)" != 0 ]; then
    root=(sudo)
fi
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${root[@]}" apt-get update -qq
apt-get download -qq prometheus-alertmanager
# The programs look for their templates at a path of their own, so that is where they must be.
dpkg --fsys-tarfile prometheus-alertmanager_*.deb | "${root[@]}" tar -x -C / \
    ./usr/bin/prometheus-alertmanager ./usr/bin/amtool \
    ./usr/share/prometheus/alertmanager/default.tmpl ./usr/share/prometheus/alertmanager/email.tmpl
