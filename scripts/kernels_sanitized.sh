#!/bin/sh
# Runs the tests of welt-kernels under AddressSanitizer, which stops at a read or write beside a slice.
#
#     rustup toolchain install nightly
#     scripts/kernels_sanitized.sh
set -eu
cd "$(dirname "$0")/.."
target=$(rustc -vV | sed -n 's/^host: //p')
RUSTFLAGS=-Zsanitizer=address CARGO_PROFILE_DEV_DEBUG=0 \
    cargo +nightly test -p welt-kernels --tests --target "$target" --target-dir target/sanitized "$@"
