#!/usr/bin/env bash
# Unpacks Open vSwitch, OVN and the flow collectors of another Debian release than this machine's:
#   hack/packages-other.sh PREFIX
# Debian 13's are unpacked into PREFIX-13 or, if this machine has Debian 13, Debian 12's into
# PREFIX-12. Nothing outside of that folder changes. Root is not needed. PREFIX-13/programs has a
# script for each program that runs it with the C library of its own release. test/harness/node
# looks for them there.
set -euo pipefail
prefix=$(realpath -m "${1:?usage: hack/packages-other.sh PREFIX}")
packages=(openvswitch-common openvswitch-switch ovn-common ovn-central ovn-host nfdump pmacct)
programs=(
	ovsdb-server ovs-vswitchd ovsdb-tool ovsdb-client ovs-vsctl ovs-ofctl ovs-appctl
	ovn-northd ovn-controller ovn-nbctl ovn-sbctl ovn-appctl nfcapd nfdump sfacctd nfacctd
)
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

. /etc/os-release
if [ "${ID:-}" != debian ]; then
	echo "This machine has ${PRETTY_NAME:-an unknown system}, not Debian: the Open vSwitch of another Debian release is not unpacked." >&2
	exit 0
fi
release=13 codename=trixie
if [ "${VERSION_ID:-}" = 13 ]; then release=12 codename=bookworm; fi
dir=$prefix-$release

# complete is written last.
if [ -e "$dir/complete" ]; then exit 0; fi
if [ ! -e "$keyring" ]; then
	echo "The keys of Debian's archive are missing ($keyring); install them with: apt-get install debian-archive-keyring" >&2
	exit 1
fi
echo "Unpacking the Open vSwitch, OVN and flow collectors of Debian $release into $dir (once)."
mkdir -p "$(dirname "$dir")"
part=$(mktemp -d "$dir.XXXXXX")
trap 'rm -rf "$part"' EXIT
state=$part/apt root=$part/root
mkdir -p "$state/lists/partial" "$state/cache/archives/partial" "$root"
: >"$state/status" # as on an empty machine, so that the dependencies are downloaded too

# The mirror that apt uses on this machine for its own release.
mirror=$(apt-get indextargets --format '$(SITE) $(CODENAME)' 'Created-By: Packages' | awk -v name="${VERSION_CODENAME:-}" '$2 == name {print $1; exit}')
if [ -z "$mirror" ]; then
	echo "apt knows no mirror of Debian ${VERSION_CODENAME:-}; run: apt-get update" >&2
	exit 1
fi
echo "deb [signed-by=$keyring] $mirror $codename main" >"$state/sources.list"
apt=(
	apt-get -qq -o "Dir::Etc::SourceList=$state/sources.list" -o Dir::Etc::SourceParts=/dev/null
	-o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=/dev/null
	-o "Dir::State=$state" -o "Dir::State::Lists=$state/lists" -o "Dir::State::status=$state/status"
	-o "Dir::State::extended_states=$state/extended" -o "Dir::Cache=$state/cache" -o "Dir::Log=$state"
	-o "APT::Sandbox::User=$(id -un)" -o Acquire::Languages=none
)
# Without --error-on, apt-get only warns of a missing signature and goes on without the list.
"${apt[@]}" update --error-on=any >"$state/log" 2>&1 || {
	cat "$state/log" >&2
	echo "If a key is missing (NO_PUBKEY), the keys of this machine are older than Debian $release: upgrade the package debian-archive-keyring." >&2
	exit 1
}
"${apt[@]}" install -y --no-install-recommends --download-only "${packages[@]}" >"$state/log" 2>&1 || {
	cat "$state/log" >&2
	exit 1
}
for file in "$state"/cache/archives/*.deb; do
	dpkg-deb -x "$file" "$root"
done
rm -rf "$root"/usr/share/{doc,man,locale}

# A program gets its own release's loader and libraries. The loader is started by a link with the
# program's name, because the kernel names the process after it.
cd "$root"
loader=$(find . -path './*lib/*-linux-gnu*' -name 'ld-linux*.so.*' -printf '%P\n' | sort | tail -n 1)
if [ -z "$loader" ]; then
	echo "The packages of Debian $release have no dynamic loader." >&2
	exit 1
fi
libraries=
for folder in usr/lib/*-linux-gnu* lib/*-linux-gnu* usr/lib; do
	[ ! -d "$folder" ] || libraries+="\$root/$folder:"
done
mkdir programs loader
for name in "${programs[@]}"; do
	path=
	for folder in usr/bin usr/sbin bin sbin usr/lib/openvswitch-switch usr/lib/openvswitch-common; do
		if [ -f "$folder/$name" ] && [ ! -L "$folder/$name" ]; then
			path=$folder/$name
			break
		fi
	done
	if [ -z "$path" ]; then
		echo "The packages of Debian $release have no program $name." >&2
		exit 1
	fi
	ln -s "../$loader" "loader/$name"
	cat >"programs/$name" <<-SCRIPT
		#!/bin/sh
		root=\${0%/*}/..
		exec "\$root/loader/$name" --library-path "${libraries%:}" --argv0 $name "\$root/$path" "\$@"
	SCRIPT
	chmod 755 "programs/$name"
done
for name in ovs-vsctl ovn-nbctl nfdump; do
	programs/$name -V >/dev/null || { echo "$name of Debian $release does not run on this machine." >&2; exit 1; }
done
touch complete
chmod 755 .
rm -rf "$dir"
mv "$root" "$dir"
