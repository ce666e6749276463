"""Runs bundles of @cotangent/export in JAX: training steps on many devices, and functions with derivatives."""

from pathlib import Path

from .bundle import open_bundle
from .collectives import collectives
from .devices import make_mesh
from .errors import (
    BundleError,
    CallError,
    CheckpointError,
    CotangentXlaError,
    DataError,
    DeviceError,
    LogError,
    VersionError,
)
from .function import Function
from .step import TrainingStep

__all__ = [
    "BundleError",
    "CallError",
    "CheckpointError",
    "CotangentXlaError",
    "DataError",
    "DeviceError",
    "Function",
    "LogError",
    "TrainingStep",
    "VersionError",
    "collectives",
    "load",
    "make_mesh",
]

__version__ = "0.1.0"


def load(folder: str | Path) -> TrainingStep | Function:
    """Loads a bundle: a `TrainingStep` or a `Function`, by its kind.

    Checks every file first, and switches `jax_enable_x64` on if an input or output is float64.

    Raises:
        BundleError: the bundle is damaged; the message names the file, what was expected and what was found.
        VersionError: JAX is outside of the tested range.
    """
    bundle = open_bundle(folder)
    return TrainingStep(bundle) if bundle.manifest.kind == "training" else Function(bundle)
