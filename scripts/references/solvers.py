"""Linear systems, fixed points and differential equations in float64: packages/core/test/solvers/golden/solvers.json.

python scripts/references/solvers.py  (NumPy 2.4, SciPy 1.17, PyTorch 2.13)

Gradients are found in another way than Cotangent's: by complex steps, by differentiating the iterates, and by
integrating the sensitivities together with the state.
"""

import json
import math
from pathlib import Path

import numpy as np
import scipy.sparse.linalg
import torch
from scipy.integrate import solve_ivp

torch.set_num_threads(1)


def fixed(count, phase):
    """Numbers between -1 and 1 that every language computes alike: they are rounded to four digits."""
    return [round(math.sin(1.7 * i + phase + 0.3 * i * i), 4) for i in range(count)]


def gmres(size=12):
    """A convection-diffusion matrix with a diagonal that varies: the gradient of |x|^2 by it."""
    b, shift = np.array(fixed(size, 0.1)), np.array(fixed(size, 0.2))

    def matrix(diagonal):
        return np.diag(2 + diagonal) - 1.4 * np.eye(size, k=-1) - 0.6 * np.eye(size, k=1)

    x, info = scipy.sparse.linalg.gmres(matrix(shift), b, rtol=1e-14, restart=size)
    assert info == 0
    step = 1e-30j
    gradient = [
        float((np.linalg.solve(matrix(shift + step * e), b.astype(complex)) ** 2).sum().imag / 1e-30)
        for e in np.eye(size)
    ]
    return {"size": size, "b": b.tolist(), "shift": shift.tolist(), "solution": x.tolist(), "gradient": gradient}


def fixed_point(size=4):
    """x = tanh(W x + b): the gradient of the sum of cubes, and a Hessian-vector product, through the iterates."""
    W = torch.tensor(fixed(size * size, 0.3), dtype=torch.float64).reshape(size, size) * 0.4
    b = torch.tensor(fixed(size, 0.4), dtype=torch.float64)

    def loss(W, b):
        x = torch.zeros(size, dtype=torch.float64)
        for _ in range(200):
            x = torch.tanh(W @ x + b)
        return (x ** 3).sum(), x

    W.requires_grad_(), b.requires_grad_()
    value, x = loss(W, b)
    by_W, by_b = torch.autograd.grad(value, [W, b], create_graph=True)
    second = torch.autograd.grad((by_W * W.detach()).sum() + (by_b * b.detach()).sum(), [W, b])
    listed = lambda t: t.detach().tolist()
    return {
        "W": listed(W), "b": listed(b), "x": listed(x), "value": value.item(),
        "gradient": {"W": listed(by_W), "b": listed(by_b)},
        "hessianTimesArguments": {"W": listed(second[0]), "b": listed(second[1])},
    }


def with_sensitivities(f, by_y, by_p, y0, p, times):
    """The states at the times, and their derivatives by y0 and p."""
    n, m = len(y0), len(y0) + len(p)

    def both(t, z):
        y, S = z[:n], z[n:].reshape(n, m)
        dS = by_y(y, p) @ S
        dS[:, n:] += by_p(y, p)
        return np.concatenate([f(y, p), dS.ravel()])

    start = np.concatenate([y0, np.hstack([np.eye(n), np.zeros((n, len(p)))]).ravel()])
    found = solve_ivp(both, (times[0], times[-1]), start, "DOP853", times, rtol=1e-13, atol=1e-14)
    return found.y[:n].T, found.y[n:].T.reshape(len(times), n, m)


def equation(f, by_y, by_p, y0, p, times):
    """The gradient of the sum of squares of all states."""
    y0, p = np.array(y0), np.array(p)
    states, sensitivities = with_sensitivities(f, by_y, by_p, y0, p, times)
    gradient = 2 * np.einsum("ti,tim->m", states, sensitivities)
    return {
        "y0": y0.tolist(), "params": p.tolist(), "times": list(times), "states": states.tolist(),
        "gradient": {"y0": gradient[: len(y0)].tolist(), "params": gradient[len(y0) :].tolist()},
    }


def lotka_volterra():
    return equation(
        lambda y, p: np.array([p[0] * y[0] - p[1] * y[0] * y[1], p[2] * y[0] * y[1] - p[3] * y[1]]),
        lambda y, p: np.array([[p[0] - p[1] * y[1], -p[1] * y[0]], [p[2] * y[1], p[2] * y[0] - p[3]]]),
        lambda y, p: np.array([[y[0], -y[0] * y[1], 0, 0], [0, 0, y[0] * y[1], -y[1]]]),
        [1.0, 1.0], [1.5, 1.0, 1.0, 3.0], [0.0, 0.5, 1.25, 2.0, 4.0],
    )


def van_der_pol():
    return equation(
        lambda y, p: np.array([y[1], p[0] * (1 - y[0] ** 2) * y[1] - y[0]]),
        lambda y, p: np.array([[0, 1], [-2 * p[0] * y[0] * y[1] - 1, p[0] * (1 - y[0] ** 2)]]),
        lambda y, p: np.array([[0], [(1 - y[0] ** 2) * y[1]]]),
        [2.0, 0.0], [3.0], [0.0, 1.0, 2.5, 5.0],
    )


figures = {
    "gmres": gmres(), "fixedPoint": fixed_point(), "lotkaVolterra": lotka_volterra(), "vanDerPol": van_der_pol(),
}
path = Path(__file__).parents[2] / "packages/core/test/solvers/golden/solvers.json"
path.parent.mkdir(parents=True, exist_ok=True)
path.write_text(json.dumps(figures, indent=1) + "\n")
