"""Converts the same PubTator file with welt and with Python's bconv, and prints the speed and the peak memory of both.

The file holds the documents of SEED.PubTator again and again, each time under new PMIDs, or a synthetic document where none
is given, until it is as large as asked for. Each program runs in a process of its own, from PubTator to CoNLL with IOB tags
(or to BioC XML with --to bioc-xml). CPU seconds are user and system time of the process; welt uses all processors, bconv one.
bconv is given one document at a time where the format allows it, which is what takes it the least memory.

    pip install bconv
    cargo build --release
    python scripts/convert_speed.py target/release/welt MEGABYTES [SEED.PubTator] [--to bioc-xml]

Exits with 1 where a program fails, and with 2 on wrong usage or without bconv.
"""

import importlib.util
import os
import subprocess
import sys
import tempfile
import time

TITLE = "Fanconi anaemia and the BRCA2 gene: a study of 42 families treated with mitomycin C."
ABSTRACT = (
    "BACKGROUND: Fanconi anaemia is a rare disorder with chromosomal instability. Patients develop acute myeloid leukaemia "
    "and breast cancer early in life. METHODS: We sequenced BRCA2 in 42 families (e.g. by amplification of exon 11) and "
    "exposed lymphocytes to mitomycin C at 0.5 mg/ml. RESULTS: Biallelic mutations were found in 6 of 42 families (14.3%), "
    "none of which had responded to cisplatin. Breast cancer occurred in 3 of them, p < 0.05. CONCLUSIONS: We propose that "
    "Fanconi anaemia of this group follows from loss of BRCA2, and that cisplatin is to be avoided in these patients. "
)
NAMES = {
    "Fanconi anaemia": "Disease",
    "acute myeloid leukaemia": "Disease",
    "Breast cancer": "Disease",
    "breast cancer": "Disease",
    "BRCA2": "Gene",
    "mitomycin C": "Chemical",
    "cisplatin": "Chemical",
}

# What runs in bconv's process: the arguments are the two files and the format.
BCONV = """
import sys
import bconv

source, target, form = sys.argv[1:4]
if form == "conll":
    with open(target, "w", encoding="utf-8") as out:
        for document in bconv.load(source, fmt="pubtator", mode="lazy"):
            bconv.dump(document, out, fmt="conll", tagset="IOB")
else:
    with open(target, "wb") as out:
        bconv.dump(bconv.load(source, fmt="pubtator", mode="collection"), out, fmt="bioc_xml")
"""


def synthetic():
    text = f"{TITLE} {ABSTRACT}"
    rows = []
    for name, entity_type in NAMES.items():
        start = text.find(name)
        while start >= 0:
            end = start + len(name)
            rows.append((start, f"\t{start}\t{end}\t{text[start:end]}\t{entity_type}\tD000000"))
            start = text.find(name, end)
    return [[f"|t|{TITLE}", f"|a|{ABSTRACT}"] + [row for _, row in sorted(rows)]]


def read_seed(path):
    """The lines of each document without their PMIDs; relations, which neither program keeps, are left out."""
    documents = []
    with open(path, encoding="utf-8") as file:
        for block in file.read().strip("\n").split("\n\n"):
            lines = []
            for line in block.strip("\n").split("\n"):
                pmid = line.split("|", 1)[0].split("\t", 1)[0]
                if "|" in line[: len(pmid) + 1] or len(line.split("\t")) >= 6:
                    lines.append(line[len(pmid) :])
            documents.append(lines)
    return documents


def generate(path, n_bytes, documents):
    written, pmid = 0, 10_000_000
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        while written < n_bytes:
            for lines in documents:
                text = "".join(f"{pmid}{line}\n" for line in lines) + "\n"
                file.write(text)
                written += len(text.encode())
                pmid += 1
                if written >= n_bytes:
                    break
    return written, pmid - 10_000_000


def measure(command):
    """Seconds, CPU seconds and peak memory in MB of a process, and whether it went well."""
    start = time.perf_counter()
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    # Kilobytes on Linux, bytes on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / 1e6, status == 0


def main():
    arguments = sys.argv[1:]
    form = "conll"
    if "--to" in arguments:
        at = arguments.index("--to")
        form = "".join(arguments[at + 1 : at + 2])
        del arguments[at : at + 2]
    if len(arguments) not in (2, 3) or form not in ("conll", "bioc-xml"):
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    if importlib.util.find_spec("bconv") is None:
        print("bconv is not installed: pip install bconv", file=sys.stderr)
        sys.exit(2)
    welt, megabytes = arguments[0], float(arguments[1])
    documents = read_seed(arguments[2]) if len(arguments) == 3 else synthetic()
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "source.PubTator")
        n_bytes, n_documents = generate(source, megabytes * 1e6, documents)
        print(f"{n_documents} documents, {n_bytes / 1e6:.1f} MB of PubTator to {form}", flush=True)
        ours, theirs = os.path.join(folder, "welt.out"), os.path.join(folder, "bconv.out")
        options = ["--from", "pubtator", "--to", form, "--allow", "all", "--quiet"]
        commands = {
            "welt": [welt, "convert", source, "--output", ours, *options],
            "bconv": [sys.executable, "-c", BCONV, source, theirs, form],
        }
        print(f"{'':8}{'seconds':>10}{'CPU s':>10}{'MB/s':>10}{'MB/CPU s':>10}{'peak MB':>10}{'out MB':>10}")
        cpu = {}
        for (name, command), output in zip(commands.items(), (ours, theirs)):
            seconds, cpu[name], peak, went_well = measure(command)
            if not went_well:
                print(f"{name} failed", file=sys.stderr)
                sys.exit(1)
            rates = n_bytes / 1e6 / seconds, n_bytes / 1e6 / cpu[name]
            size = os.path.getsize(output) / 1e6
            print(
                f"{name:8}{seconds:10.2f}{cpu[name]:10.2f}{rates[0]:10.2f}{rates[1]:10.2f}{peak:10.1f}{size:10.1f}",
                flush=True,
            )
        print(f"welt does as much in 1 CPU second as bconv in {cpu['bconv'] / cpu['welt']:.1f}")


if __name__ == "__main__":
    main()
