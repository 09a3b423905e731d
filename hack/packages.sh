#!/usr/bin/env bash
# Installs Open vSwitch, OVN, the flow collectors and Prometheus on a Debian machine:
#   hack/packages.sh DIR
# As root, the packages are installed, without starting their services. Otherwise they and missing
# libraries are unpacked in DIR, where test/harness/node looks for them too. With SLUICE_UNPACK=1
# they are unpacked even for root, and even if nothing is missing.
set -euo pipefail
dir=$(realpath -m "${1:?usage: hack/packages.sh DIR}") # apt-get takes absolute paths only
packages=(iproute2 openvswitch-common openvswitch-switch ovn-common ovn-central ovn-host nfdump pmacct prometheus)
programs=(
	ip ovsdb-server ovs-vswitchd ovsdb-tool ovsdb-client ovs-vsctl ovs-ofctl ovs-appctl
	ovn-northd ovn-controller ovn-nbctl ovn-sbctl ovn-appctl nfcapd nfdump sfacctd nfacctd
	prometheus promtool
)
schemas=(openvswitch/vswitch.ovsschema ovn/ovn-nb.ovsschema ovn/ovn-sb.ovsschema)
unpack=${SLUICE_UNPACK:-}
# Tests of probes use it in network namespaces, which only root can create.
if [ "$(id -u)" = 0 ] && [ -z "$unpack" ]; then
	packages+=(iptables)
	programs+=(iptables ip6tables)
fi

# present ROOT... succeeds if every program and schema is under one of the roots, or in PATH.
present() {
	local root program schema path=
	for root in "$@"; do
		path+="$root/usr/sbin:$root/usr/bin:$root/sbin:$root/bin:$root/usr/lib/openvswitch-switch:"
	done
	for program in "${programs[@]}"; do
		PATH=$path type -P "$program" >/dev/null || return 1
	done
	for schema in "${schemas[@]}"; do
		for root in "$@" missing; do
			[ "$root" != missing ] || return 1
			[ ! -e "$root/usr/share/$schema" ] || break
		done
	done
}

# Debian starts the services of a package unless this program forbids it.
without_services() {
	local policy=/usr/sbin/policy-rc.d status=0
	if [ -e "$policy" ]; then
		"$@"
		return
	fi
	printf '#!/bin/sh\nexit 101\n' >"$policy"
	chmod 755 "$policy"
	"$@" || status=$?
	rm -f "$policy"
	return "$status"
}

install_all() {
	local log
	echo "Installing Open vSwitch, OVN, flow collectors, Prometheus and iptables with apt-get (once)."
	# Only one apt-get can install at a time.
	exec 9</var/lib/dpkg # no file is made
	flock 9
	log=$(mktemp)
	# shellcheck disable=SC2064 # expand the name now
	trap "rm -f '$log'" EXIT
	apt-get -qq update >"$log" 2>&1 || cat "$log" >&2 # the known packages may be enough
	DEBIAN_FRONTEND=noninteractive without_services \
		apt-get -qq install -y --no-install-recommends "${packages[@]}" >"$log" 2>&1 || {
		cat "$log" >&2
		exit 1
	}
}

# download fetches the packages to unpack into a folder: those that apt-get would install, which are
# the packages of the programs and their missing dependencies. With SLUICE_UNPACK, the packages of
# the programs are included even if they are installed.
download() {
	local archives=$1 names
	shift
	names=$("$@" -s --no-install-recommends install "${packages[@]}") || return 1
	mapfile -t names < <(awk '$1 == "Inst" {print $2}' <<<"$names"; [ -z "$unpack" ] || printf '%s\n' "${packages[@]}")
	mapfile -t names < <(printf '%s\n' "${names[@]}" | sort -u)
	(cd "$archives" && "$@" -qq download "${names[@]}")
}

unpack_all() {
	local part file apt
	echo "Unpacking Open vSwitch, OVN, flow collectors and Prometheus into $dir (once)."
	mkdir -p "$(dirname "$dir")"
	part=$(mktemp -d "$dir.XXXXXX")
	# shellcheck disable=SC2064 # expand the name now
	trap "rm -rf '$part'" EXIT
	mkdir -p "$part/archives" "$part/root" "$part/lists/partial" "$part/cache/archives/partial"
	# The package lists of the machine may be old or missing, and only root can update them.
	if ! download "$part/archives" apt-get 2>/dev/null; then
		apt=(apt-get -o "Dir::State::Lists=$part/lists" -o "Dir::Cache=$part/cache")
		# The cleanup hooks of a container may fail without root, so errors are printed only on failure.
		"${apt[@]}" -qq update 2>"$part/errors" || { cat "$part/errors" >&2; exit 1; }
		download "$part/archives" "${apt[@]}"
	fi
	for file in "$part"/archives/*.deb; do
		dpkg-deb -x "$file" "$part/root"
	done
	# An installation would create this link.
	ln -sf ../lib/openvswitch-switch/ovs-vswitchd "$part/root/usr/sbin/ovs-vswitchd"
	rm -rf "$dir"
	mv "$part/root" "$dir"
	chmod 755 "$dir"
}

if [ -n "$unpack" ]; then
	present "$dir" || unpack_all
elif ! present "" && ! present "" "$dir"; then
	if [ "$(id -u)" = 0 ]; then install_all; else unpack_all; fi
fi
if [ -n "$unpack" ]; then present "$dir"; else present "" "$dir"; fi || {
	echo "Some of these programs are still missing: ${programs[*]}" >&2
	exit 1
}
