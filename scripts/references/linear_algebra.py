"""Values, gradients and Hessian-vector products of linear algebra in float64:
packages/core/test/ops/linear-algebra/golden/linear-algebra.json.

python scripts/references/linear_algebra.py  (JAX 0.10, on the CPU)

Each case is a weighted sum of the outputs, so that the gradient reaches all of them. Signs of eigenvectors, singular
vectors and of the rows of R are those that Cotangent states.
"""

import json
import math
from pathlib import Path

import jax
import jax.numpy as jnp
import jax.scipy.linalg as jsl

jax.config.update("jax_enable_x64", True)


def fixed(shape, phase):
    """Numbers between -1 and 1 that every language computes alike: they are rounded to four digits."""
    count = math.prod(shape)
    return jnp.array([round(math.sin(1.7 * i + phase + 0.3 * i * i), 4) for i in range(count)]).reshape(shape)


def swap(a):
    return jnp.swapaxes(a, -1, -2)


def spd(z):
    return z @ swap(z) + jnp.eye(z.shape[-1])


def column_signs(v):
    """Signs that make the first of the largest entries of each column positive."""
    at = jnp.argmax(jnp.abs(v), axis=-2, keepdims=True)
    return jax.lax.stop_gradient(jnp.sign(jnp.take_along_axis(v, at, axis=-2)))


def qr(a):
    q, r = jnp.linalg.qr(a)
    k = r.shape[-2]
    sign = jax.lax.stop_gradient(jnp.sign(jnp.diagonal(r[..., :, :k], axis1=-2, axis2=-1)))
    return q * sign[..., None, :], r * sign[..., :, None]


def eigh(a):
    w, v = jnp.linalg.eigh((a + swap(a)) / 2)
    return w, v * column_signs(v)


def svd(a):
    u, s, vt = jnp.linalg.svd(a, full_matrices=False)
    signs = column_signs(u)
    return u * signs, s, vt * swap(signs)


def least_squares(a, b):
    m, n = a.shape[-2:]
    if m >= n:
        return jnp.linalg.solve(swap(a) @ a, swap(a) @ b)
    return swap(a) @ jnp.linalg.solve(a @ swap(a), b)


def triangular(lower, transposed, unit):
    def solution(t, b):
        return jsl.solve_triangular(t, b, lower=lower, trans=int(transposed), unit_diagonal=unit)

    return solution


SQUARE = [(4, 4), (2, 3, 3)]
RECTANGULAR = [(4, 4), (5, 3), (3, 5), (2, 4, 2)]

CASES = [
    ("cholesky", lambda z: jnp.linalg.cholesky(spd(z)), [[shape] for shape in SQUARE], 0),
    ("inverse", jnp.linalg.inv, [[shape] for shape in SQUARE], 0.3),
    ("determinant", jnp.linalg.det, [[(1, 1)], [(2, 2)], *[[shape] for shape in SQUARE]], 0.3),
    ("logDeterminant", lambda a: jnp.linalg.slogdet(a)[1], [[shape] for shape in SQUARE], 0.3),
    ("solve", jnp.linalg.solve, [[(4, 4), (4, 2)], [(2, 3, 3), (2, 3, 1)]], 0.3),
    ("qr", qr, [[shape] for shape in [(4, 4), (5, 3), (2, 4, 2)]], 0.3),
    ("lstsq", least_squares, [[(5, 3), (5, 2)], [(3, 5), (3, 2)]], 0.3),
    ("eigh", eigh, [[shape] for shape in SQUARE], 0.1),
    ("svd", svd, [[shape] for shape in RECTANGULAR], 0.1),
    ("pinv", jnp.linalg.pinv, [[shape] for shape in RECTANGULAR], 0.1),
    ("matrixExponential", jsl.expm, [[(4, 4)], [(2, 2)]], 0.4),
    ("matrixPower", lambda a: jnp.linalg.matrix_power(a, 5), [[(3, 3)]], 0.4),
    ("norm", lambda x: jnp.sum(jnp.abs(x) ** 3) ** (1 / 3), [[(3, 4)]], 0.2),
    ("matrixNorm", lambda a: jnp.sum(jnp.linalg.svd(a, compute_uv=False)), [[(4, 3)]], 0.2),
    ("lower", triangular(True, False, False), [[(4, 4), (4, 2)]], 1.1),
    ("upper", triangular(False, True, False), [[(4, 4), (4, 2)]], 1.1),
    ("unit", triangular(True, True, True), [[(4, 4), (4, 2)]], 1.1),
]


def case(name, f, shapes, phase):
    inputs = [fixed(shape, phase + i) for i, shape in enumerate(shapes)]
    if name in ("lower", "upper", "inverse", "solve", "determinant", "logDeterminant"):
        n = inputs[0].shape[-1]
        inputs[0] = inputs[0] + 2 * jnp.eye(n)
    directions = [fixed(shape, phase + 5 + i) for i, shape in enumerate(shapes)]
    outputs = f(*inputs)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    weights = [fixed(each.shape, 2 + i) for i, each in enumerate(outputs)]

    def loss(*xs):
        found = f(*xs)
        found = found if isinstance(found, tuple) else (found,)
        return sum(jnp.sum(each * weight) for each, weight in zip(found, weights))

    gradient = jax.grad(loss, argnums=tuple(range(len(inputs))))
    _, products = jax.jvp(gradient, tuple(inputs), tuple(directions))
    flat = lambda list: [{"shape": each.shape, "data": jnp.ravel(each).tolist()} for each in list]
    return {
        "name": name,
        "inputs": flat(inputs),
        "directions": flat(directions),
        "outputs": flat(outputs),
        "weights": flat(weights),
        "gradients": flat(gradient(*inputs)),
        "products": flat(products),
    }


found = [case(name, f, shapes, phase) for name, f, all_shapes, phase in CASES for shapes in all_shapes]
target = Path(__file__).parents[2] / "packages/core/test/ops/linear-algebra/golden/linear-algebra.json"
target.write_text(json.dumps(found, indent=1) + "\n")
