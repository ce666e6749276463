"""All use of private parts of JAX: running StableHLO text as a JAX function.

`jax.export` calls a serialized module as a part of any JAX program. It has no public constructor from StableHLO text.
This file exports a stub with the same signature and exchanges its module. `check_jax` refuses other versions of JAX,
and every private part is looked up there, so that a change in JAX is one clear error.
"""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax
import jax.export
import jax.numpy as jnp

from .errors import BundleError, VersionError, problem

TESTED = ((0, 10, 2), (0, 11))
"""The tested range of JAX: from the first version, up to but without the second."""

Signature = list[tuple[str, tuple[int, ...]]]
"""MLIR element type and shape of each argument or result."""

_EXCHANGED = {"mlir_module_serialized", "_get_vjp", "fun_name"}


def _range() -> str:
    first, last = (".".join(map(str, each)) for each in TESTED)
    return f"jax>={first},<{last}"


def _changed(part: str) -> VersionError:
    return VersionError(problem("jax", f"{part} as in {_range()}", f"jax {jax.__version__} without it", _remedy()))


def _remedy() -> str:
    return f"install a tested version: pip install '{_range()}'"


@dataclasses.dataclass(frozen=True)
class _Parts:
    make_ir_context: Callable[[], Any]
    parse: Callable[[str], Any]
    serialize: Callable[[Any, str, bool], bytes]
    current_version: Callable[[], str]
    backends_are_initialized: Callable[[], bool]


def check_jax(version: str = jax.__version__) -> None:
    """Raises a VersionError if the version of JAX is outside of the tested range."""
    numbers = tuple(int(each) if each.isdigit() else 0 for each in version.split(".")[:3])
    if not TESTED[0] <= numbers < TESTED[1]:
        raise VersionError(problem("jax", _range(), f"jax {version}", _remedy()))


def _parts() -> _Parts:
    check_jax()
    try:
        from jax._src import xla_bridge
        from jax._src.interpreters import mlir
        from jax._src.lib import _jax  # type: ignore[attr-defined]
        from jaxlib.mlir import ir
        from jaxlib.mlir.dialects import stablehlo

        return _Parts(
            make_ir_context=mlir.make_ir_context,
            parse=ir.Module.parse,
            serialize=_jax.mlir.serialize_portable_artifact,
            current_version=stablehlo.get_current_version,
            backends_are_initialized=xla_bridge.backends_are_initialized,
        )
    except (ImportError, AttributeError) as reason:
        raise _changed(str(reason)) from None


def backends_are_initialized() -> bool:
    """Whether JAX has already chosen its devices."""
    return _parts().backends_are_initialized()


@dataclasses.dataclass(frozen=True)
class Module:
    """A parsed StableHLO module: its bytecode, and the signature of its function `main`."""

    name: str
    bytecode: bytes
    inputs: Signature
    outputs: Signature


def _signature(types: Sequence[Any]) -> Signature:
    if not all(each.has_static_shape for each in types):
        raise ValueError("a dynamic shape")
    return [(str(each.element_type), tuple(each.shape)) for each in types]


def parse_module(text: str, name: str) -> Module:
    """Parses StableHLO text. JAX chooses no devices yet.

    Raises:
        BundleError: the text is not a valid module, has no function `main` of tensors of static shapes, or has other
            operations than those of StableHLO: a custom call runs native code.
        VersionError: JAX is outside of the tested range.
    """
    parts = _parts()
    remedy = "export the bundle again with @cotangent/export"
    with parts.make_ir_context():
        try:
            module = parts.parse(text)
        except Exception as reason:  # MLIR's error derives from Exception alone
            raise BundleError(problem(name, "a valid StableHLO module", str(reason)[:2000], remedy)) from None
        mains = [each for each in module.body.operations if _symbol(each) == "main"]
        if len(mains) != 1:
            raise BundleError(problem(name, "a function main", "a module without one", remedy))
        main = mains[0].attributes["function_type"].value
        try:
            inputs, outputs = _signature(main.inputs), _signature(main.results)
        except (AttributeError, TypeError, ValueError, RuntimeError):
            raise BundleError(problem(name, "tensors of static shapes", str(main)[:400], remedy)) from None
        for each in _names(module.operation):
            if (
                each.partition(".")[0] not in ("builtin", "func", "stablehlo", "chlo")
                or each == "stablehlo.custom_call"
            ):
                raise BundleError(problem(name, "operations of StableHLO, without custom calls", each, remedy))
        return Module(name, parts.serialize(module, parts.current_version(), True), inputs, outputs)


def _names(operation: Any) -> Iterator[str]:
    """Yields the names of an operation and of all inside of it."""
    yield operation.name
    for region in operation.regions:
        for block in region:
            for each in block:
                yield from _names(each.operation)


def _symbol(operation: Any) -> str | None:
    attributes = operation.attributes
    return attributes["sym_name"].value if "sym_name" in attributes else None


def callable_of(
    module: Module, inputs: Sequence[jax.ShapeDtypeStruct], outputs: Sequence[jax.ShapeDtypeStruct]
) -> Callable[..., list[jax.Array]]:
    """Returns a function of arrays that runs the module, for use in `jax.jit`, on any devices and shardings.

    JAX chooses its devices now. Derivatives of the function raise an error, as does `vmap`: callers wrap it.

    Raises:
        VersionError: the stub of `jax.export` lacks a field that this function exchanges.
    """

    def stub(*_: jax.Array) -> list[jax.Array]:
        return [jnp.zeros(each.shape, each.dtype) for each in outputs]

    anywhere = [jax.export.DisabledSafetyCheck.platform()]
    exported = jax.export.export(jax.jit(stub, keep_unused=True), disabled_checks=anywhere)(*inputs)
    fields = {each.name for each in dataclasses.fields(exported)}
    if not fields >= _EXCHANGED or tuple(exported.module_kept_var_idx) != tuple(range(len(inputs))):
        raise _changed("jax.export.Exported")
    # The stub's _get_vjp would differentiate the stub: all derivatives would silently be zero.
    exchanged = dataclasses.replace(
        exported, mlir_module_serialized=module.bytecode, _get_vjp=None, fun_name=module.name.split(".")[0]
    )
    if exchanged.has_vjp():
        raise _changed("jax.export.Exported without a vjp")

    def call(*arguments: jax.Array) -> list[jax.Array]:
        results: list[jax.Array] = exchanged.call(*arguments)
        return results

    return call
