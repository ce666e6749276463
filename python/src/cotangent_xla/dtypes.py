"""The four dtypes of bundles, and their names in MLIR and safetensors."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Kind:
    """One dtype: its NumPy dtype, and its names in MLIR types and in safetensors headers."""

    numpy: np.dtype
    mlir: str
    safetensors: str
    is_float: bool


KINDS = {
    "float32": Kind(np.dtype(np.float32), "f32", "F32", True),
    "float64": Kind(np.dtype(np.float64), "f64", "F64", True),
    "int32": Kind(np.dtype(np.int32), "i32", "I32", False),
    "bool": Kind(np.dtype(np.bool_), "i1", "BOOL", False),
}

BY_SAFETENSORS = {kind.safetensors: name for name, kind in KINDS.items()}


def describe(dtype: str, shape: tuple[int, ...]) -> str:
    """Returns dtype and shape as messages show them, such as `float32[784, 30]`."""
    return f"{dtype}[{', '.join(map(str, shape))}]"
