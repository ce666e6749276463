"""A training step of a bundle: placed on a mesh, compiled once, with model and state updated in place."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding

from .bundle import Bundle, spec_of
from .errors import CallError, problem
from .function import as_arguments, without_derivative, without_vmap
from .manifest import Input
from .placement import Placement, place
from .private_jax import callable_of

Tree = dict[str, jax.Array]
"""Arrays by the names of the bundle, such as `layers.0.weight`."""

StepResult = tuple[Tree, Tree, jax.Array, Tree]


def put(read: Callable[[Input], np.ndarray], given: Input, sharding: NamedSharding) -> jax.Array:
    """Places a stored tensor. Each process reads the parts of its own devices."""
    stored = read(given)

    def part(index: tuple[slice, ...] | None) -> np.ndarray:
        # A copy: JAX may keep the memory of the array that it gets, and a donated buffer is overwritten.
        return np.array(stored[index])

    return jax.make_array_from_callback(given.shape, sharding, part)


class TrainingStep:
    """A training step that @cotangent/export wrote: `model, state, loss, metrics = step(model, state, *batch)`.

    `init` places the parameters, and must be called first. The step then compiles once, at its first call. The arrays
    of `model` and `state` are donated: they are deleted, and their memory holds the new ones. `batch` has one array
    for each of `batch_inputs`. Inside of `jax.jit` the step is a part of the program; nothing is donated there.
    """

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.compile_seconds: float | None = None
        """Seconds that lowering and compilation took; None until then."""
        self._placement: Placement | None = None
        self._constants: Tree = {}
        self._expected: dict[str, dict[str, tuple[Input, jax.ShapeDtypeStruct, NamedSharding]]] = {}
        self._compiled: jax.stages.Compiled | None = None

    @property
    def batch_inputs(self) -> tuple[Input, ...]:
        """The batch inputs, in the order of the arguments: name, dtype, shape."""
        return self.bundle.manifest.inputs_of("batch")

    @property
    def batch_size(self) -> int:
        """The number of rows of a batch, over all devices."""
        assert self.bundle.manifest.batch_size is not None
        return self.bundle.manifest.batch_size

    @property
    def placement(self) -> Placement:
        """Mesh and shardings that `init` chose.

        Raises:
            CallError: `init` has not been called.
        """
        if self._placement is None:
            raise CallError(problem("step", "a call of init first", "none", "call model, state = step.init(mesh)"))
        return self._placement

    def init(
        self,
        mesh: Mesh | None = None,
        shardings: Mapping[str, Any] | None = None,
        data_axis: str | None = None,
        read: Callable[[Input], np.ndarray] | None = None,
    ) -> tuple[Tree, Tree]:
        """Places parameters and optimizer state on a mesh, and returns them as `(model, state)`.

        `mesh`: default one device, or all devices of several processes along `data`. `shardings`: rules that come
        before those of the bundle, such as `{"layers.*.weight": (None, "model"), "**": "data"}`. `data_axis`: the mesh
        axis that splits batches along axis 0; default `data`, and batches are replicated if the mesh has no such axis.
        `read`: returns the values of an input; default those in the bundle.

        Raises:
            DeviceError: see `place` and `make_mesh`.
        """
        placement = place(self.bundle.manifest, mesh, shardings, data_axis)
        if placement != self._placement:
            self._compiled, self.compile_seconds = None, None
        self._placement = placement
        trees: dict[str, Tree] = {"model": {}, "state": {}, "constant": {}}
        self._expected = {"model": {}, "state": {}, "constant": {}, "batch": {}}
        for given, sharding in zip(self.bundle.manifest.inputs, placement.inputs, strict=True):
            self._expected[given.role][given.name] = (given, spec_of(given), sharding)
            if given.role in trees:
                stored = self.bundle.array if given.role == "constant" or read is None else read
                trees[given.role][given.name] = put(stored, given, sharding)
        self._constants = trees["constant"]
        return trees["model"], trees["state"]

    def compile(self) -> jax.stages.Compiled:
        """Compiles the step for the placement of `init`, once. Calls of the step do it if nobody has.

        The compiled step takes `(model, state, constants, batch)`: three trees by name and a tuple.
        """
        if self._compiled is None:
            start = time.perf_counter()
            self._compiled = self.compile_for(self.placement)
            self.compile_seconds = time.perf_counter() - start
        return self._compiled

    def compile_for(self, placement: Placement) -> jax.stages.Compiled:
        """Compiles the step for any placement. Reads no parameters."""
        trees: dict[str, dict[str, jax.ShapeDtypeStruct]] = {"model": {}, "state": {}, "constant": {}, "batch": {}}
        for given, sharding in zip(self.bundle.manifest.inputs, placement.inputs, strict=True):
            spec = spec_of(given)
            trees[given.role][given.name] = jax.ShapeDtypeStruct(spec.shape, spec.dtype, sharding=sharding)
        out_shardings = self._collect(list(placement.outputs))
        step = jax.jit(self._function(), donate_argnums=(0, 1), out_shardings=out_shardings)
        lowered = step.lower(trees["model"], trees["state"], trees["constant"], tuple(trees["batch"].values()))
        return lowered.compile()

    def __call__(self, model: Tree, state: Tree, *batch: Any) -> StepResult:
        """Runs one step, and returns `(model, state, loss, metrics)`; `metrics` has the step's outputs by name.

        Raises:
            CallError: `init` has not been called; names, shapes, dtypes or shardings that do not fit; a donated array;
                one array at two places.
        """
        _ = self.placement  # an error before init
        arrays = as_arguments(batch, self.batch_inputs, "step")
        self._check_tree("model", model)
        self._check_tree("state", state)
        if any(isinstance(each, jax.core.Tracer) for each in (*model.values(), *state.values(), *arrays)):
            inside: StepResult = self._function(is_guarded=True)(model, state, self._constants, tuple(arrays))
            return inside
        self._check_distinct(model, state, arrays)
        expected = self._expected["batch"].values()
        placed = tuple(jax.device_put(x, sharding) for x, (_, _, sharding) in zip(arrays, expected, strict=True))
        result: StepResult = self.compile()(model, state, self._constants, placed)
        return result

    def _check_tree(self, role: str, tree: Mapping[str, Any]) -> None:
        expected, remedy = self._expected[role], f"pass the {role} that step.init or the last step returned"
        if not isinstance(tree, Mapping):
            raise CallError(problem("step", f"a {role} as a dictionary by name", repr(tree)[:80], remedy))
        if tree.keys() != expected.keys():
            names = ", ".join(sorted(tree.keys() ^ expected.keys()))
            raise CallError(problem("step", f"a {role} with the bundle's names", f"a difference in {names}", remedy))
        for name, (given, spec, sharding) in expected.items():
            array = tree[name]
            if not isinstance(array, jax.Array) or array.shape != spec.shape or array.dtype != spec.dtype:
                raise CallError(problem("step", str(given), repr(array)[:80], remedy))
            if isinstance(array, jax.core.Tracer):
                continue
            if array.is_deleted():
                got = "a deleted array: an earlier call has donated it"
                raise CallError(problem("step", str(given), got, remedy))
            if array.sharding != sharding and not array.sharding.is_equivalent_to(sharding, array.ndim):
                got = f"sharding {array.sharding}"
                raise CallError(problem("step", f"{given} with sharding {sharding}", got, remedy))

    def _check_distinct(self, model: Tree, state: Tree, batch: Sequence[Any]) -> None:
        """An array at two places would be donated while it is used. On several devices that kills the process."""
        seen: dict[int, str] = {}
        arrays = [(f"{role} {name!r}", x) for role, t in (("model", model), ("state", state)) for name, x in t.items()]
        donated = len(arrays)
        arrays += [(f"batch {given.name!r}", x) for given, x in zip(self.batch_inputs, batch, strict=True)]
        for at, (label, array) in enumerate(arrays):
            if id(array) in seen:
                got = f"one array as {seen[id(array)]} and {label}"
                raise CallError(problem("step", "distinct arrays, because they are donated", got, "use jnp.copy"))
            if at < donated:
                seen[id(array)] = label

    def _collect(self, outputs: list[Any]) -> Any:
        """Sorts the outputs of the module into `(model, state, loss, metrics)`."""
        manifest = self.bundle.manifest
        trees: dict[str, dict[str, Any]] = {"model": {}, "state": {}, "metric": {}}
        loss = None
        for given, value in zip(manifest.outputs, outputs, strict=True):
            if given.input is not None:
                trees[given.role][manifest.inputs[given.input].name] = value
            elif given.role == "loss":
                loss = value
            else:
                trees["metric"][given.name] = value
        return trees["model"], trees["state"], loss, trees["metric"]

    def _function(self, is_guarded: bool = False) -> Callable[..., Any]:
        """Returns the step as a function of four trees. `is_guarded`: derivatives and vmap are clear errors."""
        manifest = self.bundle.manifest
        run: Callable[..., Any] = callable_of(
            self.bundle.module,
            [spec_of(each) for each in manifest.inputs],
            [spec_of(each) for each in manifest.outputs],
        )

        if is_guarded:
            name, remedy = self.bundle.module.name, "export the loss as a function with exportFunction"
            run = without_derivative(without_vmap(run, name), name, remedy)

        def step(model: Tree, state: Tree, constants: Tree, batch: tuple[jax.Array, ...]) -> Any:
            trees = {"model": model, "state": state, "constant": constants}
            rest = iter(batch)
            flat = [next(rest) if each.role == "batch" else trees[each.role][each.name] for each in manifest.inputs]
            return self._collect(run(*flat))

        return step
