"""Losses of words and their gradients, from the published formulas in double precision with PyTorch's own differentiation.

Writes losses.json beside this file; python losses.py, with torch 2.9.0.
Nothing here is shared with the Rust code: softmax, powers and sums are written out of the papers' equations.
"""

import json
import pathlib

import torch

SCORES = [[2.0, -1.0, 0.5], [0.1, 0.2, 0.3], [-3.0, 4.0, 1.0], [0.0, 0.0, 6.0], [9.0, -9.0, -8.0]]
LABELS = [0, 2, 1, 0, 0]
CLASS_WEIGHTS = [0.41, 0.41, 0.18]
SHARES = [0.05, 0.05, 0.9]
SMOOTHING = 1.0


def focal(scores, labels, gamma):
    """Lin et al. 2017, equation 4; gamma 0 is the cross-entropy."""
    p = torch.softmax(scores, 1)[torch.arange(len(labels)), labels]
    return -((1 - p) ** gamma) * torch.log(p)


def adjusted(scores, labels, tau):
    """Menon et al. 2021, equation 10."""
    return focal(scores + tau * torch.log(torch.tensor(SHARES, dtype=torch.float64)), labels, 0.0)


def dice(scores, labels, alpha):
    """Li et al. 2020, the self-adjusting dice loss of section 3.4 for every label against all others, summed over labels."""
    p = torch.softmax(scores, 1)
    total = torch.zeros(len(labels), dtype=torch.float64)
    for label in range(scores.shape[1]):
        y = (labels == label).double()
        decayed = (1 - p[:, label]) ** alpha * p[:, label]
        total = total + 1 - (2 * decayed * y + SMOOTHING) / (decayed + y + SMOOTHING)
    return total


def case(name, loss, number):
    scores = torch.tensor(SCORES, dtype=torch.float64, requires_grad=True)
    labels = torch.tensor(LABELS)
    weights = torch.tensor(CLASS_WEIGHTS, dtype=torch.float64)[labels]
    words = loss(scores, labels, number)
    total = (weights * words).sum() / weights.sum()
    total.backward()
    return {
        "loss": name,
        "number": number,
        "words": words.tolist(),
        "total": total.item(),
        "gradients": scores.grad.tolist(),
    }


def main():
    cases = [case("focal", focal, gamma) for gamma in (0.0, 0.5, 2.0)]
    cases += [case("logit_adjustment", adjusted, tau) for tau in (0.5, 1.0)]
    cases += [case("dice", dice, alpha) for alpha in (0.0, 0.01, 0.5, 1.0)]
    golden = {
        "torch": torch.__version__,
        "scores": SCORES,
        "labels": LABELS,
        "class_weights": CLASS_WEIGHTS,
        "shares": SHARES,
        "cases": cases,
    }
    path = pathlib.Path(__file__).with_name("losses.json")
    path.write_text(json.dumps(golden, indent=1) + "\n")


main()
