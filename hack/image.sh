#!/usr/bin/env bash
# Builds the images with the first of docker, podman and buildah that works:
#   hack/image.sh VERSION [webhook|agent]...
#
#   IMAGE, AGENT_IMAGE   names with tags (sluice-webhook:VERSION, sluice-agent:VERSION)
#   ARCHS                architectures ("amd64 arm64"; default: this machine's). One image
#                        for each, named NAME-ARCH if there are several.
#   IN_CONTAINER=1       compile in the Dockerfile's Go image; else this machine's Go does,
#                        which needs no image
#   AGENT_BASE           what the agent's tools are installed on; "make image-base" makes one
#                        of Debian's packages where none can be pulled
# The same commit gives the same webhook image, bit by bit. The agent's also depends on the
# versions of the packages that its base brings.
set -euo pipefail
cd "$(dirname "$0")/.."
version=$1
shift
[ $# -gt 0 ] || set -- webhook agent
revision=$(git rev-parse HEAD 2>/dev/null || echo unknown)
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}
export SOURCE_DATE_EPOCH
archs=${ARCHS:-$(go env GOARCH)}

if docker info >/dev/null 2>&1; then
	build=(docker build --quiet)
elif podman info >/dev/null 2>&1; then
	build=(podman build --quiet --timestamp "$SOURCE_DATE_EPOCH")
elif command -v buildah >/dev/null; then
	build=(buildah build --quiet --isolation "${BUILDAH_ISOLATION:-chroot}" --timestamp "$SOURCE_DATE_EPOCH")
else
	echo "No docker engine, podman or buildah here. On Debian: apt-get install buildah" >&2
	exit 1
fi

out=bin/image
rm -rf "$out"
mkdir -p "$out"
for arch in $archs; do
	context=()
	if [ -z "${IN_CONTAINER:-}" ]; then
		CGO_ENABLED=0 GOOS=linux GOARCH=$arch go build -trimpath -ldflags "-s -w -X main.version=$version" -o "$out/linux/$arch/" ./cmd/sluice-webhook ./cmd/sluice-agent
		context=(--build-context "build=$out")
	fi
	for target in "$@"; do
		name=${IMAGE:-sluice-webhook:$version}
		[ "$target" = webhook ] || name=${AGENT_IMAGE:-sluice-agent:$version}
		[ "$archs" = "$arch" ] || name+=-$arch
		"${build[@]}" --platform "linux/$arch" --target "$target" "${context[@]}" \
			${AGENT_BASE:+--build-arg "AGENT_BASE=$AGENT_BASE"} \
			--build-arg "VERSION=$version" --build-arg "REVISION=$revision" --build-arg "TARGETARCH=$arch" \
			--file Dockerfile --tag "$name" . >/dev/null
		echo "Built $name with ${build[0]}."
	done
done
