"""Losses and metrics of PyTorch, optax and scikit-learn: packages/nn/test/golden/losses.json and metrics.json.

python scripts/references/losses.py  (PyTorch 2.13, optax 0.2.8, scikit-learn 1.9)

Each case of a loss has its arguments and options, as Cotangent takes them, the losses, the gradients of their sum with
fixed weights in the first arguments, and the Hessian of that sum times a fixed direction (null where PyTorch has no
second derivative).
"""

import json
import math
import sys
import warnings
from pathlib import Path

# The folder of this script has a statistics.py, which JAX and PyTorch would import in place of Python's.
sys.path.pop(0)

import jax
import numpy as np
import optax
import torch
import torch.nn.functional as F
from sklearn import metrics

warnings.filterwarnings("ignore")
torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
jax.config.update("jax_enable_x64", True)
# A sum is checked against the losses themselves.
REDUCTIONS = ["mean", "none"]


def fixed(*shape, phase, scale=1.0):
    """Numbers between -scale and scale that every language computes alike: they are rounded to four digits."""
    count = math.prod(shape)
    numbers = [round(scale * math.sin(1.7 * i + phase + 0.3 * i * i), 4) for i in range(count)]
    return torch.tensor(numbers).reshape(shape)


def ints(*numbers):
    return torch.tensor(numbers, dtype=torch.int64)


def signs(*shape):
    return torch.tensor([1.0 if i % 3 != 1 else -1.0 for i in range(math.prod(shape))]).reshape(shape)


def stored(x):
    if isinstance(x, torch.Tensor):
        return {"shape": list(x.shape), "dtype": "float64" if x.is_floating_point() else "int32", "data": x.flatten().tolist()}
    return x


cases = []


def case(name, inputs, targets, call, options=None, second=True):
    """`call` gets the inputs and targets in PyTorch; gradients are those in the inputs."""
    leaves = [x.clone().requires_grad_() for x in inputs]
    losses = call(*leaves, *targets)
    weights = fixed(losses.numel(), phase=0.7).reshape(losses.shape) + 1.25
    total = (weights * losses).sum()
    gradients = torch.autograd.grad(total, leaves, create_graph=second, allow_unused=True)
    directions = [fixed(*x.shape, phase=1.3 + i) for i, x in enumerate(inputs)]
    curvature = None
    if second:
        along = sum((g * v).sum() for g, v in zip(gradients, directions))
        seconds = torch.autograd.grad(along, leaves, allow_unused=True) if along.requires_grad else [None] * len(leaves)
        curvature = [(torch.zeros_like(x) if s is None or s._is_zerotensor() else s).flatten().tolist() for x, s in zip(inputs, seconds)]
    cases.append({
        "loss": name,
        "inputs": [stored(x) for x in inputs],
        "targets": [stored(x) for x in targets],
        "options": {key: stored(value) for key, value in (options or {}).items()},
        "weights": weights.flatten().tolist(),
        "directions": [v.flatten().tolist() for v in directions],
        "losses": losses.flatten().tolist(),
        "gradients": [g.flatten().tolist() for g in gradients],
        "hessian": curvature,
    })


# Regression.
a, y = fixed(4, 3, phase=0.1, scale=2.5), fixed(4, 3, phase=0.6)
w = fixed(4, 3, phase=2.2).abs() + 0.5
for reduction in REDUCTIONS:
    r = {"reduction": reduction}
    case("mse", [a, y], [], lambda a, y: F.mse_loss(a, y, reduction=reduction), r)
    case("mae", [a, y], [], lambda a, y: F.l1_loss(a, y, reduction=reduction), r)
    case("mse", [a, y], [], lambda a, y: F.mse_loss(a, y, weight=w, reduction=reduction), {**r, "weights": w})
    case("mae", [a, y], [], lambda a, y: F.l1_loss(a, y, weight=w, reduction=reduction), {**r, "weights": w})
    for delta in [1.0, 0.3]:
        case("huberLoss", [a, y], [], lambda a, y: F.huber_loss(a, y, delta=delta, reduction=reduction), {**r, "delta": delta})
    for beta in [1.0, 0.4, 0.0]:
        case("smoothL1Loss", [a, y], [], lambda a, y: F.smooth_l1_loss(a, y, beta=beta, reduction=reduction), {**r, "beta": beta})
    counts = torch.tensor([0.0, 1, 2, 5, 30, 0, 3, 1, 7, 2, 1, 4]).reshape(4, 3)
    for full in [False, True]:
        case("poissonNllLoss", [a], [counts], lambda a, y: F.poisson_nll_loss(a, y, full=full, reduction=reduction), {**r, "full": full})
        case("poissonNllLoss", [a.abs() + 0.01], [counts],
             lambda a, y: F.poisson_nll_loss(a, y, log_input=False, full=full, eps=1e-6, reduction=reduction),
             {**r, "full": full, "logInput": False, "epsilon": 1e-6})

# Yes or no. PyTorch's means divide by the outputs, too.
z, t = fixed(4, 3, phase=0.2, scale=3), fixed(4, 3, phase=0.4).abs()
for reduction in REDUCTIONS:
    def rows(losses):
        each = losses.reshape(losses.shape[0], -1).sum(1)
        return each.mean() if reduction == "mean" else each

    r = {"reduction": reduction}
    h = torch.sigmoid(z).detach()
    # binary_cross_entropy itself has a second derivative that is right to 1e-11 only.
    case("logLoss", [h, t], [], lambda h, t: rows(-(t * torch.log(h) + (1 - t) * torch.log1p(-h))), r)
    case("logLoss", [z, t], [], lambda z, t: rows(F.binary_cross_entropy_with_logits(z, t, reduction="none")), {**r, "fromLogits": True})
    case("logLoss", [z, t], [], lambda z, t: rows(F.binary_cross_entropy_with_logits(z, t, weight=w, pos_weight=w[0], reduction="none")),
         {**r, "fromLogits": True, "weights": w, "positiveWeight": w[0]})
    vector, hard = z[:, 0], torch.tensor([0.0, 1, 1, 0])
    case("logLoss", [vector], [hard], lambda z, t: F.binary_cross_entropy_with_logits(z, t * 0.9 + 0.05, reduction=reduction),
         {**r, "fromLogits": True, "labelSmoothing": 0.1})

# optax: focal and hinge losses.
def optax_case(name, inputs, targets, call, options):
    """As `case`, with JAX."""
    given = [np.array(x) for x in inputs]
    shape = call(*given, *[np.array(x) for x in targets]).shape
    weights = (fixed(math.prod(shape), phase=0.7).reshape(shape) + 1.25).numpy()
    f = lambda *xs: (weights * call(*xs, *[np.array(x) for x in targets])).sum()
    places = tuple(range(len(given)))
    directions = [fixed(*x.shape, phase=1.3 + i) for i, x in enumerate(inputs)]
    gradients, curvature = jax.jvp(jax.grad(f, argnums=places), tuple(given), tuple(v.numpy() for v in directions))
    cases.append({
        "loss": name, "inputs": [stored(x) for x in inputs], "targets": [stored(x) for x in targets], "options": options,
        "weights": weights.flatten().tolist(), "directions": [v.flatten().tolist() for v in directions],
        "losses": np.array(call(*given, *[np.array(x) for x in targets])).flatten().tolist(),
        "gradients": [np.array(g).flatten().tolist() for g in gradients],
        "hessian": [np.array(s).flatten().tolist() for s in curvature],
    })


hard = torch.tensor([[0.0, 1, 1], [1, 0, 0], [1, 1, 0], [0, 0, 1]])
for gamma, alpha in [(2.0, 0.25), (0.5, None), (0.0, 0.7)]:
    optax_case("focalLoss", [z], [hard], lambda z, t: optax.sigmoid_focal_loss(z, t, alpha=alpha, gamma=gamma).sum(1),
               {"gamma": gamma, "alpha": alpha, "reduction": "none"})
optax_case("hingeLoss", [z], [signs(4, 3)], lambda z, t: optax.hinge_loss(z, t), {"reduction": "none"})
optax_case("multiclassHingeLoss", [z], [ints(0, 2, 1, 1)], lambda z, t: optax.losses.multiclass_hinge_loss(z, t), {"reduction": "none"})

# One choice.
labels, sequence = ints(0, 2, 1, 1), ints(2, 0, 1, 1, 2, -100, 0, 1).reshape(2, 4)
logits3 = fixed(2, 4, 3, phase=0.9, scale=2)
rows = torch.softmax(fixed(4, 3, phase=2.5, scale=2), 1)
rows = (rows * 1e4).round() / 1e4
rows[:, 0] = 1 - rows[:, 1:].sum(1)
class_weights = torch.tensor([0.5, 2.0, 1.25])
for reduction in REDUCTIONS:
    for smoothing in [0.0, 0.15]:
        for weights in [None, class_weights]:
            o = {"reduction": reduction, "labelSmoothing": smoothing}
            if weights is not None:
                o["weights"] = weights
            torch_options = {"reduction": reduction, "label_smoothing": smoothing, "weight": weights}
            case("softmaxCrossEntropy", [z], [labels], lambda z, t: F.cross_entropy(z, t, **torch_options), o)
            case("softmaxCrossEntropy", [z, rows], [], lambda z, t: F.cross_entropy(z, t, **torch_options), o)
            case("softmaxCrossEntropy", [logits3], [sequence],
                 lambda z, t: F.cross_entropy(z.movedim(-1, 1), t, ignore_index=-100, **torch_options), {**o, "ignore": -100})
    for weights in [None, class_weights]:
        o = {"reduction": reduction} | ({} if weights is None else {"weights": weights})
        logp = torch.log_softmax(z, 1)
        case("nllLoss", [logp], [labels], lambda x, t: F.nll_loss(x, t, weight=weights, reduction=reduction), o)
        case("nllLoss", [logp], [labels], lambda x, t: F.nll_loss(x, t, weight=weights, ignore_index=1, reduction=reduction), {**o, "ignore": 1})
        for p, margin in [(1, 1.0), (2, 0.7)]:
            case("multiMarginLoss", [z], [labels],
                 lambda z, t: F.multi_margin_loss(z, t, p=p, margin=margin, weight=weights, reduction=reduction),
                 {**o, "p": p, "margin": margin}, second=False)

    def reduce(losses):
        return losses.mean() if reduction == "mean" else losses

    r = {"reduction": reduction}
    logq = torch.log_softmax(z, 1)
    case("klDivergence", [logq, rows], [], lambda q, p: reduce(F.kl_div(q, p, reduction="none").sum(1)), r)
    case("klDivergence", [logq, torch.log(rows)], [], lambda q, p: reduce(F.kl_div(q, p, reduction="none", log_target=True).sum(1)),
         {**r, "logTarget": True})

    # Vectors.
    first, second, third = fixed(4, 5, phase=0.3), fixed(4, 5, phase=1.1), fixed(4, 5, phase=3.1)
    for margin in [0.0, -0.4]:
        case("cosineEmbeddingLoss", [first, second], [signs(4)],
             lambda a, b, y: F.cosine_embedding_loss(a, b, y, margin=margin, reduction=reduction), {**r, "margin": margin})
    for p, swap, margin in [(2, False, 1.0), (2, True, 0.5), (3, False, 2.0), (1, True, 1.0)]:
        case("tripletMarginLoss", [first, second, third], [],
             lambda a, b, c: F.triplet_margin_loss(a, b, c, margin=margin, p=p, swap=swap, reduction=reduction),
             {**r, "p": p, "swap": swap, "margin": margin})

    for both in [False, True]:
        def nce(q, k):
            s = F.normalize(q, dim=1) @ F.normalize(k, dim=1).T / 0.2
            forward = F.cross_entropy(s, torch.arange(4), reduction="none")
            return reduce((forward + F.cross_entropy(s.T, torch.arange(4), reduction="none")) / 2 if both else forward)

        case("infoNceLoss", [first, second], [], nce, {**r, "temperature": 0.2, "bothDirections": both})

    # CTC: PyTorch takes [length, batch, classes].
    ctc_logits = fixed(3, 7, 4, phase=0.8, scale=2)
    ctc_targets = ints(1, 2, 2, 3, 0, 0, 1, 1, 0).reshape(3, 3)
    for zero in [False, True]:
        lengths, counts = ints(7, 5, 3 if not zero else 2), ints(3, 1, 2)
        case("ctcLoss", [ctc_logits], [ctc_targets],
             lambda z, t: F.ctc_loss(torch.log_softmax(z, 2).movedim(0, 1), t, lengths, counts, reduction=reduction, zero_infinity=zero),
             {**r, "inputLengths": lengths, "targetLengths": counts, "zeroInfinity": zero}, second=False)
    case("ctcLoss", [ctc_logits], [ints(0, 2, 2, 0, 1, 2, 1, 1, 0).reshape(3, 3)],
         lambda z, t: F.ctc_loss(torch.log_softmax(z, 2).movedim(0, 1), t, ints(7, 7, 7), ints(3, 3, 3), blank=3, reduction=reduction),
         {**r, "blank": 3}, second=False)

# Metrics.
def labels_of(count, classes, phase):
    return [int(abs(x) * 1e4) % classes for x in fixed(count, phase=phase).tolist()]


decisions = []
for count, classes, phase in [(40, 2, 0.1), (60, 4, 0.2), (9, 5, 0.3)]:
    predicted, actual = labels_of(count, classes, phase), labels_of(count, classes, phase + 1)
    known = list(range(classes))
    for average in ["binary", "macro", "micro", "weighted", "none"] if classes == 2 else ["macro", "micro", "weighted", "none"]:
        for zero in [0.0, 1.0]:
            o = {"average": None if average == "none" else average, "zero_division": zero}
            if average != "binary":
                o["labels"] = known
            decisions.append({
                "predicted": predicted, "actual": actual, "classes": classes, "average": average, "zeroDivision": zero,
                "precision": np.array(metrics.precision_score(actual, predicted, **o)).flatten().tolist(),
                "recall": np.array(metrics.recall_score(actual, predicted, **o)).flatten().tolist(),
                "f1": np.array(metrics.f1_score(actual, predicted, **o)).flatten().tolist(),
            })

rankings = []
for count, digits, phase in [(30, 1, 0.1), (50, 4, 0.2), (7, 0, 0.3)]:
    scores = [round(x, digits) for x in fixed(count, phase=phase).tolist()]
    actual = labels_of(count, 2, phase + 2)
    rankings.append({"scores": scores, "actual": actual, "auc": metrics.roc_auc_score(actual, scores),
                     "averagePrecision": metrics.average_precision_score(actual, scores)})

fits = []
for shape in [(12,), (9, 3)]:
    prediction, target = fixed(*shape, phase=0.2), fixed(*shape, phase=0.5)
    fits.append({"prediction": stored(prediction), "target": stored(target), "r2": metrics.r2_score(target, prediction)})

scores, actual = fixed(20, 6, phase=0.4), labels_of(20, 6, 1.5)
top = [{"scores": stored(scores), "actual": actual, "k": k,
        "accuracy": metrics.top_k_accuracy_score(actual, scores, k=k, labels=range(6))} for k in [1, 2, 5]]

folder = Path(__file__).parents[2] / "packages/nn/test/golden"
folder.mkdir(exist_ok=True)
(folder / "losses.json").write_text("[\n" + ",\n".join(json.dumps(each) for each in cases) + "\n]\n")
(folder / "metrics.json").write_text(
    json.dumps({"decisions": decisions, "rankings": rankings, "fits": fits, "top": top}, separators=(",", ":")) + "\n")
print(len(cases), "cases")
