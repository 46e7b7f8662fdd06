#!/usr/bin/env bash
# Put Debian's Alertmanager where a test finds it: two programs and their templates out of the package, no service.
set -euo pipefail
if command -v prometheus-alertmanager >/dev/null && command -v amtool >/dev/null; then
    exit 0
fi
source "$(dirname "$0")/../local/apt.sh"
need_apt prometheus-alertmanager and amtool
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
as_root apt-get update -qq
apt-get download -qq prometheus-alertmanager
# The programs look for their templates at a path of their own, so that is where they must be.
dpkg --fsys-tarfile prometheus-alertmanager_*.deb | as_root tar -x -C / \
    ./usr/bin/prometheus-alertmanager ./usr/bin/amtool \
    ./usr/share/prometheus/alertmanager/default.tmpl ./usr/share/prometheus/alertmanager/email.tmpl
