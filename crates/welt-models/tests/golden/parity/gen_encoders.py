#!/usr/bin/env python3
"""Write the fixtures of the encoders beside BERT and ELECTRA (deterministic; 1 thread, fp32, CPU).

usage: gen_encoders.py OUT [NAME ...]

OUT/NAME gets what transformers saves of a tiny random model (`config.json`, `model.safetensors`), its inputs and what
it makes of them: hidden states, label scores, losses, gradients and two traces of five steps, as README.md says."""
import copy, json, math, os, sys
import numpy as np, torch, transformers, tokenizers, safetensors, safetensors.torch
from safetensors.torch import save_file
from torch import nn
from transformers import AutoConfig, AutoModelForTokenClassification

torch.set_num_threads(1); torch.use_deterministic_algorithms(True)
ROOT, V, NL = sys.argv[1], 100, 3
VER = dict(torch=torch.__version__, transformers=transformers.__version__, tokenizers=tokenizers.__version__,
           safetensors=safetensors.__version__, numpy=np.__version__)
LABELS = {0: 'B-X', 1: 'I-X', 2: 'O'}
COUNTS = [60, 90, 850]
_z = np.exp(1 - np.array(COUNTS) / sum(COUNTS)); WELT = (_z / _z.sum()).tolist()
COMMON = dict(vocab_size=V, hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
              initializer_range=0.02, id2label=LABELS, label2id={v: k for k, v in LABELS.items()})
DROP = dict(hidden_act='gelu', hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
DEBERTA = dict(model_type='deberta-v2', relative_attention=True, layer_norm_eps=1e-7, pad_token_id=0,
               max_position_embeddings=40, pos_att_type=['p2c', 'c2p'], **DROP)
CONFIGS = {
    'roberta': dict(model_type='roberta', layer_norm_eps=1e-5, pad_token_id=1, bos_token_id=0, eos_token_id=2,
                    max_position_embeddings=42, type_vocab_size=1, **DROP),
    # As DeBERTa-v3: log buckets, one projection for content and positions, positions in attention alone.
    'deberta_v3': dict(DEBERTA, position_buckets=6, max_relative_positions=-1, norm_rel_ebd='layer_norm',
                       share_att_key=True, position_biased_input=False, type_vocab_size=0),
    # As DeBERTa-v2-xlarge, with its convolution, and everything else the other way round.
    'deberta_v2': dict(DEBERTA, position_buckets=-1, max_relative_positions=12, share_att_key=False,
                       position_biased_input=True, type_vocab_size=2, embedding_size=16, conv_kernel_size=3,
                       conv_act='gelu', num_hidden_layers=3),
    # Layers 0 and 3 see everything, 1 and 2 four sub-words to each side.
    'modernbert': dict(model_type='modernbert', num_hidden_layers=4, max_position_embeddings=40, local_attention=8,
                       norm_eps=1e-5, pad_token_id=1, bos_token_id=2, eos_token_id=3, cls_token_id=2, sep_token_id=3,
                       attention_dropout=0.0, embedding_dropout=0.0, mlp_dropout=0.0, classifier_dropout=0.0),
}


def config(name, attn):
    values = {**COMMON, **CONFIGS[name]}
    return AutoConfig.for_model(values.pop('model_type'), **values, attn_implementation=attn)


def build(name, attn='eager'):
    return AutoModelForTokenClassification.from_config(config(name, attn))


def is_norm(name):
    return 'norm' in name.lower().rsplit('.', 1)[0].rsplit('.', 1)[-1]


def randomise(model, seed):
    g = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for n, q in model.named_parameters():
            r = torch.randn(q.shape, generator=g)
            if is_norm(n) and n.endswith('weight'): q.copy_(1 + 0.1 * r)
            else: q.copy_((0.1 if n.endswith('bias') else 0.15) * r)


def batch(config, seed, lens, holds_padding):
    g = torch.Generator().manual_seed(seed); rows, length = len(lens), max(lens)
    pad, types = config.pad_token_id, getattr(config, 'type_vocab_size', 1)
    ids = torch.full((rows, length), pad); mask = torch.zeros_like(ids); segments = torch.zeros_like(ids)
    labels = torch.full_like(ids, -100)
    for i, n in enumerate(lens):
        ids[i, :n] = torch.randint(5, V, (n,), generator=g); ids[i, 0] = 2; ids[i, n - 1] = 3
        # A text may hold the sub-word of padding itself.
        if holds_padding: ids[i, n // 2] = pad
        mask[i, :n] = 1
        if i % 2 and types > 1: segments[i, n // 2:n] = 1
        y = torch.randint(0, NL, (n,), generator=g); keep = torch.rand(n, generator=g) < .65
        keep[0] = keep[-1] = False; keep[1] = True
        labels[i, :n] = torch.where(keep, y, torch.full_like(y, -100))
    return dict(input_ids=ids, attention_mask=mask, token_type_ids=segments, labels=labels)


LENGTHS = [[12, 7, 9, 3], [10, 10, 4, 6], [5, 8], [26, 4, 4, 21], [6, 6, 6, 6], [9, 7]]
# PyTorch keeps gradients from the row of padding, so no step is taken with a text that holds it.
WITH_PADDING = 5
TRACES = {
    'a': dict(lr=1e-3, weight_decay=0.0, warmup_steps=0, class_weights=WELT),
    'b': dict(lr=2e-3, weight_decay=0.01, warmup_steps=2, class_weights=[1.0, 1.0, 1.0]),
}
for t in TRACES.values(): t.update(total_steps=5, betas=[.9, .999], eps=1e-8, clip_norm=1.0)


def forward(model, b, states=True):
    segments = {} if model.config.model_type == 'modernbert' else dict(token_type_ids=b['token_type_ids'])
    return model(input_ids=b['input_ids'], attention_mask=b['attention_mask'], output_hidden_states=states, **segments)


def loss(logits, b, weights):
    return nn.functional.cross_entropy(logits.view(-1, NL), b['labels'].view(-1), ignore_index=-100,
                                       weight=torch.tensor(weights, dtype=logits.dtype))


def trace(model, t, batches):
    undecayed = lambda n: n.endswith('bias') or is_norm(n)
    params = list(model.named_parameters())
    opt = torch.optim.AdamW([dict(params=[q for n, q in params if not undecayed(n)], weight_decay=t['weight_decay']),
                             dict(params=[q for n, q in params if undecayed(n)], weight_decay=0.0)],
                            lr=t['lr'], betas=tuple(t['betas']), eps=t['eps'], foreach=False, fused=False)
    W, T = t['warmup_steps'], t['total_steps']
    schedule = torch.optim.lr_scheduler.LambdaLR(
        opt, lambda s: s / max(1, W) if s < W else max(0., (T - s) / max(1, T - W)))
    steps = []
    model.train()
    for s in range(T):
        lr = opt.param_groups[0]['lr']
        value = loss(forward(model, batches[s], False).logits, batches[s], t['class_weights']); value.backward()
        norm = nn.utils.clip_grad_norm_(model.parameters(), t['clip_norm'], foreach=False)
        opt.step(); schedule.step(); opt.zero_grad()
        steps.append(dict(step=s, batch=s, lr=lr, loss=value.item(), grad_norm_before_clip=norm.item()))
    model.eval()
    with torch.no_grad():
        last = loss(forward(model, batches[0], False).logits, batches[0], t['class_weights']).item()
    return steps, last


def in_double(name, weights):
    # Rows of padding that see nothing at all are not numbers in double precision with eager attention.
    model = build(name, 'sdpa' if name == 'modernbert' else 'eager')
    model.load_state_dict(weights)
    return model.double().eval()


def write(name, seed):
    model = build(name); randomise(model, seed); model.eval()
    folder = f'{ROOT}/{name}'; os.makedirs(folder, exist_ok=True)
    model.save_pretrained(folder)
    batches = [batch(model.config, 100 + i, lens, i == WITH_PADDING) for i, lens in enumerate(LENGTHS)]
    tensors = {f'batch{i}.{k}': v.contiguous() for i, b in enumerate(batches) for k, v in b.items()}
    save_file(tensors, f'{folder}/inputs.safetensors')
    weights = copy.deepcopy(model.state_dict())
    double = in_double(name, weights)
    # DeBERTa has one kind of attention.
    other = build(name, 'eager' if name.startswith('deberta') else 'sdpa')
    other.load_state_dict(weights); other.eval()
    expected, meta = {}, dict(versions=VER, class_weights=WELT, counts=COUNTS)
    # The fourth batch has rows long enough for windows and buckets to matter.
    for i in (0, 1, 3, WITH_PADDING):
        b = batches[i]
        with torch.no_grad(): o, o64, o2 = forward(model, b), forward(double, b), forward(other, b)
        seen = b['attention_mask'].bool()
        far = lambda x, y: (x[seen].double() - y[seen]).abs().max().item()
        for l, h in enumerate(o.hidden_states): expected[f'batch{i}.hidden_states.{l}'] = h.contiguous()
        expected[f'batch{i}.logits'] = o.logits
        meta[f'batch{i}'] = dict(
            loss_welt=loss(o.logits, b, WELT).item(), loss_vanilla=loss(o.logits, b, [1.] * 3).item(),
            loss_welt_f64=loss(o64.logits, b, WELT).item(), loss_vanilla_f64=loss(o64.logits, b, [1.] * 3).item(),
            max_abs_logit_f32_minus_f64=far(o.logits, o64.logits),
            max_abs_logit_eager_minus_sdpa=far(o.logits, o2.logits))
    model.train(); model.zero_grad(); loss(forward(model, batches[0], False).logits, batches[0], WELT).backward()
    double.train(); loss(forward(double, batches[0], False).logits, batches[0], WELT).backward()
    grads = {n: (torch.zeros_like(q) if q.grad is None else q.grad).clone() for n, q in model.named_parameters()}
    grads64 = {n: (torch.zeros_like(q) if q.grad is None else q.grad) for n, q in double.named_parameters()}
    save_file(grads, f'{folder}/expected_grads_batch0_welt.safetensors')
    meta['grad_norms_batch0_welt'] = {n: g.norm().item() for n, g in grads.items()}
    meta['grad_norm_total_batch0_welt'] = math.sqrt(sum(g.double().pow(2).sum().item() for g in grads.values()))
    meta['grad_max_abs_f32_minus_f64'] = {n: (g.double() - grads64[n]).abs().max().item() for n, g in grads.items()}
    save_file(expected, f'{folder}/expected_forward.safetensors')
    meta['traces'] = {}
    for key, t in TRACES.items():
        one = build(name); one.load_state_dict(weights); two = in_double(name, weights)
        (steps, last), (steps64, last64) = trace(one, t, batches), trace(two, t, batches)
        after = {n: q.detach().clone().contiguous() for n, q in one.named_parameters()}
        after64 = dict(two.named_parameters())
        save_file(after, f'{folder}/expected_params_after_trace_{key}.safetensors')
        meta['traces'][key] = dict(
            config=t, steps=steps, final_loss_batch0=last, final_loss_batch0_f64=last64,
            losses_f64=[s['loss'] for s in steps64],
            param_max_abs_f32_minus_f64={n: (v.double() - after64[n]).abs().max().item() for n, v in after.items()})
        print(key, [s['loss'] for s in steps], last,
              sorted(meta['traces'][key]['param_max_abs_f32_minus_f64'].items(), key=lambda x: -x[1])[:3])
    json.dump(meta, open(f'{folder}/expected.json', 'w'), indent=1)
    again = AutoModelForTokenClassification.from_pretrained(folder, attn_implementation='eager').eval()
    with torch.no_grad(): assert torch.equal(forward(again, batches[0]).logits, expected['batch0.logits'])
    print(name, sum(q.numel() for q in model.parameters()), meta['batch3'])


def same_under_other_names():
    """RoBERTa's values are those of the two that have its architecture under names of their own."""
    folder, inputs = f'{ROOT}/roberta', batch(config('roberta', 'eager'), 103, LENGTHS[3], False)
    expected = safetensors.torch.load_file(f'{folder}/expected_forward.safetensors')
    values = json.load(open(f'{folder}/config.json'))
    for name in ('xlm-roberta', 'camembert'):
        other = AutoConfig.for_model(name, **{k: v for k, v in values.items() if k != 'model_type'})
        model = AutoModelForTokenClassification.from_config(other, attn_implementation='eager').eval()
        model.load_state_dict(safetensors.torch.load_file(f'{folder}/model.safetensors'))
        with torch.no_grad(): found = forward(model, inputs)
        for l, h in enumerate(found.hidden_states): assert torch.equal(h, expected[f'batch3.hidden_states.{l}'])
        assert torch.equal(found.logits, expected['batch3.logits'])
        print(type(model).__name__, 'gives what RoBERTa gives')


# Seeds for which no gradient but those of a bias that has none is so near 0 that its sign is noise.
SEEDS = dict(roberta=30, deberta_v3=21, deberta_v2=33, modernbert=24)
for name in sys.argv[2:] or CONFIGS: write(name, SEEDS[name])
if os.path.exists(f'{ROOT}/roberta'): same_under_other_names()
