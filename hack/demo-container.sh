#!/usr/bin/env bash
# Runs the demo in a container, with podman or docker, so that nothing is installed on this machine:
#   hack/demo-container.sh
#
#   DEMO_IMAGE     image with Go, of Debian (default: golang:1.26-bookworm). With an image without
#                  Go, the Go of this machine is mounted.
#   DEMO_OPTIONS   more options of "podman run", such as "--network=host"
#
# The repository is mounted read-only. What is built stays in the volume sluice-demo, so that the
# second run takes about a minute. To remove it: podman volume rm sluice-demo
set -euo pipefail
cd "$(dirname "$0")/.."
if podman info >/dev/null 2>&1; then
	run=podman
elif docker info >/dev/null 2>&1; then
	run=docker
else
	echo "Neither podman nor docker answers. On Debian: apt-get install podman. Without a container: make demo" >&2
	exit 2
fi
image=${DEMO_IMAGE:-docker.io/library/golang:1.26-bookworm}
echo "With $run, this runs the demo in a container of $image."
echo "The first run installs packages in the container and builds kube-apiserver in the volume sluice-demo (about 10 minutes); the next ones take about 2 minutes."

goroot=()
if ! "$run" run --rm "$image" sh -c 'test -x /usr/local/go/bin/go || command -v go >/dev/null'; then
	goroot=(--volume "$(go env GOROOT):/usr/local/go:ro")
fi
read -ra options <<<"${DEMO_OPTIONS:-}"
# The demo creates network namespaces and starts Open vSwitch, which needs these capabilities.
exec "$run" run --rm --cap-add=NET_ADMIN --cap-add=SYS_ADMIN --cap-add=NET_RAW --security-opt=apparmor=unconfined "${options[@]}" \
	--volume "$PWD:/source:ro" --volume sluice-demo:/demo "${goroot[@]}" \
	--env "GOPROXY=$(go env GOPROXY 2>/dev/null || true)" --env GOTOOLCHAIN=auto --env GOMODCACHE=/demo/modules --env GOCACHE=/demo/cache --env NO_COLOR="${NO_COLOR:-}" \
	"$image" sh -euc '
		export PATH=/usr/local/go/bin:$PATH DEBIAN_FRONTEND=noninteractive
		for need in make:make ca-certificates:update-ca-certificates; do
			command -v "${need#*:}" >/dev/null || missing="${missing:-} ${need%:*}"
		done
		[ -z "${missing:-}" ] || { apt-get -qq update && apt-get -qq install -y --no-install-recommends $missing >/dev/null; }
		mkdir -p /tmp/source /demo/bin && tar -C /source --exclude=./bin --exclude=./.git -cf - . | tar -C /tmp/source -xf - && ln -s /demo/bin /tmp/source/bin
		cd /tmp/source && exec make demo'
