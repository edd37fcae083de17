"""Reads made-up articles of PubMed with welt and with lxml.iterparse, plain and packed by gzip, and prints the speed and the peak memory of each.

The articles come from the example `made_pubmed` of welt-data, the same bytes in every run; each reader is a process of its own
that makes the title and the sections of every abstract of them. CPU seconds are user and system time of the process.
`gzip -dc` stands beside the packed files: what it takes is what unpacking alone takes.

    pip install lxml
    cargo build --release -p welt-data --examples
    python scripts/pubmed_speed.py target/release/examples [ARTICLES]

Exits with 1 where a program fails or where the readers disagree about how many articles and characters there are, and with 2 on wrong usage or without lxml.
"""

import gzip
import importlib.util
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROUNDS = 3

LXML = """
import gzip, sys
from lxml import etree

path = sys.argv[1]
articles = characters = 0
with (gzip.open if path.endswith(".gz") else open)(path, "rb") as file:
    for _, article in etree.iterparse(file, tag="PubmedArticle"):
        citation = article.find("MedlineCitation")
        pmid = citation.findtext("PMID")
        inner = citation.find("Article")
        texts = ["".join(inner.find("ArticleTitle").itertext())]
        for section in inner.iterfind("Abstract/AbstractText"):
            text = "".join(section.itertext())
            if text:
                label = section.get("Label")
                texts.append(f"{label}: {text}" if label else text)
        vernacular = inner.findtext("VernacularTitle")
        if vernacular:
            texts.append(vernacular)
        articles += 1
        characters += len(" ".join(texts))
        article.clear()
        while article.getprevious() is not None:
            del article.getparent()[0]
print(articles, characters)
"""


def measured(command):
    """The output, the wall seconds, the CPU seconds and the peak MB of a process; the round with the least CPU time counts."""
    best = None
    for _ in range(ROUNDS):
        start = time.monotonic()
        with tempfile.TemporaryFile() as out:
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL if command[0] == "gzip" else out)
            peak = 0
            while True:
                pid, status, usage = os.wait4(process.pid, os.WNOHANG)
                if pid:
                    break
                peak = max(peak, peak_so_far(process.pid))
                time.sleep(0.005)
            out.seek(0)
            output = out.read().decode()
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            sys.exit(1)
        cpu = usage.ru_utime + usage.ru_stime
        if best is None or cpu < best[2]:
            best = (output, time.monotonic() - start, cpu, peak)
    return best


def peak_so_far(pid):
    """The peak memory in MB of a process that runs; that of `wait4` counts what it was forked from."""
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8") as file:
            return next((int(line.split()[1]) / 1024 for line in file if line.startswith("VmHWM:")), 0)
    except OSError:
        return 0


def numbers(output):
    """Articles and characters, as the readers print them."""
    words = output.replace(",", "").split()
    return (int(words[0]), int(words[words.index("characters") - 1] if "characters" in words else words[1]))


def main():
    if len(sys.argv) not in (2, 3) or importlib.util.find_spec("lxml") is None:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    examples = pathlib.Path(sys.argv[1])
    articles = sys.argv[2] if len(sys.argv) == 3 else "30000"
    with tempfile.TemporaryDirectory() as folder:
        plain, packed = os.path.join(folder, "made.xml"), os.path.join(folder, "made.xml.gz")
        with open(plain, "wb") as out:
            subprocess.run([examples / "made_pubmed", articles], stdout=out, check=True)
        with open(plain, "rb") as file, gzip.open(packed, "wb", 6) as out:
            while chunk := file.read(1 << 20):
                out.write(chunk)
        megabytes = os.path.getsize(plain) / 1e6
        print(f"{articles} articles, {megabytes:.1f} MB, packed {os.path.getsize(packed) / 1e6:.1f} MB; best of {ROUNDS} rounds\n")
        print("| program | file | articles a CPU second | MB a CPU second | peak MB |\n|---|---|---:|---:|---:|")
        count, lxml = [str(examples / "count_documents"), "pubmed"], [sys.executable, "-c", LXML]
        rows = [
            ("welt", "plain", [*count, plain]),
            ("lxml.iterparse", "plain", [*lxml, plain]),
            ("welt", "gzip", [*count, packed]),
            ("lxml.iterparse", "gzip", [*lxml, packed]),
            ("gzip -dc", "gzip", ["gzip", "-dc", packed]),
        ]
        found = set()
        for name, file, command in rows:
            output, _, cpu, peak = measured(command)
            if name != "gzip -dc":
                found.add(numbers(output))
            print(f"| {name} | {file} | {int(articles) / cpu:,.0f} | {megabytes / cpu:.0f} | {peak:.0f} |", flush=True)
        if len(found) != 1:
            print(f"the readers disagree about articles and characters: {sorted(found)}", file=sys.stderr)
            sys.exit(1)


if __name__ == "__main__":
    main()
