#!/usr/bin/env python3
"""Puts the LibTorch that `cargo build --features tch` wants into a folder: the processor's part of torch 2.9.0.

In: the name of a folder that does not exist. Out: that folder, with include/, lib/ and build-version, 450 MB.
It takes three wheels through pip (0.9 GB) and keeps what a program without a graphics card links.
It knows nothing of Python's torch on this machine, and needs a C compiler and 2.5 GB of room for a moment.

    python3 scripts/get_libtorch.py ../libtorch
    export LIBTORCH=$(realpath ../libtorch) LD_LIBRARY_PATH=$(realpath ../libtorch)/lib
    cargo build --release -p welt-cli --features tch
"""

import argparse
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile
import zipfile

# What torch-sys 0.22.0 was generated for; it refuses every other version.
TORCH = "2.9.0"
WHEELS = [f"torch=={TORCH}", "nvidia-cuda-cupti-cu12==12.8.90", "nvidia-cuda-runtime-cu12==12.8.90"]
# libtorch_cpu.so of the wheel wants the last two, whether there is a card or not.
LIBRARIES = ["libtorch_cpu.so", "libc10.so", "libgomp.so.1", "libcupti.so.12", "libcudart.so.12"]
ELSEWHERE = (
    f"elsewhere, install it with `pip install torch=={TORCH} numpy setuptools` "
    "and build with LIBTORCH_USE_PYTORCH=1 in the environment"
)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=pathlib.Path, help="the folder to make")
    folder = arguments.parse_args().folder
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        sys.exit(f"this trims the wheel of Linux on x86-64, and here is {platform.system()} on {platform.machine()}: {ELSEWHERE}")
    compiler = next((name for name in ("cc", "gcc", "clang") if shutil.which(name)), None)
    if compiler is None:
        sys.exit("a C compiler is missing: install gcc, which the build of welt needs too")
    if folder.exists():
        sys.exit(already_there(folder))
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Beside its place, so that a folder of that name is a whole one.
    with tempfile.TemporaryDirectory(prefix=f"{folder.name}.", dir=folder.parent) as partial:
        partial = pathlib.Path(partial)
        wheels, libtorch = partial / "wheels", partial / "libtorch"
        download(wheels)
        unpack(sorted(wheels.glob("*.whl")), libtorch)
        finish(libtorch, compiler)
        libtorch.rename(folder)
    place = folder.resolve()
    print(f"LibTorch {TORCH} is in {place}\nexport LIBTORCH={place} LD_LIBRARY_PATH={place}/lib")


def already_there(folder):
    """What to say of a folder that exists."""
    version = folder / "build-version"
    found = version.read_text().strip() if version.is_file() else None
    if found == TORCH:
        return f"{folder} is there and holds LibTorch {TORCH}: nothing to do"
    what = f"holds LibTorch {found}" if found else "is not one that this script made"
    return f"{folder} {what}, and welt is built with LibTorch {TORCH} and no other: name a new folder"


def download(wheels):
    """Fetches the wheels of one Python; what is taken of them is the same in all."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--python-version=3.11"]
    command = [*pip, "--platform=manylinux_2_28_x86_64", "--platform=manylinux2014_x86_64", "--dest", str(wheels), *WHEELS]
    if subprocess.run(command).returncode:
        sys.exit(f"pip could not fetch {', '.join(WHEELS)}: is there a network, and pip for {sys.executable}?")


def unpack(wheels, libtorch):
    """Takes the headers and the libraries out of the wheels, and fails if one is missing."""
    library = libtorch / "lib"
    library.mkdir(parents=True)
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                path = pathlib.PurePosixPath(name)
                if path.parent.name == "lib" and path.name in LIBRARIES:
                    with archive.open(name) as source, open(library / path.name, "wb") as target:
                        shutil.copyfileobj(source, target, 1 << 20)
                elif path.parts[:2] == ("torch", "include") and not name.endswith("/"):
                    target = libtorch.joinpath(*path.parts[1:])
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(archive.read(name))
    missing = [name for name in LIBRARIES if not (library / name).is_file()]
    if missing or not (libtorch / "include").is_dir():
        sys.exit(f"the wheels lack {', '.join(missing) or 'the headers'}: they are not laid out as those of torch {TORCH}")


def finish(libtorch, compiler):
    """Adds the names that torch-sys links."""
    library = libtorch / "lib"
    (library / "libgomp.so").symlink_to("libgomp.so.1")
    # The real libtorch.so has no code, and loads libtorch_cuda.so, which is not here.
    stub = [compiler, "-shared", "-fPIC", "-x", "c", "-", "-Wl,-soname,libtorch.so", "-o", str(library / "libtorch.so")]
    if subprocess.run(stub, input="void welt_has_no_cuda(void) {}\n", text=True).returncode:
        sys.exit(f"{compiler} could not make an empty libtorch.so")
    (libtorch / "build-version").write_text(f"{TORCH}\n")


if __name__ == "__main__":
    main()
