"""A function of a bundle as a JAX function, with its exported backward module as its derivative."""

import contextlib
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import jax
import numpy as np

from .bundle import Bundle, spec_of
from .dtypes import KINDS, describe
from .errors import CallError, problem
from .manifest import Input, Output, Tensor
from .private_jax import Module, callable_of

_PYTHON_TYPES = {"float32": (float, int), "float64": (float, int), "int32": (int,), "bool": (bool,)}

Arrays = tuple[Any, ...]
Flat = Callable[..., Arrays]


def as_argument(value: Any, given: Input) -> Any:
    """Returns an argument unchanged if shape and dtype fit; a Python number becomes a scalar of the dtype.

    Raises:
        CallError: another shape or dtype; nothing is cast silently.
    """
    kind = KINDS[given.dtype]
    if type(value) in _PYTHON_TYPES[given.dtype] and given.shape == ():
        with contextlib.suppress(OverflowError):
            return np.asarray(value, kind.numpy)
    if not isinstance(value, jax.Array | np.ndarray | np.generic):
        got = repr(value)[:80]
    elif isinstance(value, np.ma.MaskedArray):
        got = "a masked array"
    elif isinstance(value, jax.Array) and not isinstance(value, jax.core.Tracer) and value.is_deleted():
        got = "a deleted array: an earlier call has donated it"
    elif value.shape == given.shape and value.dtype == kind.numpy:
        return value
    else:
        got = describe(str(value.dtype), value.shape)
    remedy = f"pass an array of this shape and dtype, such as x.astype({given.dtype!r})"
    raise CallError(problem(f"{given.role} {given.name!r}", describe(given.dtype, given.shape), got, remedy))


def as_arguments(values: Sequence[Any], inputs: Sequence[Input], where: str) -> list[Any]:
    """Checks the number of arguments and each of them."""
    if len(values) != len(inputs):
        names = ", ".join(f"{each.name!r} {describe(each.dtype, each.shape)}" for each in inputs)
        remedy = "pass one array for each"
        raise CallError(problem(where, f"{len(inputs)} arguments ({names})", f"{len(values)}", remedy))
    return [as_argument(value, given) for value, given in zip(values, inputs, strict=True)]


def without_vmap(call: Flat, name: str) -> Flat:
    """Gives a clear error where `vmap`, or `jacrev`, which uses it, would ask JAX for a batching rule."""

    def rule(*_: Any) -> NoReturn:
        got = "vmap (or jacrev, hessian)"
        remedy = "use jax.lax.map, or export the function for the batch"
        raise CallError(problem(name, "a call without vmap: the shapes of a module are fixed", got, remedy))

    batchable: Any = jax.custom_batching.custom_vmap(call)
    batchable.def_vmap(rule)
    return lambda *arguments: tuple(batchable(*arguments))


def without_derivative(call: Flat, name: str, remedy: str) -> Flat:
    """Gives a clear error instead of a derivative."""

    def forward(*_: Any) -> NoReturn:
        raise CallError(problem(name, "a backward module for a derivative", "none", remedy))

    guarded = jax.custom_vjp(lambda *arguments: call(*arguments))
    guarded.defvjp(forward, forward)
    return guarded


class Function:
    """A function that @cotangent/export wrote.

    Call it with one array for each of `inputs`. It returns one array if there is one output, else a tuple in the order
    of `outputs`. It works inside of `jax.jit` and on sharded arrays. `jax.grad` and `jax.vjp` use the backward module
    of the bundle, once: second derivatives, forward mode and `vmap` raise an error.

    Raises (on calls):
        CallError: number, shape or dtype of the arguments; a derivative if the bundle has no backward module.
    """

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self._flat: Flat | None = None

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The arguments: name, dtype and shape."""
        return self.bundle.manifest.inputs_of("argument")

    @property
    def outputs(self) -> tuple[Output, ...]:
        """The results: name, dtype and shape."""
        return self.bundle.manifest.outputs

    def __call__(self, *arguments: Any) -> Any:
        """Runs the function. See the class."""
        checked = as_arguments(arguments, self.inputs, self.bundle.module.name)
        if self._flat is None:
            # Outside of a trace, so that constants are arrays and not tracers of the caller's trace.
            with jax.ensure_compile_time_eval():
                self._flat = self._make()
        results = self._flat(*checked)
        return results[0] if len(results) == 1 else tuple(results)

    def _with_constants(self, module: Module, extra: Sequence[Output], results: Sequence[Tensor]) -> Flat:
        """Returns a function of the arguments and `extra` that adds the bundle's constants at their places."""
        inputs = self.bundle.manifest.inputs
        tensors: list[Tensor] = [*inputs, *extra]
        specs = [spec_of(each) for each in tensors]
        run = callable_of(module, specs, [spec_of(each) for each in results])
        constants = {
            at: jax.numpy.asarray(np.array(self.bundle.array(each)))
            for at, each in enumerate(inputs)
            if each.role == "constant"
        }

        def call(*arguments: Any) -> Arrays:
            rest = iter(arguments)
            return tuple(run(*(constants[at] if at in constants else next(rest) for at in range(len(specs)))))

        return jax.jit(without_vmap(call, module.name))

    def _make(self) -> Flat:
        primal = self._with_constants(self.bundle.module, [], self.outputs)
        if self.bundle.vjp is None:
            remedy = "export it with exportFunction(f, args, { vjp: true })"
            return without_derivative(primal, self.bundle.module.name, remedy)
        is_float = [KINDS[each.dtype].is_float for each in self.inputs]
        float_outputs = [each for each in self.outputs if KINDS[each.dtype].is_float]
        float_inputs = [each for each in self.inputs if KINDS[each.dtype].is_float]
        second = "take first derivatives only, or export the gradient as a function of its own"
        pull = without_derivative(
            self._with_constants(self.bundle.vjp, float_outputs, float_inputs), self.bundle.vjp.name, second
        )
        outputs = self.outputs

        def forward(*arguments: Any) -> tuple[Arrays, Arrays]:
            return flat(*arguments), arguments

        def backward(arguments: Arrays, cotangents: Arrays) -> Arrays:
            kept = [y for y, each in zip(cotangents, outputs, strict=True) if KINDS[each.dtype].is_float]
            pulled = iter(pull(*arguments, *kept))
            # The cotangent of an integer is a float0 array: it has a shape and no contents.
            return tuple(
                next(pulled) if each else np.zeros(x.shape, jax.dtypes.float0)
                for x, each in zip(arguments, is_float, strict=True)
            )

        flat = jax.custom_vjp(lambda *arguments: primal(*arguments))
        flat.defvjp(forward, backward)
        return flat
