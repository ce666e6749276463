"""What cuts, repeats, picks and scatters, in float64: packages/core/test/ops/golden/shapes.json.

python scripts/references/shapes.py  (NumPy 2.4, PyTorch 2.13)

Each case has a value by NumPy or PyTorch, and the gradient of its sum with fixed weights by PyTorch's autograd.
"""

import json
import math
from pathlib import Path

import numpy as np
import torch


def fixed(count, phase):
    """Numbers between -1 and 1 that every language computes alike: they are rounded to four digits."""
    return [round(math.sin(1.7 * i + phase + 0.3 * i * i), 4) for i in range(count)]


def tensor(shape, phase=0.1):
    return torch.tensor(fixed(math.prod(shape), phase), dtype=torch.float64).reshape(shape)


def case(f, *shapes):
    """The value of f for fixed inputs, and the gradient of the sum of its squares with weights."""
    xs = [tensor(shape, 0.1 + k).requires_grad_() for k, shape in enumerate(shapes)]
    out = f(*xs)
    weights = tensor(tuple(out.shape), 0.7)
    (out * out * weights).sum().backward()
    return {
        "shapes": [list(shape) for shape in shapes],
        "shape": list(out.shape),
        "value": out.detach().flatten().tolist(),
        "gradients": [x.grad.flatten().tolist() for x in xs],
    }


rows = torch.tensor([2, 0, 2, 1, 2])
along = torch.tensor([[0, 2, 1, 0], [2, 2, 1, 0], [1, 0, 1, 1]])

derivatives = {
    "tile": case(lambda x: torch.tile(x, (2, 1, 3)), (2, 3)),
    "repeatElements": case(lambda x: torch.repeat_interleave(x, 3, dim=1), (2, 3)),
    "repeatElementsByCounts": case(lambda x: torch.repeat_interleave(x, torch.tensor([2, 0, 1]), dim=1), (2, 3)),
    "roll": case(lambda x: torch.roll(x, (1, -2), (0, 1)), (3, 4)),
    "rollFlat": case(lambda x: torch.roll(x, 5), (3, 4)),
    "swapAxes": case(lambda x: torch.swapaxes(x, 0, 2), (2, 3, 4)),
    "moveAxis": case(lambda x: torch.movedim(x, (0, 1), (2, 0)), (2, 3, 4)),
    "diagonal": case(lambda x: torch.diagonal(x, 1, 0, 2), (3, 2, 4)),
    "diag": case(lambda x: torch.diag(x, -2), (3,)),
    "diagOfMatrix": case(lambda x: torch.diag(x, 1), (3, 4)),
    "diagEmbed": case(lambda x: torch.diag_embed(x, 1), (2, 3)),
    "tril": case(lambda x: torch.tril(x, 1), (2, 3, 4)),
    "triu": case(lambda x: torch.triu(x, -1), (2, 4, 3)),
    "takeAlongAxis": case(lambda x: torch.take_along_dim(x, along[:, :2], 1), (3, 4)),
    "takeInBatch": case(lambda x: torch.stack([x[b, :, [1, 0, 1]] for b in range(2)]), (2, 3, 4)),
    "scatterAdd": case(lambda x, u: torch.scatter_add(x, 0, along, u), (3, 4), (3, 4)),
    "segmentSum": case(lambda x: torch.zeros(4, 2, dtype=torch.float64).index_add(0, rows, x), (5, 2)),
    "segmentMean": case(
        lambda x: torch.zeros(3, 2, dtype=torch.float64).index_reduce(0, rows, x, "mean", include_self=False), (5, 2)
    ),
    "segmentMax": case(
        lambda x: torch.zeros(3, 2, dtype=torch.float64).index_reduce(0, rows, x, "amax", include_self=False), (5, 2)
    ),
    "segmentMin": case(
        lambda x: torch.zeros(3, 2, dtype=torch.float64).index_reduce(0, rows, x, "amin", include_self=False), (5, 2)
    ),
    "indexAdd": case(lambda x, u: torch.index_add(x, 1, torch.tensor([3, 0, 3]), u), (2, 4), (2, 3)),
    "indexSet": case(
        lambda x, u: torch.index_put(x, (torch.tensor([0, 2]), torch.tensor([3, 1])), u), (3, 4), (2,)
    ),
    "topK": case(lambda x: torch.topk(x, 3, dim=1).values, (2, 5)),
    "smallestK": case(lambda x: torch.topk(x, 2, dim=0, largest=False).values, (4, 3)),
}

data = np.array([3, 1, np.nan, 3, 0.0, -0.0, 1, np.nan, 2])
values, first, inverse, counts = np.unique(data, True, True, True)
table = np.array([1, 2, 2, 3, 5, np.nan])
wanted = np.array([0, 1, 2, 2.5, 3, 5, 6, np.nan])
numbers = {
    "unique": {
        "values": [str(v) for v in values],
        "indices": first.tolist(),
        "inverse": inverse.tolist(),
        "counts": counts.tolist(),
    },
    "searchSortedLeft": np.searchsorted(table, wanted, "left").tolist(),
    "searchSortedRight": np.searchsorted(table, wanted, "right").tolist(),
    "bincount": np.bincount([0, 3, 3, 1], minlength=6).tolist(),
    "bincountWeights": np.bincount([0, 3, 3, 1], weights=fixed(4, 0.1), minlength=5).tolist(),
    "meshgrid": [grid.tolist() for grid in np.meshgrid([1, 2, 3], [4, 5], [6, 7])],
    "meshgridIJ": [grid.tolist() for grid in np.meshgrid([1, 2, 3], [4, 5], indexing="ij")],
    "eye": np.eye(3, 5, k=-1).tolist(),
}

slices = []
for size in (0, 1, 5):
    for start in (None, -7, -2, 0, 1, 4, 9):
        for stop in (None, -7, -1, 0, 2, 9):
            for step in (1, 2, -1, -2, -3):
                chosen = list(range(size))[slice(start, stop, step)]
                slices.append([size, start, stop, step, chosen])

result = {"derivatives": derivatives, "numbers": numbers, "slices": slices}
path = Path(__file__).resolve().parents[2] / "packages/core/test/ops/golden/shapes.json"
path.parent.mkdir(exist_ok=True)
path.write_text(json.dumps(result) + "\n")
