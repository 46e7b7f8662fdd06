#!/usr/bin/env bash
# Install the Chromium of the distribution, as anybody would; where one is there, do nothing.
set -euo pipefail
for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null; then
        exit 0
    fi
done
if ! command -v apt-get >/dev/null; then
    echo "standdown: install Chromium, such that the command chromium starts it (there is no apt-get here)" >&2
    exit 2
fi
root=()
if [ "$(id -u)" != 0 ]; then
    root=(sudo)
fi
"${root[@]}" apt-get update -qq
"${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk
