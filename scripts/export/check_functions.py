"""Runs exported functions and their derivatives in JAX, and compares them with what Cotangent computed.

usage: check_functions.py FOLDER
"""

import sys
from pathlib import Path

import cotangent_xla
import jax
import numpy as np
from safetensors.numpy import load_file

# Sums of at most 40 products in another order: units of the last place of the largest element.
UNITS = 64


def difference(got: np.ndarray, want: np.ndarray) -> float:
    """Returns the largest difference in units of the last place of the largest element; 0 for equal integers."""
    assert (got.shape, got.dtype) == (want.shape, want.dtype), (got.shape, got.dtype, want.shape, want.dtype)
    if want.dtype.kind != "f":
        return 0.0 if np.array_equal(got, want) else np.inf
    largest = max(float(np.abs(want).max()), float(np.finfo(want.dtype).tiny))
    return float(np.abs(got - want).max()) / (largest * float(np.finfo(want.dtype).eps))


def check(folder: Path) -> bool:
    """Checks one function: values, and one cotangent for each argument."""
    function = cotangent_xla.load(folder / "bundle")
    assert isinstance(function, cotangent_xla.Function)
    truth = load_file(folder / "truth.safetensors")

    def listed(name: str) -> list[np.ndarray]:
        return [truth[f"{name}.{i}"] for i in range(sum(each.startswith(f"{name}.") for each in truth))]

    results, pull = jax.vjp(function, *listed("argument"))
    given = [
        each if each.dtype.kind == "f" else np.zeros(each.shape, jax.dtypes.float0) for each in listed("cotangent")
    ]
    pulled = pull(tuple(given) if isinstance(results, tuple) else given[0])
    values = [difference(np.asarray(a), b) for a, b in zip(jax.tree.leaves(results), listed("result"), strict=True)]
    derivatives = [
        difference(np.asarray(a), b) for a, b in zip(pulled, listed("pulled"), strict=True) if b.dtype.kind == "f"
    ]
    print(f"  {folder.name:<10} values {max(values):.1f} units, cotangents {max(derivatives):.1f} units")
    return max(values + derivatives) <= UNITS


jax.config.update("jax_enable_x64", True)
print(f"functions: largest differences, of at most {UNITS} units of the last place of the largest element")
fit = [check(each) for each in sorted(Path(sys.argv[1]).iterdir())]
sys.exit(0 if all(fit) else 1)
