#!/usr/bin/env bash
# Builds kube-apiserver, etcd, kubectl and some of Kubernetes' controllers into the folder given, unless this very
# version is there already. Slow once (minutes on two cores), instant afterwards.
#
#   build.sh FOLDER        the newest release, that of go.mod
#   build.sh FOLDER 1.30   another release, that of releases/1.30.mod, with the etcd and the controllers of the newest
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$(mkdir -p "$1" && cd "$1" && pwd)
release=${2:-}

targets=(k8s.io/kubernetes/cmd/kubectl=kubectl k8s.io/kubernetes/cmd/kube-apiserver=kube-apiserver)
if [ -z "$release" ]; then
	from=$here modfile=go.mod
	targets=(go.etcd.io/etcd/server/v3=etcd "${targets[@]}" ./controllers=controllers)
else
	from=$here/releases modfile=$release.mod
	if [ "$release" = 1.30 ]; then modfile=go.mod; fi
	if [ ! -f "$from/$modfile" ]; then
		echo "Kubernetes $release is not among the releases in $from; add $modfile there" >&2
		exit 2
	fi
	newest=$(dirname "$out")/controlplane
	"$here/build.sh" "$newest"
	# Each release works with this etcd, and a client of the API such as these controllers works with each release.
	ln -sf ../controlplane/etcd ../controlplane/controllers "$out"
fi
cd "$from"
version=$(GOFLAGS= go list -modfile="$modfile" -m -f '{{.Version}}' k8s.io/kubernetes)
stamp="$version $(cat "$modfile" "${modfile%.mod}.sum" "$here/build.sh" "$here"/controllers/*.go | sha256sum | cut -d' ' -f1) $(go env GOVERSION GOARCH | tr '\n' ' ')"
if [ "$(cat "$out/.stamp" 2>/dev/null)" = "$stamp" ]; then
	exit 0
fi

echo "Building kube-apiserver and kubectl $version from their Go modules into ${out#"$PWD"/} (about 6 minutes, once)."
major=$(cut -d. -f1 <<<"${version#v}")
minor=$(cut -d. -f2 <<<"$version")
flags="-s -w"
# kubectl warns about version skew, and the API server reports v0.0.0, unless the linker sets the release.
for pkg in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
	flags="$flags -X $pkg.gitVersion=$version -X $pkg.gitMajor=$major -X $pkg.gitMinor=$minor -X $pkg.gitTreeState=archive"
done
export CGO_ENABLED=0
for target in "${targets[@]}"; do
	echo "  ${target#*=}"
	go build -p 2 -modfile="$modfile" -buildvcs=false -trimpath -ldflags "$flags" -o "$out/.new-${target#*=}" "${target%=*}"
	mv "$out/.new-${target#*=}" "$out/${target#*=}"
done
echo "$stamp" >"$out/.stamp"
