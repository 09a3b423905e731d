#!/usr/bin/env bash
# Installs Debian's Chromium for the tests of "kubectl sluice ui", if it is missing. Without root, these tests
# are skipped.
set -euo pipefail
if type -P chromium >/dev/null; then exit 0; fi
if [ "$(id -u)" != 0 ] || ! type -P apt-get >/dev/null; then
	echo "chromium is missing: the tests of the page are skipped; install it with: apt-get install chromium" >&2
	exit 0
fi
echo "Installing Chromium with apt-get (once)."
# Only one apt-get can install at a time.
exec 9</var/lib/dpkg # no file is made
flock 9
log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt-get -qq update >"$log" 2>&1 || cat "$log" >&2 # the known packages may be enough
DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium fonts-dejavu-core >"$log" 2>&1 || {
	cat "$log" >&2
	exit 1
}
