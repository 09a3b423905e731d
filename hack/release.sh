#!/usr/bin/env bash
# Writes the files of a release: hack/release.sh VERSION OUT KUBECTL CYCLONEDX
#
#   IMAGE, AGENT_IMAGE   the pushed images for the manifests, with a tag or better with a digest
#                        (REGISTRY/sluice-webhook@sha256:...). There is no default, because
#                        another user could push an image with that name.
#   DOWNLOADS            URL of the archives; without it, no krew manifest is written
#   PROJECT_URL          where the project is, for links in outputs; without it, outputs have no links
#   PLATFORMS            platforms to build, such as "linux/amd64" (default: all)
#
# Builds of the same commit are identical, bit by bit.
set -euo pipefail
cd "$(dirname "$0")/.."
version=$1 out=$(realpath -m "$2") kubectl=$3 cyclonedx=$4
[[ $version =~ ^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]] || { echo "VERSION must be like v1.2.3, not \"$version\"" >&2; exit 2; }
for name in "IMAGE=${IMAGE:-}" "AGENT_IMAGE=${AGENT_IMAGE:-}"; do
	[[ ${name#*=} =~ ^[^/]+/.+[:@][^/]+$ ]] || { echo "${name%%=*} must name the image of $version with its registry and a tag or a digest, not \"${name#*=}\"" >&2; exit 2; }
done
image=$IMAGE agent_image=$AGENT_IMAGE
downloads=${DOWNLOADS:-} project=${PROJECT_URL:-}
epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}
rm -rf "$out"
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# archive PROGRAM OS ARCH writes PROGRAM_OS_ARCH.tar.gz with the program and the license.
archive() {
	local program=$1 os=$2 arch=$3 dir="$work/$1-$2-$3" suffix=
	[ "$os" != windows ] || suffix=.exe
	mkdir -p "$dir"
	CGO_ENABLED=0 GOOS=$os GOARCH=$arch go build -trimpath -ldflags "-s -w -X main.version=$version -X main.projectURL=$project" -o "$dir/$program$suffix" "./cmd/$program"
	install -m 644 LICENSE "$dir/LICENSE"
	tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$epoch" -C "$dir" -cf - . | gzip -n >"$out/${program}_${os}_$arch.tar.gz"
}

# The programs for clusters are for Linux, sluice also for macOS, and the plugin also for Windows.
platforms=${PLATFORMS:-linux/amd64 linux/arm64 linux/ppc64le linux/s390x darwin/amd64 darwin/arm64 windows/amd64}
for platform in $platforms; do
	[ "${platform%/*}" = windows ] || archive sluice "${platform%/*}" "${platform#*/}"
	[ "${platform%/*}" != linux ] || archive sluice-webhook "${platform%/*}" "${platform#*/}"
	[ "${platform%/*}" != linux ] || archive sluice-agent "${platform%/*}" "${platform#*/}"
	archive kubectl-sluice "${platform%/*}" "${platform#*/}"
done

for overlay in openshift cert-manager managed localhost vanilla vanilla-ipv6; do
	"$kubectl" kustomize "manifests/overlays/$overlay" |
		sed -e "s|^\( *\)\(- \)\?image: sluice-webhook$|\1\2image: $image|" -e "s|^\( *\)\(- \)\?image: sluice-agent$|\1\2image: $agent_image|" >"$out/install-$overlay.yaml"
	! grep -nE 'image: sluice-(webhook|agent)$' "$out/install-$overlay.yaml" || { echo "an image of $overlay was not replaced" >&2; exit 1; }
done

# pack DIR FILE writes an archive of a folder in $work.
pack() {
	tar --sort=name --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX --mtime="@$epoch" -C "$work" -cf - "$1" | gzip -n >"$out/$2"
}

# named IMAGE PART sets the image of a part, webhook or agent, in the values of the chart.
named() {
	local name=${1%%@*} digest= tag=
	[ "$name" = "$1" ] || digest=${1#*@}
	[[ ! ${name##*/} =~ : ]] || { tag=${name##*:}; name=${name%:*}; }
	sed -i "/^$2:/,/^    digest:/ { s|^    repository: .*|    repository: $name|; s|^    tag:.*|    tag: \"$tag\"|; s|^    digest:.*|    digest: \"$digest\"| }" "$work/sluice/values.yaml"
}
# The chart, with its version and its images. "helm package" would write the time of its run.
cp -r manifests/helm/sluice "$work/sluice"
sed -i -e "s|^version: .*|version: ${version#v}|" -e "s|^appVersion: .*|appVersion: \"$version\"|" -e '/^# No release has been made yet/d' "$work/sluice/Chart.yaml"
named "$image" webhook
named "$agent_image" agent
pack sluice "sluice-${version#v}.tgz"

# The bundle for OLM, and the objects that an administrator applies in addition to it.
cp -r manifests/olm "$work/olm"
"$kubectl" kustomize manifests/overlays/openshift |
	go run ./hack/bundle -o "$work/olm" -version="${version#v}" -image="$image" -agent-image="$agent_image"
pack olm olm.tar.gz

# The SBOMs of the programs, with the versions and licenses of their modules. They are nearly the same for all platforms.
first=${platforms%% *}
first=${first/\//-}
for program in sluice sluice-webhook sluice-agent kubectl-sluice; do
	[ -d "$work/$program-$first" ] || continue # the agent is for Linux only
	"$cyclonedx" bin -json -noserial -output "$work/$program.json" "$work/$program-$first/$program" 2>"$work/log" || { cat "$work/log" >&2; exit 1; }
	# The tool writes the time of its run; the commit's says more.
	sed "s|\"timestamp\": \"[^\"]*\"|\"timestamp\": \"$(date -u -d "@$epoch" +%Y-%m-%dT%H:%M:%SZ)\"|" "$work/$program.json" >"$out/$program.cdx.json"
done

# The plugin's entry in krew's index.
[ -z "$downloads" ] || {
	sed -e "s|VERSION|$version|" -e "${project:+s|^  version: .*|&\n  homepage: $project|}" hack/krew/sluice.yaml
	for platform in $platforms; do
		file="kubectl-sluice_${platform%/*}_${platform#*/}.tar.gz"
		suffix=
		[ "${platform%/*}" != windows ] || suffix=.exe
		cat <<-EOF
		  - selector:
		      matchLabels:
		        os: ${platform%/*}
		        arch: ${platform#*/}
		    uri: $downloads/$file
		    sha256: $(sha256sum "$out/$file" | cut -d' ' -f1)
		    bin: kubectl-sluice$suffix
		EOF
	done
} >"$out/sluice.yaml"

(cd "$out" && sha256sum -- * >"$work/checksums.txt" && mv "$work/checksums.txt" checksums.txt)
echo "Wrote $(find "$out" -type f | wc -l) files of $version to $out."
