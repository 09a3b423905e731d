#!/usr/bin/env bash
# Builds cert-manager's controllers into the folder given, as the program "certmanager", and
# copies cert-manager's CRDs into its folder crds, unless both are there already, made from
# the same sources. Slow once (minutes on two cores), instant afterwards.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$(mkdir -p "$1" && cd "$1" && pwd)

stamp="$(cat "$here"/go.{mod,sum} "$here"/*.go "$here/build.sh" | sha256sum | cut -d' ' -f1) $(go env GOVERSION GOARCH | tr '\n' ' ')"
if [ "$(cat "$out/.stamp" 2>/dev/null)" = "$stamp" ]; then
	exit 0
fi

cd "$here"
version=$(GOFLAGS= go list -m -f '{{.Version}}' github.com/cert-manager/cert-manager)
echo "Building cert-manager's controllers $version from its Go module into $out (about 4 minutes, once)."
export CGO_ENABLED=0
# cert-manager's user agent says "canary" unless the linker sets the release.
go build -buildvcs=false -trimpath -ldflags "-s -w -X github.com/cert-manager/cert-manager/pkg/util.AppVersion=$version" -o "$out/.new-certmanager" .
mv "$out/.new-certmanager" "$out/certmanager"
mkdir -p "$out/crds"
# Those of ACME are left out, as its controllers are.
install -m 644 "$(GOFLAGS= go list -m -f '{{.Dir}}' github.com/cert-manager/cert-manager)"/deploy/crds/cert-manager.io_*.yaml "$out/crds"
echo "$stamp" >"$out/.stamp"
