"""Fourier transforms and convolutions in float64: packages/core/test/ops/golden/fourier.json.

python scripts/references/fourier.py  (NumPy 2.4, PyTorch 2.13)

The function is f = sum of w re^2 + v im^3, with weights w and v; of a real result it is the sum of w x^2.
"""

import json
from pathlib import Path

import numpy as np
import torch

torch.set_num_threads(1)


def fixed(shape, phase):
    """Integers from -2 to 2 that every language computes alike."""
    count = int(np.prod(shape, dtype=int))
    return torch.tensor([(i * i + 3 * i + 5 * phase) % 11 % 5 - 2 for i in range(count)], dtype=torch.float64).reshape(shape)


def flat(t):
    return [round(v, 13) + 0 for v in t.detach().reshape(-1).tolist()]


def derivatives(call, xs, tangents):
    xs = [x.clone().requires_grad_() for x in xs]
    out = call(*xs)
    parts = [out.real, out.imag] if out.is_complex() else [out]
    shape = tuple(out.shape)
    f = (fixed(shape, 3) * parts[0] ** 2).sum()
    if len(parts) == 2:
        f = f + (fixed(shape, 4) * parts[1] ** 3).sum()
    gradients = torch.autograd.grad(f, xs, create_graph=True, materialize_grads=True)
    along = sum((g * t).sum() for g, t in zip(gradients, tangents))
    second = torch.autograd.grad(along, xs, materialize_grads=True, allow_unused=True)
    return {"shape": list(shape), "out": sum(map(flat, parts), []), "grad": sum(map(flat, gradients), []),
            "hvp": sum(map(flat, second), [])}


def transforms():
    rows = []
    for name, dims, options in [
        ("fft", [1], {}), ("fft", [2], {}), ("fft", [5], {}), ("fft", [8], {}), ("fft", [2, 6], {}),
        ("fft", [4, 3], {"axis": 0}), ("fft", [2, 3, 2], {"axis": 1}), ("fft", [6], {"norm": "ortho"}),
        ("fft", [6], {"norm": "forward"}), ("fft", [6], {"n": 4}), ("fft", [3], {"n": 7}), ("fft", [3, 2], {"n": 4, "axis": 0}),
        ("ifft", [6], {}), ("ifft", [2, 5], {}), ("ifft", [6], {"norm": "ortho"}), ("ifft", [6], {"norm": "forward"}),
        ("ifft", [3], {"n": 5}), ("ifft", [3, 2], {"axis": 0}),
        ("rfft", [6], {}), ("rfft", [7], {}), ("rfft", [2, 4], {}), ("rfft", [3, 2], {"axis": 0}), ("rfft", [6], {"n": 9}),
        ("rfft", [6], {"norm": "ortho"}), ("rfft", [1], {}),
        ("irfft", [4], {}), ("irfft", [4], {"n": 7}), ("irfft", [4], {"n": 5}), ("irfft", [4], {"n": 10}), ("irfft", [2, 3], {}),
        ("irfft", [3, 2], {"axis": 0}), ("irfft", [4], {"norm": "ortho"}), ("irfft", [1], {"n": 1}), ("irfft", [4], {"norm": "forward"}),
        ("fftn", [2, 3], {}), ("fftn", [2, 3, 2], {"axis": [0, 2]}), ("ifftn", [2, 3], {"norm": "ortho"}),
    ]:
        for isComplex in [False, True]:
            if isComplex and name == "rfft":
                continue
            keys = {"axis": "dim", "n": "n", "norm": "norm"}
            given = {keys[k]: v for k, v in options.items()}
            f = getattr(torch.fft, name)
            count = 2 if isComplex else 1
            xs = [fixed(dims, p) for p in range(count)]
            call = (lambda re, im: f(torch.complex(re, im), **given)) if isComplex else (lambda re: f(re, **given))
            row = derivatives(call, xs, [fixed(dims, p + 7) for p in range(count)])
            g = getattr(np.fft, name)
            npGiven = {("axes" if k == "axis" and name.endswith("n") else k): v for k, v in options.items()}
            value = g(xs[0].numpy() + (1j * xs[1].numpy() if isComplex else 0), **npGiven)
            parts = [value.real, value.imag] if np.iscomplexobj(value) else [value]
            assert np.allclose(np.concatenate([p.reshape(-1) for p in parts]), row["out"], atol=1e-12), name
            rows.append({"name": name, "dims": dims, "complex": isComplex, "options": options, **row})
    return rows


def convolutions():
    rows = []
    for n, m in [(1, 1), (5, 3), (3, 5), (6, 2), (4, 4), (150, 130)]:
        for mode in ["full", "same", "valid"]:
            a, b = fixed([n], 0), fixed([m], 1)
            out = np.convolve(a.numpy(), b.numpy(), mode)
            rows.append({"sizes": [n, m], "mode": mode, "out": [int(v) for v in out]})
    return rows


def frequencies():
    return [{"n": n, "spacing": d, "fft": np.fft.fftfreq(n, d).tolist(), "rfft": np.fft.rfftfreq(n, d).tolist(),
             "shift": np.fft.fftshift(np.arange(n)).tolist(), "unshift": np.fft.ifftshift(np.arange(n)).tolist()}
            for n, d in [(1, 1.0), (4, 1.0), (5, 0.5), (8, 2.0), (9, 1.0)]]


folder = Path(__file__).parents[2] / "packages/core/test/ops/golden"
sections = {"transforms": transforms(), "convolutions": convolutions(), "frequencies": frequencies()}
lines = [f' "{name}": [\n' + ",\n".join("  " + json.dumps(r, separators=(",", ":")) for r in rows) + "\n ]"
         for name, rows in sections.items()]
(folder / "fourier.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
