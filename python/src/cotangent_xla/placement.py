"""Where the tensors of a training step live: a mesh, and a sharding for each input and output."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from .devices import automatic, make_mesh
from .errors import DeviceError, problem
from .manifest import Input, Manifest
from .rules import Rule, partition, user_rules

DATA_AXIS = "data"


@dataclass(frozen=True)
class Placement:
    """A mesh with the shardings of all inputs and outputs of a step, in the order of the module.

    `data_axis` is the mesh axis that splits the batch; None if the batch is replicated.
    """

    mesh: Mesh
    data_axis: str | None
    inputs: tuple[NamedSharding, ...]
    outputs: tuple[NamedSharding, ...]

    def idle_axes(self) -> list[str]:
        """Mesh axes of more than one device that split no input."""
        used: set[str] = set()
        for each in self.inputs:
            for entry in each.spec:
                used |= {entry} if isinstance(entry, str) else set(entry or ())
        return [axis for axis, size in self.mesh.shape.items() if size > 1 and axis not in used]


def _data_axis(mesh: Mesh, asked: str | None, batch_size: int) -> str | None:
    if asked is not None and asked not in mesh.axis_names:
        got = ", ".join(mesh.axis_names)
        raise DeviceError(problem("data axis", f"an axis {asked!r} of the mesh", got, "rename one of them"))
    axis = asked or DATA_AXIS
    if axis not in mesh.axis_names:
        return None
    if batch_size % mesh.shape[axis] != 0:
        remedy = "choose another mesh, or export the step for a batch size that is a multiple"
        expected = f"a batch size divisible by mesh axis {axis!r} of size {mesh.shape[axis]}"
        raise DeviceError(problem("mesh", expected, f"batch size {batch_size}", remedy))
    return axis


def _check_use(rules: Sequence[Rule], tensors: Sequence[Input]) -> None:
    for rule in rules:
        if not any(rule.matches(each.name, len(each.shape)) for each in tensors):
            names = ", ".join(each.name for each in tensors[:8])
            expected = "a pattern that matches a parameter whose rank fits"
            got = f"none among {names}{', ...' if len(tensors) > 8 else ''}"
            raise DeviceError(problem(f"shardings: {rule.pattern}", expected, got, "correct or remove the rule"))


def place(
    manifest: Manifest, mesh: Mesh | None, shardings: Mapping[str, Any] | None, data_axis: str | None
) -> Placement:
    """Chooses the shardings of a step. See `TrainingStep.init` for the arguments.

    Raises:
        DeviceError: the batch or a tensor does not divide by the mesh, or a rule of `shardings` fits nothing.
    """
    assert manifest.batch_size is not None
    if not isinstance(mesh, Mesh | None):
        raise DeviceError(problem("mesh", "a mesh", repr(mesh)[:80], 'pass for example make_mesh({"data": 8})'))
    mesh = make_mesh({DATA_AXIS: jax.device_count() if jax.process_count() > 1 else 1}) if mesh is None else mesh
    mesh = automatic(mesh)
    axis = _data_axis(mesh, data_axis, manifest.batch_size)
    own = user_rules(shardings)
    _check_use(own, [each for each in manifest.inputs if each.role in ("model", "state")])
    rules = [*own, *manifest.shardings]
    sizes = dict(mesh.shape)

    def sharding(given: Input) -> NamedSharding:
        if given.role in ("model", "state"):
            return NamedSharding(mesh, partition(rules, given.name, given.dtype, given.shape, sizes))
        return NamedSharding(mesh, PartitionSpec(axis) if given.batched and axis else PartitionSpec())

    inputs = tuple(sharding(each) for each in manifest.inputs)
    replicated = NamedSharding(mesh, PartitionSpec())
    outputs = tuple(replicated if each.input is None else inputs[each.input] for each in manifest.outputs)
    return Placement(mesh, axis, inputs, outputs)
