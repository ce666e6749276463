"""Sharding rules: which mesh axes split which axes of a tensor, chosen by the tensor's name."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jax.sharding import PartitionSpec

from .dtypes import describe
from .errors import DeviceError, problem

Entry = tuple[str, ...]
"""The mesh axes that split one axis of a tensor; empty if none does."""

Spec = str | tuple[Entry, ...]
"""One entry for each axis; or one mesh axis, which splits the longest axis that it divides; or "" for replicated."""


@dataclass(frozen=True)
class Rule:
    """Tensors whose name ends in `pattern` and whose rank fits get `spec`.

    `strict` is for a rule of the user: an axis that the mesh lacks is an error. A rule of the bundle serves many
    meshes, so there an axis that the mesh lacks splits nothing.
    """

    pattern: str
    spec: Spec
    strict: bool

    def matches(self, name: str, rank: int) -> bool:
        """Whether the rule applies to a tensor of this name and rank."""
        if isinstance(self.spec, tuple) and len(self.spec) != rank:
            return False
        segments = name.split(".")
        return any(_matches(self.pattern.split("."), segments[at:]) for at in range(len(segments)))


def _matches(pattern: Sequence[str], segments: Sequence[str]) -> bool:
    """Whether the pattern covers all segments: `*` stands for one segment, `**` for any number."""
    if not pattern:
        return not segments
    if pattern[0] == "**":
        return any(_matches(pattern[1:], segments[at:]) for at in range(len(segments) + 1))
    return bool(segments) and pattern[0] in ("*", segments[0]) and _matches(pattern[1:], segments[1:])


def spec_of(value: Any) -> Spec:
    """Returns the spec that a string, a list or a `PartitionSpec` describes.

    Raises:
        ValueError: it describes none.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple | PartitionSpec):
        return tuple(_entry(each) for each in value)
    raise ValueError(f"not a sharding spec: {value!r}")


def _entry(value: Any) -> Entry:
    if value is None:
        return ()
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list | tuple) and all(isinstance(each, str) for each in value):
        return tuple(value)
    raise ValueError(f"not an axis of a sharding spec: {value!r}")


def user_rules(shardings: Mapping[str, Any] | None) -> tuple[Rule, ...]:
    """Returns the rules of the `shardings` argument, such as `{"layers.*.weight": (None, "model"), "**": "data"}`.

    Raises:
        DeviceError: the argument is no mapping, a pattern is no string, or a spec is of the wrong type.
    """
    if not isinstance(shardings, Mapping | None) or not all(isinstance(each, str) for each in shardings or ()):
        remedy = 'pass for example {"layers.*.weight": (None, "model")}'
        raise DeviceError(problem("shardings", "a dictionary of specs by pattern", repr(shardings)[:80], remedy))
    rules = []
    for pattern, value in (shardings or {}).items():
        try:
            rules.append(Rule(pattern, spec_of(value), True))
        except ValueError:
            expected = "a mesh axis, or for each axis a mesh axis, a list of them or None"
            remedy = 'pass for example (None, "model")'
            raise DeviceError(problem(f"shardings: {pattern}", expected, repr(value), remedy)) from None
    return tuple(rules)


def parse_rules(texts: Iterable[str]) -> dict[str, Any]:
    """Parses rules of the command line into the `shardings` argument.

    `layers.*.weight=,model` splits axis 1 by mesh axis `model`; `bias=a+b` splits the only axis by both; `**=data`
    splits the longest axis that `data` divides; `**=` replicates.

    Raises:
        DeviceError: a text has no `=`, or a pattern comes twice.
    """
    rules: dict[str, Any] = {}
    for text in texts:
        pattern, equals, spec = text.partition("=")
        if not equals or not pattern:
            raise DeviceError(problem("--shardings", "PATTERN=SPEC", repr(text), "write 'layers.*.weight=,model'"))
        if pattern in rules:
            raise DeviceError(problem("--shardings", "each pattern once", f"{pattern!r} twice", "remove one of them"))
        if "," in spec or "+" in spec:
            rules[pattern] = tuple([each for each in entry.split("+") if each] for entry in spec.split(","))
        else:
            rules[pattern] = spec
    return rules


def partition(
    rules: Sequence[Rule], name: str, dtype: str, shape: tuple[int, ...], mesh: Mapping[str, int]
) -> PartitionSpec:
    """Returns the sharding of a tensor by the first rule that applies; replicated if none does.

    `mesh` maps the names of the mesh's axes to their sizes.

    Raises:
        DeviceError: a user's rule names an axis that the mesh lacks, a mesh axis is used twice, or the mesh does not
            divide an axis of the tensor.
    """
    rule = next((each for each in rules if each.matches(name, len(shape))), None)
    if rule is None:
        return PartitionSpec()
    where = f"shardings: {rule.pattern}"
    used = [rule.spec] if isinstance(rule.spec, str) else [axis for entry in rule.spec for axis in entry]
    for axis in used:
        if axis and rule.strict and axis not in mesh:
            remedy = "rename the axis in the rule or in the mesh"
            raise DeviceError(problem(where, f"an axis of the mesh ({', '.join(mesh)})", repr(axis), remedy))
        if used.count(axis) > 1:
            raise DeviceError(problem(where, "each mesh axis once", f"{axis!r} twice", "remove one of them"))
    if isinstance(rule.spec, str):
        return _longest(rule.spec, shape, mesh)
    entries = [tuple(axis for axis in entry if axis in mesh) for entry in rule.spec]
    for at, entry in enumerate(entries):
        parts = math.prod(mesh[axis] for axis in entry)
        if shape[at] % parts != 0:
            got = f"{name!r} {describe(dtype, shape)}"
            remedy = "choose another mesh, or override the rule with --shardings or the argument shardings"
            raise DeviceError(problem(where, f"axis {at} divisible by {parts} ({'+'.join(entry)})", got, remedy))
    return PartitionSpec(*(entry or None for entry in entries))


def _longest(axis: str, shape: tuple[int, ...], mesh: Mapping[str, int]) -> PartitionSpec:
    """Splits the longest axis that the mesh axis divides, the first of equals; replicates if there is none."""
    fitting = [at for at, size in enumerate(shape) if axis in mesh and size > 0 and size % mesh[axis] == 0]
    if not fitting:
        return PartitionSpec()
    longest = max(fitting, key=lambda at: shape[at])
    return PartitionSpec(*(axis if at == longest else None for at in range(len(shape))))
