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
# The examples are TypeScript as they stand, which Node runs from 22.18 on.
node node_modules/vitest/vitest.mjs run --project unit --project contract --project http --exclude '**/examples.test.ts' "$@"
