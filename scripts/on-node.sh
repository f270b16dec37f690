#!/usr/bin/env bash
# Runs the quick suites on another version of Node, which comes from the package registry into a folder that goes
# afterwards: `scripts/on-node.sh 22.14.0 [arguments for the test runner]`.
set -euo pipefail
cd "$(dirname "$0")/.."
version=$1
shift

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
printf '{ "private": true, "allowScripts": { "node": true } }' >"$folder/package.json"
npm install --prefix "$folder" --no-audit --no-fund --silent "node@$version"
export PATH="$folder/node_modules/.bin:$PATH"
echo "node $(node --version)"
# Examples and helpers are TypeScript as they stand, which Node runs by itself from 22.18 on.
case $version in 22.*) export NODE_OPTIONS="--experimental-strip-types --disable-warning=ExperimentalWarning" ;; esac
node node_modules/vitest/vitest.mjs run --project unit --project contract --project http "$@"
