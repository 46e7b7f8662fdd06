#!/usr/bin/env bash
# Install what some tests use and Python does not bring: Chromium, and for the commands on the pages the AWS CLI and jq.
# As anybody would, from the distribution; what is there already is left alone.
set -euo pipefail
wanted=()
if ! command -v chromium >/dev/null && ! command -v chromium-browser >/dev/null && ! command -v google-chrome >/dev/null; then
    wanted+=(chromium fonts-noto-cjk)
fi
if ! aws --version 2>/dev/null | grep -q '^aws-cli/2' && ! [ -x /usr/bin/aws ]; then
    wanted+=(awscli)
fi
for name in jq curl openssl; do
    if ! command -v "$name" >/dev/null; then
        wanted+=("$name")
    fi
done
if [ ${#wanted[@]} = 0 ]; then
    exit 0
fi
source "$(dirname "$0")/../local/apt.sh"
need_apt "${wanted[@]}"
as_root apt-get update -qq
as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${wanted[@]}"
