"""Writes what transformers' own WordPiece makes of words with real vocabularies, as the tests of welt-data expect it.

    pip install transformers
    python scripts/vocabulary_pieces.py VOCABULARIES > crates/welt-subwords/tests/vocabularies.json

VOCABULARIES is a folder with the vocabularies named below, one entry a line. The tokenizer is the one that transformers
has in Python (tokenization_bert_legacy), which shares no code with the tokenizers library that welt uses. Its words are
those below; of the vocabularies nothing is written but ids.
"""

import json
import pathlib
import sys

import transformers
from transformers.models.bert.tokenization_bert_legacy import BertTokenizerLegacy

# File, whether words are lower-cased, what becomes of accents (None: they go where words are lower-cased).
VOCABULARIES = [
    ("biobert.txt", False, None),
    ("biobert.txt", False, True),
    ("bert_uncased.txt", True, None),
    ("bert_uncased.txt", True, False),
    ("pubmedbert_fulltext.txt", True, None),
    ("scibert_uncased.txt", True, None),
    ("scibert_uncased.txt", False, None),
]

WORDS = """
the Renal failure BRCA1 p53 TP53-mutated naïve Ménière’s Ångström β-catenin TGF-β1 NF-κB µg/ml 5′-UTR α α1-antitrypsin
Sjögren's ÉCOLE façade Straße ŞİŞLİ ǅ ﬁbrosis 病 肺癌 病a mRNAs IL-2Rα N-acetyl-L-cysteine [3H]thymidine 10(-6) 37°C ±0.5
p<0.001 >=50% H2O2 Ca2+ Na+/K+-ATPase 17β-estradiol (CGG)n e.g. 1,25-dihydroxyvitamin non-small-cell ---- ... “quoted” ‘x’
cystic fibrosis transmembrane conductance regulator Duchenne-muscular adenomatous-polyposis-coli hypoxanthine
phosphoribosyltransferase deoxyribonucleic immunohistochemistry 😀 a😀b ½ ² x² ﷺ ０１２ Ⅳ é é ñ Ǆ ı İ ſ ß ẞ
""".split()
WORDS += ["", " ", "\u200b", "\u00a0", "a\u00a0b", "a b", "\u00ad", "soft\u00adhyphen", "\ufeff", "\t", "zero\u200bwidth", "\u0301",
          "x" * 100, "x" * 101, "ab\x00c", "\ufffd", "\u3000", "e\u0301tude"]


def pieces(tokenizer, word):
    return tokenizer.convert_tokens_to_ids(tokenizer.tokenize(word))


def main():
    folder = pathlib.Path(sys.argv[1])
    cases = []
    for name, lower_case, strip_accents in VOCABULARIES:
        tokenizer = BertTokenizerLegacy(
            str(folder / name), do_lower_case=lower_case, strip_accents=strip_accents, do_basic_tokenize=True
        )
        cases.append({
            "vocabulary": name,
            "lower_case": lower_case,
            "strip_accents": strip_accents,
            "ids": [pieces(tokenizer, word) for word in WORDS],
        })
    lines = [json.dumps(case, separators=(",", ":")) for case in cases]
    words = json.dumps(WORDS, ensure_ascii=True)
    version = json.dumps(transformers.__version__)
    print(f'{{"transformers": {version},\n"words": {words},\n"cases": [\n' + ",\n".join(lines) + "\n]}")


if __name__ == "__main__":
    main()
