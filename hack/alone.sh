#!/bin/sh
# Runs a command in a network namespace of its own: Chromium cancels its requests whenever a network interface of the
# machine changes, and other tests make such interfaces. kube-apiserver looks for its own address by the default route,
# so there is an interface with one; it leads nowhere. Users who may not make a namespace get the command as it is.
set -eu
setup='ip link set lo up && ip link add nowhere type dummy && ip address add 192.0.2.1/24 dev nowhere &&
	ip link set nowhere up && ip route add default dev nowhere'
if unshare --net sh -c "$setup" 2>/dev/null; then
	exec unshare --net sh -c "$setup"' && exec "$0" "$@"' "$@"
fi
echo "$0: no network namespace can be made; a change of the network of this machine can fail $1" >&2
exec "$@"
