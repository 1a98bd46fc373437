#!/usr/bin/env bash
# The smoke tests on a runtime: smoke.sh node|bun|deno, with the addon that stands in node/. CommonJS and ES modules.
set -euo pipefail
cd "$(dirname "$0")"

place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
mkdir "$place/node_modules"
echo '{"private": true}' >"$place/package.json"
npm pack ../../../node --silent --ignore-scripts --pack-destination "$place" >"$place/packed"
tar -xzf "$place/$(cat "$place/packed")" -C "$place/node_modules"
mv "$place/node_modules/package" "$place/node_modules/linkwa"
cp smoke.cjs smoke.mjs "$place"
cd "$place"

case $1 in
node) version="Node $(node --version)" && command=(node) ;;
bun) version="Bun $(bun --version)" && command=(bun run) ;;
deno) version="Deno $(deno --version | sed -n 's/^deno \([^ ]*\).*/\1/p')" && command=(deno run --no-lock --node-modules-dir=manual --allow-all) ;;
*) echo "usage: smoke.sh node|bun|deno" >&2; exit 2 ;;
esac
for program in smoke.cjs smoke.mjs; do
    echo "# $version: $program"
    "${command[@]}" "$program"
done
