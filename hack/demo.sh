#!/usr/bin/env bash
# Says what "make demo" is about to do on this machine, before it does it: hack/demo.sh BIN
# What is built and unpacked stays in BIN; only apt-get, as root, changes the machine.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=$(realpath -m "${1:?usage: hack/demo.sh BIN}")
programs=(ip ovsdb-server ovn-nbctl nfcapd sfacctd prometheus)

built() {
	[ -n "${KUBEBUILDER_ASSETS:-}" ] || [ -x "$bin/controlplane/kube-apiserver" ]
}
installed() {
	local program
	for program in "${programs[@]}"; do
		PATH="$PATH:/usr/sbin:/sbin:/usr/lib/openvswitch-switch:$bin/packages/usr/sbin:$bin/packages/usr/bin" type -P "$program" >/dev/null || return 1
	done
}

echo "The demo starts two API servers and three nodes with Open vSwitch on this machine, and stops them at its end."
if built; then
	echo "* kube-apiserver, etcd and kubectl are in bin/ already."
else
	echo "* It builds kube-apiserver, etcd and kubectl in bin/ (once: about 6 minutes on 2 cores, 240 MB)."
fi
if installed; then
	echo "* Open vSwitch, OVN, nfdump, pmacct and Prometheus are installed already."
elif [ "$(id -u)" = 0 ]; then
	echo "* As root, it installs Debian packages on this machine with apt-get, without starting their services (once, about a minute):"
	echo "  $(sed -n 's/^packages=(\(.*\))$/\1/p' hack/packages.sh) iptables"
	if podman info >/dev/null 2>&1 || docker info >/dev/null 2>&1; then
		echo "  To install nothing on this machine, press Ctrl-C and run: make demo-container"
	fi
else
	echo "* Without root, it unpacks Debian packages into bin/packages and installs nothing (once, 160 MB; less than a minute and the time of the download):"
	echo "  $(sed -n 's/^packages=(\(.*\))$/\1/p' hack/packages.sh)"
fi
if [ ! -e "$bin/packages-13/complete" ] && [ ! -e "$bin/packages-12/complete" ]; then
	echo "* It unpacks Open vSwitch and OVN of a second Debian release into bin/ (once, about a minute)."
fi
echo "The demo itself then takes about a minute. \"make clean\" removes what is in bin/."
