#!/usr/bin/env bash
# Builds the wheel of the Python package for manylinux on x86-64 and checks it, without a container: zig links against an old C library.
#
#     scripts/build_wheel.sh [FOLDER [FLAG..]]   the wheel goes to FOLDER, target/wheels unless said otherwise
#
# Flags go to maturin: `--no-default-features` leaves the tagger out.
# What builds and checks comes from PyPI into an environment below the build's folder. The wheel is then installed into an empty
# environment of every Python that is named in WELT_PYTHONS (python3 unless said otherwise) and the package's examples are run there.
set -euo pipefail
cd "$(dirname "$0")/.."

target="${CARGO_TARGET_DIR:-target}"
wheels="${1:-$target/wheels}"
shift || true
tools="$target/wheel-environment"
[ -x "$tools/bin/python" ] || python3 -m venv "$tools"
"$tools/bin/pip" install --quiet --disable-pip-version-check 'maturin>=1.9.4,<2' ziglang abi3audit twine
# zig is found as a module of the Python in front of the path.
PATH="$PWD/$tools/bin:$PATH"
case "$tools" in /*) PATH="$tools/bin:$PATH" ;; esac

maturin build --manifest-path crates/welt-python/Cargo.toml --release --strip --locked \
    --zig --compatibility manylinux2014 --target x86_64-unknown-linux-gnu --out "$wheels" "$@"
wheel="$(ls -t "$wheels"/welt-*.whl | head -n 1)"
abi3audit --strict --summary "$wheel"
twine check --strict "$wheel"
echo "$wheel: $(stat -c %s "$wheel") bytes"

for python in ${WELT_PYTHONS:-python3}; do
    empty="$(mktemp -d)"
    "$python" -m venv "$empty"
    "$empty/bin/pip" install --quiet --disable-pip-version-check --no-deps --no-index "$wheel"
    "$empty/bin/python" -c '
import sys, time
start = time.perf_counter()
import welt
print(sys.version.split()[0], "imports welt", welt.__version__, f"in {1000 * (time.perf_counter() - start):.0f} ms")'
    (cd crates/welt-python && "$empty/bin/python" tests/run.py)
    rm -r "$empty"
done
