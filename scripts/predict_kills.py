"""Tags a large file undisturbed, and again with kills on the way, and compares the bytes; says the peak memory of each run.

usage: predict_kills.py WELT MODEL INPUT.. [--kills 3] [--option=--to=entities]..

WELT is the program, MODEL the folder of a model. The kills (SIGKILL) come at even shares of the time that the undisturbed run took.
With several inputs, of different sizes, the peak memory of the undisturbed runs shows whether it grows.
"""

import argparse
import hashlib
import os
import signal
import subprocess
import sys
import tempfile
import time


def run(command, end_after=None):
    """Seconds, peak memory in MiB and whether it came to its end."""
    began = time.monotonic()
    process = subprocess.Popen(command)
    if end_after is not None:
        try:
            process.wait(end_after)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
    _, status, usage = os.wait4(process.pid, 0) if process.returncode is None else (0, process.returncode << 8, None)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, -signal.SIGKILL):
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    return time.monotonic() - began, usage.ru_maxrss / 1024 if usage else float("nan"), process.returncode == 0


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("welt")
    parser.add_argument("model")
    parser.add_argument("inputs", nargs="+")
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--option", action="append", default=[], help="for welt predict")
    arguments = parser.parse_args()
    for path in arguments.inputs:
        with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
            output = lambda name: os.path.join(folder, name)
            command = lambda name: [arguments.welt, "predict", "--model", arguments.model, path, "--resume", "--quiet",
                                    *arguments.option, "--output", output(name)]
            seconds, peak, _ = run(command("undisturbed"))
            size = os.path.getsize(output("undisturbed"))
            print(f"{path}: {os.path.getsize(path) / 1e6:.0f} MB, {seconds:.0f} s, peak {peak:.0f} MiB, {size / 1e6:.1f} MB written", flush=True)
            for kill in range(arguments.kills):
                _, _, ended = run(command("killed"), seconds / (arguments.kills + 1))
                if ended:
                    print(f"  kill {kill + 1}: it was over before", flush=True)
                    break
                left = os.path.getsize(output("killed.partial"))
                with open(output("killed.partial.journal"), encoding="utf-8") as journal:
                    groups = sum(1 for _ in journal) - 1
                print(f"  kill {kill + 1}: {left / 1e6:.1f} MB and {groups} groups are left", flush=True)
            seconds, peak, _ = run(command("killed"))
            same = digest(output("killed")) == digest(output("undisturbed"))
            print(f"  the rest: {seconds:.0f} s, peak {peak:.0f} MiB; {'the same bytes' if same else 'OTHER BYTES'}", flush=True)
            if not same:
                sys.exit(1)


if __name__ == "__main__":
    main()
