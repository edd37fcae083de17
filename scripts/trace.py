"""Makes a tiny random encoder of a family with a tokenizer of a corpus, and fine-tunes it with PyTorch, step by step.

    pip install torch transformers tokenizers sentencepiece protobuf
    python scripts/trace.py make FAMILY MODEL TRAIN.tsv [base]
    cargo run --release -p welt-train --example trace -- MODEL TRAIN.tsv 200 > welt.txt
    python scripts/trace.py compare MODEL TRAIN.tsv 200 welt.txt

FAMILY is bert, electra, roberta, xlm-roberta, deberta-v3 or modernbert; with `base` its encoder has the sizes that are
published under this name, but for 30,000 entries, of which the tokenizer knows the first. TRAIN.tsv has a word and its tag in a line and an
empty line behind each sentence. `compare` reads model, words and batches by itself (is_split_into_words), takes the steps
of examples/trace.rs, and says how far the losses are from those in welt.txt.
"""

import sys

import tokenizers
import torch
from tokenizers import models, normalizers, pre_tokenizers, processors, trainers
from torch import nn
from transformers import AutoConfig, AutoModelForTokenClassification, PreTrainedTokenizerFast

BATCH, LONGEST, VOCABULARY = 16, 128, 4000
SIZES = dict(hidden_size=64, num_hidden_layers=3, num_attention_heads=4, intermediate_size=128, initializer_range=0.02)
DROPOUT = dict(hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
FAMILIES = {
    "bert": dict(model_type="bert", max_position_embeddings=160, pad_token_id=0, **DROPOUT),
    "electra": dict(model_type="electra", embedding_size=32, max_position_embeddings=160, pad_token_id=0, **DROPOUT),
    "roberta": dict(model_type="roberta", max_position_embeddings=160, pad_token_id=0, type_vocab_size=1,
                    layer_norm_eps=1e-5, **DROPOUT),
    "xlm-roberta": dict(model_type="xlm-roberta", max_position_embeddings=160, pad_token_id=0, type_vocab_size=1,
                        layer_norm_eps=1e-5, **DROPOUT),
    "deberta-v3": dict(model_type="deberta-v2", max_position_embeddings=160, pad_token_id=0, type_vocab_size=0,
                       relative_attention=True, position_buckets=64, norm_rel_ebd="layer_norm", share_att_key=True,
                       pos_att_type=["p2c", "c2p"], position_biased_input=False, **DROPOUT),
    "modernbert": dict(model_type="modernbert", max_position_embeddings=160, pad_token_id=0, local_attention=32,
                       bos_token_id=1, eos_token_id=2, cls_token_id=1, sep_token_id=2),
}
# What the published models of the size "base" have otherwise, for steps whose speed and memory are measured.
BASE = dict(hidden_size=768, num_hidden_layers=12, num_attention_heads=12, intermediate_size=3072, vocab_size=30000,
            max_position_embeddings=512)
BASE_DROPOUT = dict(hidden_dropout_prob=0.1, attention_probs_dropout_prob=0.1)
BASE_FAMILIES = {
    "bert": BASE_DROPOUT,
    "electra": dict(BASE_DROPOUT, embedding_size=768),
    "roberta": BASE_DROPOUT,
    "xlm-roberta": BASE_DROPOUT,
    "deberta-v3": dict(BASE_DROPOUT, position_buckets=256),
    "modernbert": dict(num_hidden_layers=22, intermediate_size=1152, local_attention=128, max_position_embeddings=8192),
}
SPECIAL = ["[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]"]


def sentences(path):
    rows, words, tags = [], [], []
    for line in open(path, encoding="utf-8"):
        columns = line.rstrip("\r\n").split("\t")
        if len(columns) > 1:
            words.append(columns[0])
            tags.append(columns[-1])
        elif words:
            rows.append((words, tags))
            words, tags = [], []
    return rows + ([(words, tags)] if words else [])


def tokenizer(family, texts):
    if family in ("bert", "electra"):
        made = tokenizers.Tokenizer(models.WordPiece(unk_token="[UNK]"))
        made.normalizer = normalizers.BertNormalizer(lowercase=True)
        made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        trainer = trainers.WordPieceTrainer(vocab_size=VOCABULARY, special_tokens=SPECIAL, show_progress=False)
    elif family in ("roberta", "modernbert"):
        made = tokenizers.Tokenizer(models.BPE())
        made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
        trainer = trainers.BpeTrainer(vocab_size=VOCABULARY, special_tokens=SPECIAL, show_progress=False,
                                      initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    else:
        made = tokenizers.Tokenizer(models.Unigram())
        made.normalizer = normalizers.NFKC()
        made.pre_tokenizer = pre_tokenizers.Metaspace()
        trainer = trainers.UnigramTrainer(vocab_size=VOCABULARY, special_tokens=SPECIAL, unk_token="[UNK]",
                                          show_progress=False)
    made.train_from_iterator(texts, trainer)
    around = [(token, made.token_to_id(token)) for token in ("[CLS]", "[SEP]")]
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=around)
    return PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]", unk_token="[UNK]",
        mask_token="[MASK]", model_input_names=["input_ids", "attention_mask"])


def make(family, folder, path, sizes="tiny"):
    rows = sentences(path)
    fast = tokenizer(family, [" ".join(words) for words, _ in rows])
    fast.save_pretrained(folder)
    labels = sorted({tag for _, tags in rows for tag in tags})
    values = dict(SIZES, **FAMILIES[family], vocab_size=len(fast), id2label=dict(enumerate(labels)),
                  label2id={label: index for index, label in enumerate(labels)})
    if sizes == "base":
        values |= BASE | BASE_FAMILIES[family]
    torch.manual_seed(7)
    model = AutoModelForTokenClassification.from_config(AutoConfig.for_model(values.pop("model_type"), **values))
    model.save_pretrained(folder)
    print(f"{family}: {sum(p.numel() for p in model.parameters()):,} parameters, {len(fast)} entries, {labels}")


def batches(folder, path, config):
    fast = PreTrainedTokenizerFast.from_pretrained(folder)
    rows = []
    for words, tags in sentences(path):
        encoding = fast(words, is_split_into_words=True)
        ids = encoding["input_ids"]
        if len(ids) > LONGEST:
            continue
        labels, previous = [], None
        for word in encoding.word_ids():
            first = word is not None and word != previous
            labels.append(config.label2id[tags[word]] if first else -100)
            previous = word
        rows.append((ids, labels))
    print(f"{len(rows)} sentences; the first is {rows[0][0]}, the last {rows[-1][0]}", file=sys.stderr)
    step = 0
    while True:
        chosen = [rows[(step * BATCH + row) % len(rows)] for row in range(BATCH)]
        longest = max(len(ids) for ids, _ in chosen)
        fill = lambda values, pad: torch.tensor([row + [pad] * (longest - len(row)) for row in values])
        yield dict(input_ids=fill([ids for ids, _ in chosen], config.pad_token_id),
                   attention_mask=fill([[1] * len(ids) for ids, _ in chosen], 0)), fill([l for _, l in chosen], -100)
        step += 1


def compare(folder, path, steps, theirs):
    torch.set_num_threads(1)
    model = AutoModelForTokenClassification.from_pretrained(folder, attn_implementation="eager").train()
    undecayed = lambda name: name.endswith("bias") or "norm" in name.lower().split(".")[-2]
    groups = [dict(params=[p for n, p in model.named_parameters() if undecayed(n) == bare], weight_decay=decay)
              for bare, decay in ((False, 0.01), (True, 0.0))]
    optimizer = torch.optim.AdamW(groups, lr=1e-3)
    warm_up = -(-steps // 10)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda s: s / max(1, warm_up) if s < warm_up else max(0.0, (steps - s) / max(1, steps - warm_up)))
    stream, losses = batches(folder, path, model.config), []
    for step in range(steps):
        inputs, labels = next(stream)
        logits = model(**inputs).logits
        loss = nn.functional.cross_entropy(logits.view(-1, logits.shape[-1]), labels.view(-1), ignore_index=-100)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    found = [float(line.split("\t")[1]) for line in open(theirs)]
    assert len(found) == steps, f"{len(found)} steps in {theirs}"
    apart = [abs(a - b) for a, b in zip(losses, found)]
    tenth = lambda values: [round(sum(values[i:i + 10]) / 10, 4) for i in (0, steps // 2, steps - 10)]
    print(f"PyTorch's loss over ten steps at the beginning, the middle and the end: {tenth(losses)}")
    print(f"welt's: {tenth(found)}")
    print(f"apart by at most {max(apart[:10]):.1e} in the first 10 steps, {max(apart):.1e} in {steps}")


if __name__ == "__main__":
    command = sys.argv[1]
    if command == "make":
        make(*sys.argv[2:6])
    else:
        compare(sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.argv[5])
