#!/usr/bin/env bash
# Runs "make generate" in a copy of the tree and shows what it would change. The tree itself is not
# changed.
set -euo pipefail
cd "$(dirname "$0")/.."
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
	[ -e "$file" ] && printf '%s\0' "$file"
done | tar --null --files-from=- -cf - | tar -C "$copy" -xf -
cp -r "$copy" "$copy.before"
trap 'rm -rf "$copy" "$copy.before"' EXIT
make --silent -C "$copy" BIN="$PWD/bin" generate >/dev/null
if ! diff -ru "$copy.before" "$copy"; then
	echo "Generated files are out of date; run: make generate" >&2
	exit 1
fi
echo "Generated files are up to date."
