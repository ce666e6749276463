"""Statistics and cumulative functions: packages/core/test/ops/golden/statistics.json.

python scripts/references/statistics.py  (NumPy 2.4, PyTorch 2.13)

Values by NumPy, gradients of a weighted sum by PyTorch where it has the function.
"""

import json
import math
from pathlib import Path

import numpy as np
import torch

x = np.array([round(math.sin(2.3 * i + 0.4 * i * i), 4) for i in range(24)]).reshape(2, 4, 3)
shares = [0.0, 0.1, 0.37, 0.5, 0.9, 1.0]
methods = {
    "linear": "linear", "lower": "lower", "higher": "higher", "nearest": "nearest", "midpoint": "midpoint",
    "hazen": "hazen", "weibull": "weibull", "medianUnbiased": "median_unbiased", "normalUnbiased": "normal_unbiased",
}
cumulative = {
    "cumprod": torch.cumprod,
    "cumLogSumExp": torch.logcumsumexp,
    "cummax": lambda t, axis: torch.cummax(t, axis).values,
    "cummin": lambda t, axis: torch.cummin(t, axis).values,
}


def weighted(f):
    """The value, the gradient of a weighted sum, and the product of its Hessian with a direction."""
    t = torch.tensor(x, requires_grad=True)
    value = f(t)
    weights = torch.cos(torch.arange(value.numel(), dtype=torch.float64)).reshape(value.shape)
    (gradient,) = torch.autograd.grad((value * weights).sum(), t, create_graph=True)
    direction = torch.sin(torch.arange(24, dtype=torch.float64)).reshape(t.shape)
    total = (gradient * direction).sum()
    product = torch.autograd.grad(total, t)[0] if total.requires_grad else torch.zeros_like(t)
    return {
        "value": value.detach().flatten().tolist(),
        "gradient": gradient.detach().flatten().tolist(),
        "product": product.flatten().tolist(),
    }


golden = {
    "x": x.flatten().tolist(),
    "quantile": {
        ours: np.quantile(x, shares, axis=1, method=theirs).flatten().tolist() for ours, theirs in methods.items()
    },
    "quantileOfTwoAxes": np.quantile(x, 0.3, axis=(0, 2)).flatten().tolist(),
    "median": np.median(x, axis=1).flatten().tolist(),
    "std": {str(axis): weighted(lambda t: torch.std(t, axis, correction=1)) for axis in (0, 1, 2)},
    **{name: {str(axis): weighted(lambda t: f(t, axis)) for axis in (0, 1, 2)} for name, f in cumulative.items()},
}
folder = Path(__file__).resolve().parents[2] / "packages" / "core" / "test" / "ops" / "golden"
(folder / "statistics.json").write_text(json.dumps(golden) + "\n")
