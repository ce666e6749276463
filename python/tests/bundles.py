"""Writes small bundles from JAX functions, as @cotangent/export writes them from traced graphs."""

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from safetensors.numpy import save_file

Tensors = dict[str, np.ndarray]
FILES = {"model": "model.safetensors", "state": "state.safetensors", "constant": "constants.safetensors"}


def text_of(function: Callable[..., Any], inputs: Sequence[np.ndarray]) -> str:
    """StableHLO text of a function of flat arguments; float64 stays float64."""
    with jax.enable_x64(True):
        specs = [jax.ShapeDtypeStruct(each.shape, each.dtype) for each in inputs]
        return str(jax.jit(function, keep_unused=True).lower(*specs).as_text())


def describe(role: str, name: str, array: Any, **extra: Any) -> dict[str, Any]:
    return {"role": role, "name": name, "dtype": str(array.dtype), "shape": list(array.shape), **extra}


def finish(folder: Path, manifest: dict[str, Any], tensors: dict[str, Tensors]) -> Path:
    """Writes the tensors and bundle.json; the modules are there already."""
    for role, arrays in tensors.items():
        if arrays:
            save_file({name: np.asarray(each) for name, each in arrays.items()}, folder / FILES[role])
    manifest = {"format": "cotangent-bundle", "version": 1, "producer": "tests", **manifest}
    manifest["files"] = {
        path.name: {"bytes": path.stat().st_size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        for path in folder.iterdir()
        if path.name != "bundle.json"
    }
    (folder / "bundle.json").write_text(json.dumps(manifest))
    return folder


def write_training(
    folder: Path,
    step: Callable[[Tensors, Tensors, Tensors, list[Any]], tuple[Any, Any, Any, Any]],
    model: Tensors,
    state: Tensors,
    batch: Tensors,
    batch_size: int,
    constants: Tensors | None = None,
    shardings: Sequence[dict[str, Any]] = (),
) -> Path:
    """`step(model, state, constants, batch)` returns `(loss, model, state, metrics)`."""
    folder.mkdir(parents=True)
    constants = constants or {}
    roles = {"model": model, "state": state, "constant": constants, "batch": batch}
    inputs = [
        describe(role, name, each, batched=role == "batch" and each.shape[:1] == (batch_size,))
        for role, arrays in roles.items()
        for name, each in arrays.items()
    ]
    names = [(each["role"], each["name"]) for each in inputs]
    outputs: list[dict[str, Any]] = []

    def flat(*arrays: Any) -> list[Any]:
        trees: dict[str, dict[str, Any]] = {role: {} for role in roles}
        for (role, name), array in zip(names, arrays, strict=True):
            trees[role][name] = array
        loss, new_model, new_state, metrics = step(
            trees["model"], trees["state"], trees["constant"], list(trees["batch"].values())
        )
        results = [("loss", "loss", loss)]
        results += [("model", name, each) for name, each in new_model.items()]
        results += [("state", name, each) for name, each in new_state.items()]
        results += [("metric", name, each) for name, each in metrics.items()]
        outputs[:] = [
            describe(role, name, each, **({"input": names.index((role, name))} if role in ("model", "state") else {}))
            for role, name, each in results
        ]
        return [each for _, _, each in results]

    arrays = [each for tree in roles.values() for each in tree.values()]
    (folder / "step.mlir").write_text(text_of(flat, arrays))
    manifest = {
        "kind": "training",
        "module": "step.mlir",
        "inputs": inputs,
        "outputs": outputs,
        "batchSize": batch_size,
        "shardings": list(shardings),
    }
    return finish(folder, manifest, {"model": model, "state": state, "constant": constants})


def network(dtype: type = np.float32, seed: int = 0) -> tuple[Tensors, Tensors]:
    """Parameters of 6-16-4 dense layers, and momentum with a count of steps and a flag."""
    draw = np.random.default_rng(seed)
    shapes = {"layers.0.weight": (6, 16), "layers.0.bias": (16,), "layers.1.weight": (16, 4), "layers.1.bias": (4,)}
    model: Tensors = {name: (draw.normal(size=shape) / 3).astype(dtype) for name, shape in shapes.items()}
    state = {f"velocity.{name}": np.zeros_like(each) for name, each in model.items()}
    return model, {**state, "count": np.zeros((), np.int32), "started": np.zeros((), np.bool_)}


def rows(count: int, dtype: type = np.float32, seed: int = 1) -> Tensors:
    """Images `0` [count, 6] and one-hot labels `1` [count, 4]."""
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(count, 6))
    return {"0": x.astype(dtype), "1": np.eye(4)[draw.integers(0, 4, count)].astype(dtype)}


def momentum_step(model: Any, state: Any, constants: Any, batch: Any) -> tuple[Any, Any, Any, Any]:
    """One step of momentum on the mean cross-entropy; the metric is the accuracy."""
    x, y = batch

    def loss_of(p: Any) -> tuple[Any, Any]:
        hidden = jnp.tanh(x @ p["layers.0.weight"] + p["layers.0.bias"])
        logits = hidden @ p["layers.1.weight"] + p["layers.1.bias"]
        hit = jnp.argmax(logits, 1) == jnp.argmax(y, 1)
        return -jnp.mean(jnp.sum(jax.nn.log_softmax(logits) * y, 1)), jnp.mean(hit.astype(x.dtype))

    (loss, accuracy), gradients = jax.value_and_grad(loss_of, has_aux=True)(model)
    velocity = {name: 0.9 * state[f"velocity.{name}"] + gradients[name] for name in model}
    new_model = {name: model[name] - constants["rate"] * velocity[name] for name in model}
    new_state = {f"velocity.{name}": each for name, each in velocity.items()}
    new_state |= {"count": state["count"] + 1, "started": jnp.ones((), jnp.bool_)}
    return loss, new_model, new_state, {"accuracy": accuracy}


RULES = (
    {"pattern": "layers.*.weight", "spec": [None, "model"]},
    {"pattern": "**", "spec": "shard"},
)


def write_network(folder: Path, dtype: type = np.float32, batch_size: int = 8) -> Path:
    """A bundle of `momentum_step`; its rules split weights by `model`, else the longest axis by `shard`."""
    model, state = network(dtype)
    constants: Tensors = {"rate": np.asarray(0.1, dtype)}
    return write_training(
        folder, momentum_step, model, state, rows(batch_size, dtype), batch_size, constants, list(RULES)
    )


def write_function(
    folder: Path, function: Callable[..., Any], arguments: Tensors, vjp: bool = True, constants: Tensors | None = None
) -> Path:
    """`function(*arguments, *constants)` returns one array or a tuple. The arguments come before the constants."""
    folder.mkdir(parents=True)
    constants = constants or {}
    arrays = [*arguments.values(), *constants.values()]
    with jax.enable_x64(True):
        shapes = jax.eval_shape(function, *arrays)
    results = list(shapes) if isinstance(shapes, tuple) else [shapes]
    (folder / "forward.mlir").write_text(text_of(function, arrays))
    is_float = [each.dtype.kind == "f" for each in arguments.values()]
    if vjp:

        def pull(*flat: Any) -> Any:
            inputs, rest = list(flat[: len(arrays)]), iter(flat[len(arrays) :])
            cotangents = [
                next(rest) if jnp.issubdtype(each.dtype, jnp.floating) else np.zeros(each.shape, jax.dtypes.float0)
                for each in results
            ]
            pulled = jax.vjp(function, *inputs)[1](tuple(cotangents) if isinstance(shapes, tuple) else cotangents[0])
            return [each for each, wanted in zip(pulled, is_float, strict=False) if wanted]

        extra = [np.zeros(each.shape, each.dtype) for each in results if each.dtype.kind == "f"]
        (folder / "vjp.mlir").write_text(text_of(pull, [*arrays, *extra]))
    inputs = [describe("argument", name, each) for name, each in arguments.items()]
    inputs += [describe("constant", name, each) for name, each in constants.items()]
    manifest = {
        "kind": "function",
        "module": "forward.mlir",
        **({"vjp": "vjp.mlir"} if vjp else {}),
        "inputs": inputs,
        "outputs": [describe("result", str(at), each) for at, each in enumerate(results)],
    }
    return finish(folder, manifest, {"constant": constants})
