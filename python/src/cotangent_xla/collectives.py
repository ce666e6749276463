"""Counts the collective operations that XLA inserted into a compiled step."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from jax.sharding import Mesh

from .placement import place
from .step import TrainingStep

# An asynchronous collective has two instructions, -start and -done. Only the first counts.
_COLLECTIVE = re.compile(
    r"\s(all-reduce|all-gather|reduce-scatter|all-to-all|ragged-all-to-all|collective-permute|collective-broadcast)"
    r"(?:-start)?\("
)


def collectives(
    step: TrainingStep,
    mesh: Mesh | None = None,
    shardings: Mapping[str, Any] | None = None,
    data_axis: str | None = None,
) -> dict[str, int]:
    """Returns how often each collective stands in the HLO that XLA compiles for a mesh, such as `{"all-reduce": 1}`.

    The arguments are those of `TrainingStep.init`. No parameters are read.

    Raises:
        DeviceError: as `TrainingStep.init`.
    """
    compiled = step.compile_for(place(step.bundle.manifest, mesh, shardings, data_axis))
    return collectives_of(compiled.as_text() or "")


def collectives_of(hlo: str) -> dict[str, int]:
    """Returns how often each collective stands in HLO text, by name."""
    return dict(sorted(Counter(match.group(1) for match in _COLLECTIVE.finditer(hlo)).items()))
