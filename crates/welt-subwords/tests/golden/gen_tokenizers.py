#!/usr/bin/env python3
"""Write small tokenizers of every kind and what transformers makes of words with them.

    pip install transformers sentencepiece protobuf
    python gen_tokenizers.py ALIGNMENT OUT
    python gen_tokenizers.py ALIGNMENT OUT TAGGED NAME ...

ALIGNMENT is `tokenizer/alignment.json` of welt-models' fixtures: its sentences are what the tokenizers are trained on, and
with the words below what they cut. OUT/NAME gets the files of a tokenizer as transformers saves them or checkpoints have
them, and `words.json`: for every list of words, the ids and the word of each sub-word (`is_split_into_words`, and
`add_prefix_space` for byte pairs, as transformers wants it for words).

In the second form only the values are written, of published tokenizers that lie in OUT/NAME, and the sentences of TAGGED, a
file with a word and its tag in a line, stand beside the other lists: what the test wants where WELT_TOKENIZERS names OUT.
"""

import io
import json
import os
import sys

import tokenizers
import transformers
from tokenizers import models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    AutoTokenizer, BertTokenizer, CamembertTokenizer, PreTrainedTokenizerFast, RobertaTokenizer, XLMRobertaTokenizer)

ALIGNMENT, OUT = sys.argv[1:3]
CASES = [case["words"] for case in json.load(open(ALIGNMENT, encoding="utf-8"))["cases"]]
CASES += [
    ["<s>", "</s>", "<mask>", "x<s>y", "<pad>", "<unk>", "a</s>"],
    ["[CLS]", "[SEP]", "[MASK]", "x[SEP]y", "[PAD]", "[UNK]"],
    ["a b", " a", "a ", "\t", "a\u00a0b", "New York", "\u3000", "\u2003x"],
    ["▁", "a▁b", "▁a", "Ġ", "Ġa", "Ċ"],
    ["", "x", "", "\u200b", "\ufeff", "\u00ad", "\u0301"],
    ["don't", "it's", "we'll", "'s", "'", "I'M"],
    ["123", "1,234.5", "10(-6)", "2019-nCoV", "p53", "IL-2Rα", "½", "Ⅳ", "０１２"],
    ["病", "患者です", "A病B", "😀", "a😀b", "👩‍⚕️", "\U00010400"],
    ["é", "e\u0301", "ﬁbrosis", "ß", "ẞ", "İ", "①", "㎎"],
    ["renal", "Renal", "RENAL", "(", ")", "(renal)", "renal-cell", "...", "--"],
    ["x" * 300],
]
TEXT = [" ".join(words) for words in CASES[:20]] * 2
LABELS = dict(transformers=transformers.__version__, tokenizers=tokenizers.__version__)


def write(name, tokenizer, keep=None, more=()):
    folder = f"{OUT}/{name}"
    cases = []
    for words in CASES + list(more):
        encoding = tokenizer(words, is_split_into_words=True)
        cases.append(dict(words=words, ids=encoding["input_ids"], word_ids=encoding.word_ids()))
    special = {key: tokenizer.convert_tokens_to_ids(getattr(tokenizer, f"{key}_token"))
               for key in ("pad", "unk", "cls", "sep")}
    with open(f"{folder}/words.json", "w") as out:
        json.dump(dict(versions=LABELS, special=special, n_ids=max(tokenizer.get_vocab().values()) + 1, cases=cases), out)
    for file in os.listdir(folder):
        if keep is not None and file not in keep + ["words.json"]:
            os.remove(f"{folder}/{file}")
    print(name, len(tokenizer), cases[31]["ids"], cases[33]["ids"])


def roberta():
    """Byte pairs as a checkpoint of RoBERTa has them: `tokenizer.json`, and `vocab.json` with `merges.txt`."""
    trained = tokenizers.Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trained.train_from_iterator(TEXT, trainers.BpeTrainer(
        vocab_size=480, special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    model = json.loads(trained.to_str())["model"]
    merges = [tuple(pair) for pair in model["merges"]]
    plain = RobertaTokenizer(vocab=model["vocab"], merges=merges)
    plain.save_pretrained(f"{OUT}/roberta")
    for_words = RobertaTokenizer.from_pretrained(f"{OUT}/roberta", add_prefix_space=True)
    write("roberta", for_words, ["tokenizer.json", "tokenizer_config.json"])
    os.makedirs(f"{OUT}/roberta_files", exist_ok=True)
    with open(f"{OUT}/roberta_files/vocab.json", "w") as out:
        json.dump(model["vocab"], out, ensure_ascii=False)
    with open(f"{OUT}/roberta_files/merges.txt", "w") as out:
        out.write("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges))
    from_files = RobertaTokenizer.from_pretrained(f"{OUT}/roberta_files", add_prefix_space=True)
    write("roberta_files", from_files, ["vocab.json", "merges.txt"])


def modernbert():
    """Byte pairs with BERT's special tokens and composed letters, which no class of transformers makes anew."""
    trained = tokenizers.Tokenizer(models.BPE())
    trained.normalizer = normalizers.NFC()
    trained.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    special = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"]
    trained.train_from_iterator(TEXT, trainers.BpeTrainer(
        vocab_size=420, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False))
    trained.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 1), ("[SEP]", 2)])
    PreTrainedTokenizerFast(
        tokenizer_object=trained, cls_token="[CLS]", sep_token="[SEP]", pad_token="[PAD]", unk_token="[UNK]",
        mask_token="[MASK]", model_input_names=["input_ids", "attention_mask"]).save_pretrained(f"{OUT}/modernbert")
    for_words = PreTrainedTokenizerFast.from_pretrained(f"{OUT}/modernbert")
    # From version 5 on, this class does not do it when it is asked to.
    for_words.backend_tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    write("modernbert", for_words, ["tokenizer.json", "tokenizer_config.json"])


def pieces(size, **more):
    """The entries of a SentencePiece model of the texts, and the model itself."""
    import sentencepiece
    from transformers.convert_slow_tokenizer import import_protobuf
    # A rule or two, where the real ones take 240 kB: a ligature, a circled digit, a zero-width space, a wide digit.
    rules = "FB01\t66 69\n2460\t31\n200B\t20\nFF10\t30\n3000\t20\n"
    with open(f"{OUT}/rules.tsv", "w") as out:
        out.write(rules)
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(TEXT), model_writer=model, vocab_size=size, model_type="unigram",
        normalization_rule_tsv=f"{OUT}/rules.tsv", minloglevel=2, num_threads=1, **more)
    os.remove(f"{OUT}/rules.tsv")
    # It says where the rules were, which is another path wherever this runs.
    proto = import_protobuf().ModelProto.FromString(model.getvalue())
    proto.normalizer_spec.ClearField("normalization_rule_tsv")
    return proto.SerializeToString()


def xlm_roberta():
    """SentencePiece's entries as XLM-RoBERTa has them, whose first four stand elsewhere than SentencePiece has them."""
    from transformers.convert_slow_tokenizer import import_protobuf
    proto = import_protobuf().ModelProto.FromString(pieces(300))
    vocab = [(name, 0.0) for name in ("<s>", "<pad>", "</s>", "<unk>")]
    vocab += [(piece.piece, piece.score) for piece in proto.pieces[3:]] + [("<mask>", 0.0)]
    XLMRobertaTokenizer(vocab=vocab, _spm_precompiled_charsmap=proto.normalizer_spec.precompiled_charsmap) \
        .save_pretrained(f"{OUT}/xlm_roberta")
    write("xlm_roberta", XLMRobertaTokenizer.from_pretrained(f"{OUT}/xlm_roberta"),
          ["tokenizer.json", "tokenizer_config.json"])


def deberta():
    """`spm.model` as DeBERTa-v3 has it, and the `tokenizer.json` that the converter of transformers makes of it."""
    from transformers.convert_slow_tokenizer import DebertaV2Converter
    folder = f"{OUT}/deberta"
    os.makedirs(folder, exist_ok=True)
    model = pieces(300, pad_id=0, bos_id=1, eos_id=2, unk_id=3, pad_piece="[PAD]", bos_piece="[CLS]",
                   eos_piece="[SEP]", unk_piece="[UNK]")
    with open(f"{folder}/spm.model", "wb") as out:
        out.write(model)

    class Original:
        vocab_file = f"{folder}/spm.model"
        do_lower_case = split_by_punct = False
        add_prefix_space = True
        def convert_tokens_to_ids(self, token): return {"[PAD]": 0, "[CLS]": 1, "[SEP]": 2, "[UNK]": 3}[token]

    converted = DebertaV2Converter(Original()).converted()
    converted.add_special_tokens(["[CLS]", "[SEP]", "[UNK]", "[PAD]", "[MASK]"])
    fast = PreTrainedTokenizerFast(
        tokenizer_object=converted, cls_token="[CLS]", sep_token="[SEP]", pad_token="[PAD]", unk_token="[UNK]",
        mask_token="[MASK]")
    fast.save_pretrained(folder)
    write("deberta", fast, ["tokenizer.json", "tokenizer_config.json", "spm.model"])


def camembert():
    """`sentencepiece.bpe.model` as CamemBERT has it, and the `tokenizer.json` that transformers saves of it."""
    folder = f"{OUT}/camembert"
    os.makedirs(folder, exist_ok=True)
    for file in os.listdir(folder):
        os.remove(f"{folder}/{file}")
    with open(f"{folder}/sentencepiece.bpe.model", "wb") as out:
        out.write(pieces(300))
    alone = CamembertTokenizer.from_pretrained(folder)
    alone.save_pretrained(folder)
    write("camembert", alone, ["tokenizer.json", "tokenizer_config.json", "sentencepiece.bpe.model"])


def bert_added():
    """A vocabulary with one entry a line, and tokens that were added to it later, in the file that older releases wrote."""
    folder = f"{OUT}/bert_added"
    os.makedirs(folder, exist_ok=True)
    for file in os.listdir(folder):
        os.remove(f"{folder}/{file}")
    letters = sorted(set("".join(TEXT).lower()) - {" "})
    entries = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters)]
    entries += ["renal", "fail", "##ure", "##al", "the", "of"]
    with open(f"{folder}/vocab.txt", "w") as out:
        out.write("".join(f"{entry}\n" for entry in entries))
    size = len(entries)
    with open(f"{folder}/added_tokens.json", "w") as out:
        json.dump({"Familial": size, "[ENT]": size + 1, "p53": size + 2}, out, indent=1)
    with open(f"{folder}/tokenizer_config.json", "w") as out:
        json.dump(dict(tokenizer_class="BertTokenizer", do_lower_case=True, additional_special_tokens=["[ENT]"]), out, indent=1)
    added = [["Familial", "familial", "unfamilially", "[ENT]", "renal[ENT]", "[ent]", "p53", "p53s"]]
    write("bert_added", BertTokenizer.from_pretrained(folder), more=added)


def published(tagged, names):
    """Values of tokenizers that are not made here."""
    words = []
    for line in open(tagged, encoding="utf-8"):
        if line.strip():
            words.append(line.split("\t")[0].strip())
        elif words:
            CASES.append(words)
            words = []
    for name in names:
        write(name, AutoTokenizer.from_pretrained(f"{OUT}/{name}", add_prefix_space=True))


if sys.argv[3:]:
    published(sys.argv[3], sys.argv[4:])
else:
    for make in (roberta, modernbert, xlm_roberta, deberta, camembert, bert_added):
        make()
