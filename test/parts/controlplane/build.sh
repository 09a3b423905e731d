#!/usr/bin/env bash
# Builds kube-apiserver, etcd, kubectl and two of Kubernetes' controllers into the folder given, unless this very
# version is there already. Slow once (minutes on two cores), instant afterwards.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$(mkdir -p "$1" && cd "$1" && pwd)

version=$(cd "$here" && GOFLAGS= go list -m -f '{{.Version}}' k8s.io/kubernetes)
stamp="$version $(cat "$here/go.mod" "$here/build.sh" "$here/controllers/main.go" | sha256sum | cut -d' ' -f1) $(go env GOVERSION GOARCH | tr '\n' ' ')"
if [ "$(cat "$out/.stamp" 2>/dev/null)" = "$stamp" ]; then
	exit 0
fi

echo "Building kube-apiserver, kubectl $version and etcd from their Go modules into ${out#"$PWD"/} (about 6 minutes, once)."
major=$(cut -d. -f1 <<<"${version#v}")
minor=$(cut -d. -f2 <<<"$version")
flags="-s -w"
# kubectl warns about version skew, and the API server reports v0.0.0, unless the linker sets the release.
for pkg in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
	flags="$flags -X $pkg.gitVersion=$version -X $pkg.gitMajor=$major -X $pkg.gitMinor=$minor -X $pkg.gitTreeState=archive"
done
cd "$here"
export CGO_ENABLED=0
for target in go.etcd.io/etcd/server/v3=etcd k8s.io/kubernetes/cmd/kubectl=kubectl k8s.io/kubernetes/cmd/kube-apiserver=kube-apiserver ./controllers=controllers; do
	echo "  ${target#*=}"
	go build -buildvcs=false -trimpath -ldflags "$flags" -o "$out/.new-${target#*=}" "${target%=*}"
	mv "$out/.new-${target#*=}" "$out/${target#*=}"
done
echo "$stamp" >"$out/.stamp"
