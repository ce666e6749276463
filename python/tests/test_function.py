"""Functions: values and derivatives against JAX's own, and clear errors where there is none."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from bundles import write_function
from jax.sharding import NamedSharding, PartitionSpec

from cotangent_xla import BundleError, CallError, Function, load, make_mesh


def smooth(x: Any, n: Any, w: Any) -> Any:
    return jax.scipy.special.erf(x @ w) * n, jnp.argmax(x, 1).astype(jnp.int32)


def arguments() -> dict[str, np.ndarray]:
    draw = np.random.default_rng(3)
    return {
        "x": draw.normal(size=(3, 4)).astype(np.float32),
        "n": np.asarray(2, np.int32),
        "w": draw.normal(size=(4, 2)).astype(np.float32),
    }


def function(folder: Path) -> Function:
    loaded = load(folder)
    assert isinstance(loaded, Function)
    return loaded


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_function(tmp_path_factory.mktemp("function") / "f", smooth, arguments())


def test_values_and_gradients_are_those_of_jax(folder: Path) -> None:
    f, values = function(folder), list(arguments().values())
    assert [each.name for each in f.inputs] == ["x", "n", "w"]
    for exported, own in zip(f(*values), smooth(*values), strict=True):
        np.testing.assert_array_equal(exported, own)

    def scalar(g: Callable[..., Any]) -> Callable[..., Any]:
        return lambda x, n, w: jnp.sum(jnp.sin(g(x, n, w)[0]))

    # Both are float32 programs of the same formulas, of at most 4 terms each: a few units in the last place of 1.
    for gradient, own in zip(
        jax.grad(scalar(f), (0, 2))(*values), jax.grad(scalar(smooth), (0, 2))(*values), strict=True
    ):
        np.testing.assert_allclose(gradient, own, rtol=0, atol=16 * 2**-23)
        assert np.any(gradient != 0)


def test_vjp_gives_float0_for_integers(folder: Path) -> None:
    f, values = function(folder), list(arguments().values())
    (y, index), pull = jax.vjp(f, *values)
    dx, dn, dw = pull((jnp.ones_like(y), np.zeros(index.shape, jax.dtypes.float0)))
    assert dn.dtype == jax.dtypes.float0
    assert dx.shape == (3, 4)
    assert dw.shape == (4, 2)


def test_composes_with_jit_and_constants(tmp_path: Path) -> None:
    values = arguments()
    w = values.pop("w")
    f = function(write_function(tmp_path / "f", smooth, values, constants={"w": w}))
    x, n = values.values()
    # The first call is inside of a trace, where the constants must not become tracers.
    gradient = jax.jit(jax.grad(lambda x: jnp.sum(f(x, n)[0])))(x)
    own = jax.grad(lambda x: jnp.sum(smooth(x, n, w)[0]))(x)
    np.testing.assert_allclose(gradient, own, rtol=0, atol=16 * 2**-23)
    np.testing.assert_array_equal(f(x, 2)[0], smooth(x, n, w)[0])


def test_arguments_may_be_sharded(tmp_path: Path) -> None:
    x = np.random.default_rng(4).normal(size=(8, 4)).astype(np.float32)
    f = function(write_function(tmp_path / "f", lambda x: jnp.tanh(x) * 2, {"x": x}))
    sharded = jax.device_put(x, NamedSharding(make_mesh({"data": 8}), PartitionSpec("data")))
    y, dx = jax.jit(jax.value_and_grad(lambda x: jnp.sum(f(x))))(sharded)
    assert dx.sharding.spec == PartitionSpec("data")
    np.testing.assert_allclose(dx, 2 * (1 - np.tanh(x) ** 2), rtol=0, atol=8 * 2**-24)
    assert len(jax.jit(f)(sharded).sharding.device_set) == 8
    assert y.shape == ()


def test_without_a_backward_module_the_gradient_is_an_error(tmp_path: Path) -> None:
    x = {"x": np.ones(3, np.float32)}
    f = function(write_function(tmp_path / "f", jnp.sin, x, vjp=False))
    np.testing.assert_array_equal(f(x["x"]), jnp.sin(x["x"]))
    with pytest.raises(CallError, match=r"expected a backward module .*exportFunction"):
        jax.grad(lambda x: jnp.sum(f(x)))(x["x"])
    with pytest.raises(CallError, match="expected a backward module"):
        jax.jit(jax.grad(lambda x: jnp.sum(f(x))))(x["x"])
    with pytest.raises(CallError, match="expected a backward module"):
        jax.jvp(f, (x["x"],), (x["x"],))


def test_second_derivatives_and_vmap_are_errors(folder: Path) -> None:
    f, (x, n, w) = function(folder), arguments().values()

    def slope(x: Any) -> Any:
        return jnp.sum(jax.grad(lambda x: jnp.sum(f(x, n, w)[0]))(x))

    with pytest.raises(CallError, match="first derivatives only"):
        jax.grad(slope)(x)
    with pytest.raises(CallError, match=r"without vmap.*jax\.lax\.map"):
        jax.vmap(lambda x: f(x, n, w))(np.stack([x, x]))
    with pytest.raises(CallError, match="without vmap"):
        jax.jacrev(lambda x: f(x, n, w)[0])(x)
    with pytest.raises(TypeError, match="forward-mode"):
        jax.jvp(lambda x: f(x, n, w)[0], (x,), (x,))
    both = jax.lax.map(lambda x: f(x, n, w)[0], np.stack([x, x]))
    np.testing.assert_array_equal(both[1], f(x, n, w)[0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x, n, w: (x, n), r"expected 3 arguments .*'x' float32\[3, 4\].*got 2"),
        (lambda x, n, w: (x.astype(np.float64), n, w), r"'x'\] expected float32\[3, 4\], got float64\[3, 4\]"),
        (lambda x, n, w: (x[:2], n, w), r"got float32\[2, 4\]"),
        (lambda x, n, w: (x.tolist(), n, w), r"expected float32\[3, 4\], got \[\["),
        (lambda x, n, w: (x, 2.0, w), r"'n'\] expected int32\[\], got 2.0"),
        (lambda x, n, w: (x, 2**40, w), r"'n'\] expected int32\[\], got 1099511627776"),
        (lambda x, n, w: (x, True, w), r"'n'\] expected int32\[\], got True"),
    ],
)
def test_wrong_arguments(folder: Path, change: Callable[..., Any], message: str) -> None:
    with pytest.raises(CallError, match=message):
        function(folder)(*change(*arguments().values()))


def test_float64_inside_of_a_float32_module_needs_no_switch(tmp_path: Path) -> None:
    def wide(x: Any) -> Any:
        return (x.astype(jnp.float64) + 1e-12 - x.astype(jnp.float64)).astype(jnp.float32)

    x = np.ones(3, np.float32)
    with jax.enable_x64(True):
        folder = write_function(tmp_path / "f", wide, {"x": x}, vjp=False)
    assert "f64" in (folder / "forward.mlir").read_text()
    assert jax.dtypes.canonicalize_dtype(np.float64) == np.float32
    # The sum 1 + 1e-12 rounds in float64 by at most 2^-53.
    np.testing.assert_allclose(function(folder)(x), 1e-12, rtol=0, atol=2**-52)


def test_float64_too_late_is_an_error(tmp_path: Path) -> None:
    folder = write_function(tmp_path / "f", jnp.sin, {"x": np.ones(3)}, vjp=False)
    jax.devices()
    with pytest.raises(BundleError, match=r"expected jax_enable_x64, .*before any JAX computation"):
        load(folder)
