"""Reads what `welt convert` writes with the readers of other programs: `bioc` for BioC, the loader of Hugging Face's `datasets` for JSON lines.

    pip install bioc datasets
    cargo build -p welt-cli
    python scripts/check_formats.py [--welt target/debug/welt] [CORPUS ...]

Without a corpus, small ones are made up that hold what is hard: characters beyond U+FFFF, mentions of several parts,
mentions without an id or a text (which tagged files give), and a document without any mention.

For each corpus and format it prints how many documents and mentions were read, and how many mentions stand at their
offsets: `text[start:end]` must be what welt says that the mention is. It exits with 1 where a reader fails or a number differs.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

# No network is needed, and none is asked for.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_DATASETS_DISABLE_PROGRESS_BARS", "1")

import bioc.biocjson
import bioc.biocxml
import datasets

SAMPLES = {
    "tiny.tsv": "No\tO\nataxia\tB-Disease\n\n",
    "astral.PubTator": "7|t|𝛽-ataxia 🧬.\n7|a|No cure.\n7\t0\t8\t𝛽-ataxia\tDisease\tD001259\n\n8|t|Nothing.\n8|a|At all.\n\n",
    "brat/a.txt": "left and right ataxia, 𝛽-gout",
    "brat/a.ann": "T1\tDisease 0 4;15 21\tleft ataxia\nT2\tDisease 9 21\tright ataxia\nT3\tDisease 23 29\t𝛽-gout\n",
    "prodigy.jsonl": '{"text":"🧬 for ataxia.","spans":[{"start":6,"end":12,"label":"Disease"}],"answer":"accept"}\n',
}


def convert(welt, corpus, to, path):
    command = [welt, "convert", str(corpus), "--to", to, "--output", str(path), "--allow", "all", "-q"]
    subprocess.run(command, check=True)


def texts_of(passages):
    """The text of a document by the offsets of its passages."""
    text = {}
    for offset, passage in passages:
        text.update((offset + index, character) for index, character in enumerate(passage))
    return text


def at(text, start, end):
    return "".join(text.get(index, "\0") for index in range(start, end))


def expected(path):
    """Documents, mentions and their parts as JSON lines of welt have them."""
    documents = [json.loads(line) for line in open(path, encoding="utf-8")]
    mentions = {}
    for document in documents:
        text = texts_of((passage["offset"], passage["text"]) for passage in document["passages"])
        mentions[document["id"]] = sorted(
            (part["start"], part["end"], at(text, part["start"], part["end"]), mention["entity_type"])
            for mention in document["mentions"]
            for part in mention["parts"]
        )
    return mentions


def bioc_mentions(collection):
    found = {}
    for document in collection.documents:
        text = texts_of((passage.offset, passage.text or "") for passage in document.passages)
        annotations = list(document.annotations)
        for passage in document.passages:
            annotations += passage.annotations
        ids = [annotation.id for annotation in annotations]
        assert all(ids), f"document {document.id}: an annotation without an id"
        assert all(annotation.text is not None for annotation in annotations), f"document {document.id}: no text"
        found[document.id] = sorted(
            (
                location.offset,
                location.offset + location.length,
                at(text, location.offset, location.offset + location.length),
                annotation.infons.get("type", ""),
            )
            for annotation in annotations
            for location in annotation.locations
        )
    return found



def lines(path):
    """JSON lines by the loader of datasets."""
    with tempfile.TemporaryDirectory() as cache:
        rows = datasets.load_dataset("json", data_files=str(path), split="train", cache_dir=cache)
        return [dict(row) for row in rows]


def span_mentions(rows, spans_of, id_of):
    found = {}
    for row in rows:
        text = row["text"]
        found[id_of(row)] = sorted((start, end, text[start:end], label) for start, end, label in spans_of(row))
    return found


def row_mentions(rows):
    """Entities by their first words, counted."""
    return sum(tag.startswith("B-") for row in rows for tag in row["ner_tags"])


def check(welt, corpus, folder):
    ok = True
    all_lines = folder / "welt.jsonl"
    convert(welt, corpus, "json-lines", all_lines)
    wanted = expected(all_lines)
    has_parts = any(
        len(mention["parts"]) != 1
        for line in open(all_lines, encoding="utf-8")
        for mention in json.loads(line)["mentions"]
    )

    def say(to, by, found):
        nonlocal ok
        n_found = sum(map(len, found.values()))
        n_wanted = sum(map(len, wanted.values()))
        same = found == wanted
        # Formats without parts cover them; the offsets of the others must still be equal.
        is_right = same or (has_parts and to in ("prodigy", "doccano") and found.keys() == wanted.keys())
        ok &= is_right
        verdict = "identical" if same else "parts are covered" if is_right else "DIFFERENT"
        print(f"| {corpus.name} | {to} | {by} | {len(found)} | {n_wanted} | {n_found} | {verdict} |")

    xml, js = folder / "c.xml", folder / "c.json"
    convert(welt, corpus, "bioc-xml", xml)
    with open(xml, encoding="utf-8") as file:
        say("bioc-xml", f"bioc {version('bioc')}", bioc_mentions(bioc.biocxml.load(file)))
    convert(welt, corpus, "bioc-json", js)
    with open(js, encoding="utf-8") as file:
        say("bioc-json", f"bioc {version('bioc')}", bioc_mentions(bioc.biocjson.load(file)))

    loader = f"datasets {version('datasets')}"
    path = folder / "prodigy.jsonl"
    convert(welt, corpus, "prodigy", path)
    spans = lambda row: [(span["start"], span["end"], span["label"]) for span in row["spans"] or []]
    say("prodigy", loader, span_mentions(lines(path), spans, lambda row: row["meta"]["id"]))
    path = folder / "doccano.jsonl"
    convert(welt, corpus, "doccano", path)
    # Arrow wants one type a column, and a label of doccano has numbers and a name: its own reader is Python's json.
    rows = [json.loads(line) for line in open(path, encoding="utf-8")]
    say("doccano", "json", span_mentions(rows, lambda row: row["label"], lambda row: row["id"]))
    path = folder / "pubannotation.json"
    convert(welt, corpus, "pubannotation", path)
    found = {}
    for row in json.load(open(path, encoding="utf-8")):
        text = row["text"]
        parts = [
            (span["begin"], span["end"], text[span["begin"] : span["end"]], denotation["obj"])
            for denotation in row["denotations"]
            for span in (denotation["span"] if isinstance(denotation["span"], list) else [denotation["span"]])
        ]
        found[row["sourceid"]] = sorted(parts)
    say("pubannotation", "json", found)

    path, tagged = folder / "hf.jsonl", folder / "c.tsv"
    convert(welt, corpus, "hugging-face", path)
    convert(welt, corpus, "conll", tagged)
    n_tagged = sum(line.rstrip("\n").split("\t")[-1].startswith("B-") for line in open(tagged, encoding="utf-8"))
    rows = lines(path)
    n_rows = row_mentions(rows)
    ok &= n_rows == n_tagged
    verdict = "as in CoNLL" if n_rows == n_tagged else "DIFFERENT"
    print(f"| {corpus.name} | hugging-face | {loader} | {len({row['document_id'] for row in rows})} | {n_tagged} | {n_rows} | {verdict} |")
    return ok


def version(package):
    import importlib.metadata

    return importlib.metadata.version(package)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--welt", default="target/debug/welt")
    parser.add_argument("corpora", nargs="*", type=pathlib.Path)
    arguments = parser.parse_args()
    print("| corpus | format | read by | documents | mentions expected | read | offsets and types |\n|---|---|---|---:|---:|---:|---|")
    ok = True
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        corpora = arguments.corpora
        if not corpora:
            made = folder / "made"
            for name, text in SAMPLES.items():
                (made / name).parent.mkdir(parents=True, exist_ok=True)
                (made / name).write_text(text, encoding="utf-8")
            corpora = sorted({made / pathlib.Path(name).parts[0] for name in SAMPLES})
        for index, corpus in enumerate(corpora):
            own = folder / str(index)
            own.mkdir()
            ok &= check(arguments.welt, corpus, own)
    sys.exit(0 if ok else 1)


if __name__ == "__main__":
    main()
