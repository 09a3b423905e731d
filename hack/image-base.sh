#!/usr/bin/env bash
# Builds the image sluice-base:trixie: a minimal Debian 13, as a base for the image of the agent if no
# base image can be pulled.
#   hack/image-base.sh DIR
# It needs root, debootstrap and buildah, and keeps the files of debootstrap in DIR.
set -euo pipefail
dir=$(realpath -m "${1:?usage: hack/image-base.sh DIR}")
for program in debootstrap buildah; do
	command -v "$program" >/dev/null || { echo "$program is missing; on Debian: apt-get install $program" >&2; exit 1; }
done
codename=trixie # as in the Dockerfile
dir=$dir-$codename
if [ ! -e "$dir/done" ]; then
	. /etc/os-release
	# The mirror that apt uses on this machine for its own release.
	mirror=$(apt-get indextargets --format '$(SITE) $(CODENAME)' 'Created-By: Packages' | awk -v name="${VERSION_CODENAME:-}" '$2 == name {print $1; exit}')
	echo "Creating a minimal Debian ($codename) in $dir (once, about a minute)."
	rm -rf "$dir"
	mkdir -p "$dir"
	debootstrap --variant=minbase "$codename" "$dir/root" ${mirror:+"$mirror"} >"$dir/log" 2>&1 || { tail "$dir/log" >&2; exit 1; }
	# Remove files that are different in each run, and files that no program needs.
	rm -rf "$dir"/root/var/cache/apt/* "$dir"/root/var/lib/apt/lists/* "$dir"/root/var/log/* "$dir"/root/usr/share/{doc,man,locale}/* "$dir"/root/dev/*
	touch "$dir/done"
fi
container=$(buildah from scratch)
trap 'buildah rm "$container" >/dev/null' EXIT
buildah add --quiet "$container" "$dir/root" / >/dev/null
buildah commit --quiet "$container" "sluice-base:$codename" >/dev/null
echo "Built the image sluice-base:$codename."
