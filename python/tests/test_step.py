"""Training steps: the values of JAX's own program, on one device and on eight, with donation."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from bundles import momentum_step, network, rows, write_network

from cotangent_xla import CallError, DeviceError, TrainingStep, collectives, load, make_mesh


def training_step(folder: Path) -> TrainingStep:
    loaded = load(folder)
    assert isinstance(loaded, TrainingStep)
    return loaded


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_network(tmp_path_factory.mktemp("network") / "bundle")


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_network(tmp_path_factory.mktemp("wide") / "bundle", np.float64)


@pytest.fixture(scope="module")
def one_device(wide: Path) -> tuple[list[float], dict[str, Any]]:
    with jax.enable_x64(True):
        return run(training_step(wide), 4, np.float64)


def run(step: TrainingStep, steps: int, dtype: type, **placement: Any) -> tuple[list[float], dict[str, Any]]:
    model, state = step.init(**placement)
    losses = []
    for at in range(steps):
        x, y = rows(8, dtype, seed=at).values()
        model, state, loss, metrics = step(model, state, x, y)
        assert metrics["accuracy"].shape == ()
        losses.append(float(loss))
    return losses, {**model, **state}


def test_steps_are_those_of_jax(folder: Path) -> None:
    losses, values = run(training_step(folder), 3, np.float32)
    model, state = network()
    own = []
    for at in range(3):
        loss, model, state, _ = jax.jit(momentum_step)(
            model, state, {"rate": np.float32(0.1)}, [*rows(8, seed=at).values()]
        )
        own.append(float(loss))
    # The same formulas, compiled in two ways: sums of at most 16 terms below 1, over three steps.
    np.testing.assert_allclose(losses, own, rtol=0, atol=64 * 2**-24)
    assert losses[0] > losses[-1] or losses[0] != losses[1]
    assert values["count"] == 3
    assert values["count"].dtype == np.int32
    assert values["started"].dtype == np.bool_
    assert bool(values["started"])
    for name, each in {**model, **state}.items():
        np.testing.assert_allclose(values[name], each, rtol=0, atol=64 * 2**-24)


@pytest.mark.parametrize(
    ("mesh", "shardings", "expected"),
    [
        ({"data": 8}, {}, {"layers.0.weight": (None, None)}),
        (
            {"data": 2, "model": 4},
            {},
            {"layers.0.weight": (None, "model"), "velocity.layers.1.weight": (None, "model")},
        ),
        ({"data": 8}, {"**": "data"}, {"layers.0.weight": (None, "data"), "velocity.layers.1.weight": ("data", None)}),
        ({"model": 4}, {}, {"layers.1.weight": (None, "model")}),
        ({"a": 2, "b": 4}, {"layers.0.weight": (["a"], "b"), "bias": "a"}, {"layers.0.weight": ("a", "b")}),
    ],
)
def test_eight_devices_equal_one(
    wide: Path,
    one_device: tuple[list[float], dict[str, Any]],
    mesh: dict[str, int],
    shardings: Mapping[str, Any],
    expected: dict[str, tuple[str | None, ...]],
) -> None:
    with jax.enable_x64(True):
        losses, values = one_device
        step = training_step(wide)
        sharded_losses, sharded = run(step, 4, np.float64, mesh=make_mesh(mesh), shardings=shardings)
        # Sums of at most 16 terms in another order, in float64, over four steps.
        np.testing.assert_allclose(sharded_losses, losses, rtol=0, atol=1e-12)
        for name, each in values.items():
            np.testing.assert_allclose(sharded[name], each, rtol=0, atol=1e-12)
        for name, spec in expected.items():
            found = sharded[name].sharding.spec
            assert tuple(found) + (None,) * (len(spec) - len(found)) == spec
        again, _ = run(step, 4, np.float64, mesh=make_mesh(mesh), shardings=shardings)
        assert again == sharded_losses


def test_data_parallel_is_one_all_reduce(folder: Path) -> None:
    step = training_step(folder)
    assert collectives(step) == {}
    assert collectives(step, make_mesh({"data": 8})) == {"all-reduce": 1}
    assert collectives(step, make_mesh({"data": 2, "model": 4}))["all-reduce"] >= 2
    assert "all-gather" in collectives(step, make_mesh({"data": 8}), {"**": "data"})


def test_model_and_state_are_donated_and_the_bundle_stays(folder: Path) -> None:
    step = training_step(folder)
    for mesh in (None, make_mesh({"data": 8})):
        model, state = step.init(mesh)
        x, y = rows(8).values()
        new_model, new_state, _, _ = step(model, state, x, y)
        # All parameters and states are updated in place: 6 * 16 + 16 + 16 * 4 + 4 numbers twice, an int32 and a bool.
        memory: Any = step.compile().memory_analysis()
        assert memory.alias_size_in_bytes == 2 * 4 * 180 + 5
        assert all(each.is_deleted() for each in (*model.values(), *state.values()))
        with pytest.raises(CallError, match=r"deleted array: an earlier call has donated it"):
            step(model, state, x, y)
        step(new_model, new_state, x, y)
        # The memory of a donated buffer is overwritten: it must not be that of the file.
        for name, each in step.init(mesh)[0].items():
            np.testing.assert_array_equal(each, network()[0][name])
    assert step.compile_seconds is not None


def test_is_a_part_of_other_programs(folder: Path) -> None:
    step = training_step(folder)
    model, state = step.init()
    x, y = rows(8).values()

    @jax.jit
    def twice(model: Any, state: Any) -> Any:
        for _ in range(2):
            model, state, loss, _ = step(model, state, x, y)
        return loss

    loss = twice(model, state)
    for _ in range(2):
        model, state, expected, _ = step(model, state, x, y)
    np.testing.assert_allclose(loss, expected, rtol=0, atol=64 * 2**-24)


def test_derivatives_and_vmap_are_clear_errors(folder: Path) -> None:
    step = training_step(folder)
    model, state = step.init()
    x, y = rows(8).values()

    def loss(x: Any) -> Any:
        return step(model, state, x, y)[2]

    message = r"step\.mlir\] expected a backward module for a derivative, got none; export the loss as a function"
    for function in (jax.grad(loss), jax.jit(jax.grad(loss))):
        with pytest.raises(CallError, match=message):
            function(x)
    with pytest.raises(CallError, match=r"step\.mlir\] expected a call without vmap"):
        jax.vmap(loss)(np.stack([x, x]))
    np.testing.assert_allclose(jax.lax.map(loss, np.stack([x, x])), [float(step(model, state, x, y)[2])] * 2, rtol=1e-6)


@pytest.mark.parametrize("devices", [1, 8])
def test_one_array_at_two_places(folder: Path, devices: int) -> None:
    step = training_step(folder)
    model, state = step.init(make_mesh({"data": devices}))
    x, y = rows(8).values()
    # On several devices XLA would end the process.
    shared = {**state, "velocity.layers.0.bias": model["layers.0.bias"]}
    message = r"distinct arrays.* as model 'layers\.0\.bias' and state 'velocity\.layers\.0\.bias'; use jnp\.copy"
    with pytest.raises(CallError, match=message):
        step(model, shared, x, y)
    shared["velocity.layers.0.bias"] = jnp.copy(model["layers.0.bias"])
    step(model, shared, x, y)


def test_wrong_calls(folder: Path) -> None:
    step = training_step(folder)
    x, y = rows(8).values()
    with pytest.raises(CallError, match=r"a call of init first"):
        step({}, {}, x, y)
    model, state = step.init()
    with pytest.raises(CallError, match=r"expected 2 arguments \('0' float32\[8, 6\], '1' float32\[8, 4\]\), got 1"):
        step(model, state, x)
    with pytest.raises(CallError, match=r"batch '0'\] expected float32\[8, 6\], got float32\[6, 6\]"):
        step(model, state, x[:6], y)
    with pytest.raises(CallError, match=r"difference in layers\.0\.bias"):
        step({name: each for name, each in model.items() if name != "layers.0.bias"}, state, x, y)
    with pytest.raises(CallError, match=r"expected model 'layers\.0\.bias' float32\[16\]"):
        step({**model, "layers.0.bias": jnp.zeros(3)}, state, x, y)
    wrong: Any = [model]
    with pytest.raises(CallError, match=r"expected a model as a dictionary by name, got \["):
        step(wrong, state, x, y)
    with pytest.raises(CallError, match=r"batch '0'\] expected float32\[8, 6\], got a masked array"):
        step(model, state, np.ma.array(x), y)
    deleted = jnp.asarray(x)
    deleted.delete()
    with pytest.raises(CallError, match=r"batch '0'\] expected float32\[8, 6\], got a deleted array"):
        step(model, state, deleted, y)
    step.init(make_mesh({"data": 8}))
    with pytest.raises(CallError, match=r"with sharding NamedSharding.*got sharding.*pass the model that step\.init"):
        step(model, state, x, y)


@pytest.mark.parametrize(
    ("mesh", "arguments", "message"),
    [
        (
            {"data": 16},
            {},
            r"mesh data=16\] expected 16 devices, got 8 cpu devices; .*--devices N.*jax_num_cpu_devices",
        ),
        ({"data": 3}, {}, r"batch size divisible by mesh axis 'data' of size 3, got batch size 8"),
        ({"model": 3}, {}, r"layers\.\*\.weight\] expected axis 1 divisible by 3 \(model\), got 'layers\.0\.weight'"),
        ({"data": 8}, {"shardings": {"**": "model"}}, r"an axis of the mesh \(data\), got 'model'"),
        ({"data": 8}, {"shardings": {"layer.*": "data"}}, r"a pattern that matches a parameter .* got none among"),
        ({"data": 8}, {"shardings": {"layers.*.weight": ("data",)}}, r"whose rank fits"),
        ({"data": 8}, {"shardings": {"layers.*.weight": ("data", "data")}}, r"each mesh axis once, got 'data' twice"),
        ({"data": 8}, {"shardings": {"**": 3}}, r"a mesh axis, or for each axis .* got 3"),
        ({"data": 8}, {"data_axis": "rows"}, r"an axis 'rows' of the mesh, got data"),
        ({"data": 8}, {"shardings": ["**"]}, r"a dictionary of specs by pattern, got \['\*\*'\]"),
        ({"data": 8}, {"shardings": {3: "data"}}, r"a dictionary of specs by pattern, got \{3"),
        ({"data": 0}, {}, r"make_mesh\] expected sizes of at least 1 by the names of axes, got \{'data': 0\}"),
        ({"data": -1}, {}, r"sizes of at least 1"),
        ({"data": 8.0}, {}, r"sizes of at least 1"),
        ({3: 8}, {}, r"by the names of axes, got \{3: 8\}"),
        ("data=8", {}, r"by the names of axes, got 'data=8'; pass for example"),
    ],
)
def test_meshes_that_do_not_fit(folder: Path, mesh: Any, arguments: Any, message: str) -> None:
    with pytest.raises(DeviceError, match=message):
        training_step(folder).init(make_mesh(mesh), **arguments)


def test_a_mesh_of_another_type(folder: Path) -> None:
    mesh: Any = {"data": 8}
    with pytest.raises(DeviceError, match=r"\[mesh\] expected a mesh, got \{'data': 8\}; pass for example make_mesh"):
        training_step(folder).init(mesh)


def test_a_mesh_axis_of_another_name_splits_the_batch(folder: Path) -> None:
    assert collectives(training_step(folder), make_mesh({"rows": 4}), data_axis="rows") == {"all-reduce": 1}
