"""transformers' Trainer with class weights, normalised over a whole optimiser step.

    python contrib/weighted_trainer.py     shows on a tiny model that accumulation of gradients changes nothing

A weighted mean divides by the weights of its words. Where a step is made of several micro-batches or runs on several devices, each
word must be divided by the weights of the whole step, or words of a micro-batch with few entities count more than others. The Trainer
hands the loss the number of items of a step; here that number is the sum of their weights.

Needs torch, transformers 5 and accelerate.
"""

from collections.abc import Sequence

import torch
from transformers import Trainer

IGNORED = -100


class WeightedTrainer(Trainer):
    """A Trainer whose loss is sum(w[label] * loss) / sum(w[label]) over all words of a step.

    `class_weights` has one number for each label in the order of the model: `welt.class_weights(tags, "welt", order=labels)`.
    """

    def __init__(self, *args, class_weights: Sequence[float], **kwargs):
        super().__init__(*args, compute_loss_func=self._weighted_loss, **kwargs)
        self.class_weights = torch.tensor(class_weights, dtype=torch.float32)

    def _weights_of(self, labels):
        weights = self.class_weights.to(labels.device)
        return torch.where(labels == IGNORED, 0.0, weights[labels.clamp(min=0)])

    def _get_num_items_in_batch(self, batch_samples, device):
        if not batch_samples or "labels" not in batch_samples[0]:
            return None
        total = sum(self._weights_of(batch["labels"]).sum() for batch in batch_samples).to(device)
        if self.args.average_tokens_across_devices and self.args.world_size > 1:
            total = self.accelerator.gather(total).sum()
        return total

    def _weighted_loss(self, outputs, labels, num_items_in_batch=None):
        logits = outputs["logits"] if isinstance(outputs, dict) else outputs[1]
        by_word = torch.nn.functional.cross_entropy(
            logits.flatten(0, -2).float(), labels.flatten(), ignore_index=IGNORED, reduction="none"
        )
        weights = self._weights_of(labels.flatten())
        total = weights.sum() if num_items_in_batch is None else num_items_in_batch.to(weights.device)
        return (weights * by_word).sum() / total


def main():
    """Trains a tiny model once in batches of 8, and once in 4 micro-batches of 2: the weights come out the same."""
    import tempfile

    import welt
    from transformers import BertConfig, BertForTokenClassification, TrainingArguments

    names = ["O", "B-X", "I-X"]
    generator = torch.Generator().manual_seed(1)
    rows = []
    for length in (4, 9, 5, 12, 3, 7, 6, 10) * 2:
        labels = torch.randint(0, 3, (12,), generator=generator)
        labels[length:] = IGNORED
        # As in a corpus, some micro-batches have many entities and some have none.
        labels[:length] *= int(length > 6)
        rows.append({"input_ids": torch.randint(0, 50, (12,), generator=generator), "labels": labels})
    tags = [[names[label] for label in row["labels"].tolist() if label != IGNORED] for row in rows]
    weights = welt.class_weights(tags, "welt", order=names)
    trained = []
    for size, steps in ((8, 1), (2, 4)):
        torch.manual_seed(1)
        config = BertConfig(
            vocab_size=50, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32, num_labels=3,
            hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
        )
        with tempfile.TemporaryDirectory() as folder:
            arguments = TrainingArguments(
                folder, per_device_train_batch_size=size, gradient_accumulation_steps=steps, max_steps=2, learning_rate=0.1,
                optim="sgd", max_grad_norm=0.0, lr_scheduler_type="constant", report_to=[], save_strategy="no", use_cpu=True,
                train_sampling_strategy="sequential", disable_tqdm=True,
            )
            trainer = WeightedTrainer(BertForTokenClassification(config), arguments, train_dataset=rows, class_weights=weights)
            trainer.train()
            trained.append(torch.cat([parameter.detach().flatten() for parameter in trainer.model.parameters()]))
    distance = (trained[0] - trained[1]).abs().max().item()
    print(f"class weights {[round(weight, 4) for weight in weights]}; after two steps the parameters differ by {distance:.1e} at most")
    assert distance < 1e-6, distance


if __name__ == "__main__":
    main()
