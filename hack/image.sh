#!/usr/bin/env bash
# Builds the images with docker, podman or buildah, whichever works first:
#   hack/image.sh VERSION [webhook|agent]...
#
#   IMAGE, AGENT_IMAGE   names with tags (sluice-webhook:VERSION, sluice-agent:VERSION)
#   ARCHS                architectures, such as "amd64 arm64" (default: that of this machine). There
#                        is one image for each; with several, their names end in -ARCH.
#   IN_CONTAINER=1       compile in the Go image of the Dockerfile, instead of with the Go of this
#                        machine, which needs no image
#   AGENT_BASE           base image for the tools of the agent; if none can be pulled,
#                        "make image-base" builds one from Debian packages
# Webhook images of the same commit are identical, bit by bit. The image of the agent also depends
# on the versions of the packages in its base.
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
	echo "docker, podman and buildah are missing; on Debian: apt-get install buildah" >&2
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
