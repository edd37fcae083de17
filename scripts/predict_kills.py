"""Tags a large file undisturbed, and again with kills on the way, and compares the bytes; says how fast it is and what memory it holds.

usage: predict_kills.py WELT MODEL INPUT.. [--kills 3] [--option=--to=entities]..

WELT is the program, MODEL the folder of a model. The kills (SIGKILL) come when even shares of the output are written.
Memory is looked at every two seconds, and told as the most that it was in each tenth of the undisturbed run. With several inputs, of
different sizes, it shows whether it grows. Where other work runs on the machine, documents a CPU-second are what counts.
"""

import argparse
import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

BETWEEN_LOOKS = 2


class Run:
    """A run of a command, killed when a file has so many bytes or not: its seconds, CPU seconds, memory in MiB, whether it came to its end."""

    def __init__(self, command, path="", end_at=float("inf")):
        began = time.monotonic()
        process = subprocess.Popen(command)
        self.looks = []
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            self.seconds = time.monotonic() - began
            if pid:
                break
            if length(path) >= end_at:
                process.send_signal(signal.SIGKILL)
            elif self.seconds > BETWEEN_LOOKS * len(self.looks):
                self.looks.append(held(process.pid))
            time.sleep(0.02)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in (0, -signal.SIGKILL):
            sys.exit(f"{' '.join(command)} ended with {process.returncode}")
        self.cpu, self.peak, self.ended = usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, process.returncode == 0

    def tenths(self):
        """The most memory that was seen in each tenth of the time."""
        bounds = [len(self.looks) * tenth // 10 for tenth in range(11)]
        return " ".join(f"{max(self.looks[low:high], default=0):.0f}" for low, high in zip(bounds, bounds[1:]))


def length(path):
    try:
        return os.path.getsize(path)
    except OSError:
        return 0


def held(pid):
    """The memory of a process now, in MiB."""
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8") as file:
            return next((int(line.split()[1]) / 1024 for line in file if line.startswith("VmRSS:")), 0)
    except OSError:
        return 0


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
            whole = Run([*command("undisturbed"), "--report", output("report")])
            size = os.path.getsize(output("undisturbed"))
            with open(output("report"), encoding="utf-8") as report:
                documents = json.load(report)["documents"]
            print(f"{path}: {os.path.getsize(path) / 1e6:.0f} MB, {documents} documents, {size / 1e6:.1f} MB written, {whole.seconds:.0f} s, "
                  f"{whole.cpu:.0f} CPU-seconds, {documents / whole.cpu:.1f} documents a CPU-second, peak {whole.peak:.0f} MiB, "
                  f"MiB by tenths {whole.tenths()}", flush=True)
            for kill in range(arguments.kills):
                if Run(command("killed"), output("killed.partial"), size * (kill + 1) / (arguments.kills + 1)).ended:
                    print(f"  kill {kill + 1}: it was over before", flush=True)
                    break
                left = os.path.getsize(output("killed.partial"))
                with open(output("killed.partial.journal"), encoding="utf-8") as journal:
                    groups = sum(1 for _ in journal) - 1
                print(f"  kill {kill + 1}: {left / 1e6:.1f} MB and {groups} groups are left", flush=True)
            rest = Run(command("killed"))
            same = digest(output("killed")) == digest(output("undisturbed"))
            print(f"  the rest: {rest.seconds:.0f} s, peak {rest.peak:.0f} MiB; {'the same bytes' if same else 'OTHER BYTES'}", flush=True)
            if not same:
                sys.exit(1)


if __name__ == "__main__":
    main()
