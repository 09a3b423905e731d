#!/usr/bin/env bash
# Builds the image of the webhook with the first of docker, podman and buildah that works.
# The program is static, so the image starts from nothing and no base image is pulled.
set -euo pipefail
cd "$(dirname "$0")/.."
version=$1
image=${IMAGE:-sluice:$version}
arch=${GOARCH:-$(go env GOARCH)}

CGO_ENABLED=0 GOOS=linux GOARCH=$arch go build -trimpath -ldflags "-s -w -X main.version=$version" -o "bin/image/sluice" ./cmd/sluice

if docker info >/dev/null 2>&1; then
	build=(docker build)
elif command -v podman >/dev/null; then
	build=(podman build)
elif command -v buildah >/dev/null; then
	build=(buildah build --isolation "${BUILDAH_ISOLATION:-chroot}")
else
	echo "No docker engine, podman or buildah here. On Debian: apt-get install buildah" >&2
	exit 1
fi
"${build[@]}" --platform "linux/$arch" --build-arg "VERSION=$version" --file Dockerfile --tag "$image" bin/image
echo "Built $image with ${build[0]}."
