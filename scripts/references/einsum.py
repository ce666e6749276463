"""Sums of products and einops patterns: packages/core/test/ops/golden/einsum.json.

python scripts/references/einsum.py  (NumPy 2.4, PyTorch 2.13, einops 0.8)

All numbers are small integers, so values, gradients and Hessian-vector products are exact in float64. The function is
f = sum of w out^2, where out is the result and w a tensor of weights.
"""

import json
import random
from pathlib import Path

import einops
import numpy as np
import torch

torch.set_num_threads(1)
draw = random.Random(16)


def fixed(shape, phase):
    """Integers from -2 to 2 that every language computes alike."""
    count = int(np.prod(shape, dtype=int))
    return torch.tensor([(i * i + 3 * i + 5 * phase) % 11 % 5 - 2 for i in range(count)], dtype=torch.float64).reshape(shape)


def derivatives(call, shapes):
    xs = [fixed(shape, p).requires_grad_() for p, shape in enumerate(shapes)]
    tangents = [fixed(shape, p + 7) for p, shape in enumerate(shapes)]
    out = call(*xs)
    f = (fixed(tuple(out.shape), 3) * out * out).sum()
    gradients = torch.autograd.grad(f, xs, create_graph=True, allow_unused=True, materialize_grads=True)
    along = sum((g * t).sum() for g, t in zip(gradients, tangents))
    if along.requires_grad:
        second = torch.autograd.grad(along, xs, allow_unused=True, materialize_grads=True)
    else:
        second = [torch.zeros_like(x) for x in xs]
    flat = lambda t: [int(v) if v == int(v) else v for v in t.detach().reshape(-1).tolist()]
    return {"shape": list(out.shape), "out": flat(out), "grad": sum(map(flat, gradients), []),
            "hvp": sum(map(flat, second), [])}


def implied(terms):
    text = "".join(terms).replace("...", "")
    once = "".join(sorted(c for c in text if text.count(c) == 1))
    return ("..." if any("..." in t for t in terms) else "") + once


def specification():
    count = draw.choice([1, 2, 2, 2, 2, 3, 3, 4, 5, 6])
    letters = draw.sample("abcdijkXY", draw.randint(1, 5 if count < 4 else 4))
    sizes = {c: draw.choice([1, 2, 2, 3] if count < 4 else [1, 2, 2]) for c in letters}
    lead = [draw.choice([1, 2, 3]) for _ in range(draw.randint(0, 2))]
    broadcasts = draw.random() < 0.35
    terms, shapes = [], []
    for _ in range(count):
        own = draw.sample(letters, draw.randint(0 if count > 1 else 1, min(3, len(letters))))
        if own and draw.random() < 0.25:
            own.insert(draw.randint(0, len(own)), draw.choice(own))
        shape = [sizes[c] for c in own]
        term = "".join(own)
        if broadcasts and draw.random() < 0.8:
            at = draw.randint(0, len(own))
            part = lead[draw.randint(0, len(lead)):]
            part = [1 if draw.random() < 0.2 else n for n in part]
            term = term[:at] + "..." + term[at:]
            shape = shape[:at] + part + shape[at:]
        terms.append(term)
        shapes.append(shape)
    if draw.random() < 0.15:
        return ",".join(terms), terms, shapes, implied(terms)
    used = sorted(set("".join(terms).replace("...", "")))
    result = draw.sample(used, draw.randint(0, min(len(used), 4)))
    if any("..." in t for t in terms):
        result.insert(draw.randint(0, len(result)), "...")
    result = "".join(result)
    arrow = draw.choice(["->", " -> "])
    return draw.choice([",", ", "]).join(terms) + arrow + result, terms, shapes, result


def products():
    rows = []
    while len(rows) < 300:
        subscripts, terms, shapes, result = specification()
        if sum(int(np.prod(s, dtype=int)) for s in shapes) > 60:
            continue
        explicit = ",".join(terms) + "->" + result
        row = derivatives(lambda *xs: torch.einsum(explicit, *xs), shapes)
        value = np.einsum(subscripts, *[fixed(s, p).numpy() for p, s in enumerate(shapes)])
        assert list(value.shape) == row["shape"] and np.array_equal(value.reshape(-1), row["out"]), subscripts
        if len(row["out"]) > 40:
            continue
        rows.append({"subscripts": subscripts, "shapes": shapes, **row})
    return rows


patterns = [
    ("rearrange", "a b -> b a", [2, 3], {}),
    ("rearrange", "(h w) c -> h w c", [6, 2], {"h": 2}),
    ("rearrange", "(h w) c -> h w c", [6, 2], {"w": 2}),
    ("rearrange", "b h w c -> b (h w) c", [2, 2, 3, 2], {}),
    ("rearrange", "b h w c -> (b h) (w c)", [2, 2, 3, 2], {}),
    ("rearrange", "b (h p) (w q) c -> b (h w) (p q c)", [2, 4, 6, 1], {"p": 2, "q": 3}),
    ("rearrange", "b (h d) c -> b h d c", [2, 6, 2], {"d": 3}),
    ("rearrange", "a 1 b -> b a", [2, 1, 3], {}),
    ("rearrange", "a b -> a 1 b 1", [2, 3], {}),
    ("rearrange", "... c -> c ...", [2, 3, 4], {}),
    ("rearrange", "b ... c -> b (...) c", [2, 2, 3, 2], {}),
    ("rearrange", "... (h w) -> ... w h", [2, 6], {"h": 3}),
    ("rearrange", "a ... -> ...  a", [3], {}),
    ("rearrange", "(a b c) -> c a b", [12], {"a": 2, "b": 3}),
    ("rearrange", "a () b -> (a b)", [2, 1, 3], {}),
    ("rearrange", "x1 long_name -> long_name x1", [2, 3], {}),
    ("reduce:sum", "b h w c -> b c", [2, 2, 3, 2], {}),
    ("reduce:mean", "b h w c -> b c", [2, 2, 4, 1], {}),
    ("reduce:max", "b (h p) c -> b h c", [2, 6, 1], {"p": 2}),
    ("reduce:min", "a b -> a", [3, 4], {}),
    ("reduce:prod", "a b -> b", [3, 2], {}),
    ("reduce:sum", "a b ->", [3, 2], {}),
    ("reduce:sum", "a b -> 1 b", [3, 2], {}),
    ("reduce:sum", "... a -> ...", [2, 3, 4], {}),
    ("reduce:sum", "a ... -> a", [2, 3, 2], {}),
    ("reduce:mean", "b (h 2) (w 2) -> b w h", [1, 4, 4], {}),
    ("repeat", "a -> a b", [3], {"b": 2}),
    ("repeat", "a b -> b r a", [2, 3], {"r": 2}),
    ("repeat", "h w -> (h p) (w q)", [2, 2], {"p": 2, "q": 3}),
    ("repeat", "h w -> (p h) w", [2, 2], {"p": 2}),
    ("repeat", "... -> ... r", [2, 2], {"r": 2}),
    ("repeat", "a b -> a 2 b", [2, 2], {}),
    ("repeat", "(a b) -> b a c", [6], {"a": 2, "c": 2}),
]


def rearranged():
    rows = []
    for name, pattern, shape, sizes in patterns:
        kind, _, how = name.partition(":")
        call = getattr(einops, kind)
        extra = [how] if how else []
        row = derivatives(lambda x: call(x, pattern, *extra, **sizes), [shape])
        if how in ("max", "min"):
            row["grad"] = row["hvp"] = None  # ties are shared differently
        rows.append({"name": kind, "pattern": pattern, "how": how or None, "dims": shape, "sizes": sizes, **row})
    return rows


def others():
    rows = []
    for shapes, axes in [([[2, 3], [3, 4]], 1), ([[2, 3, 2], [3, 2, 2]], 2), ([[2, 3], [2]], 0), ([[2, 3, 2], [2, 3]], [[2, 1], [0, 1]]),
                         ([[3, 2], [3, 4]], [[0], [0]]), ([[2, 3], [2, 3]], [[-1, 0], [-1, 0]])]:
        pair = axes if isinstance(axes, int) else tuple(tuple(a) for a in axes)
        row = derivatives(lambda a, b: torch.tensordot(a, b, dims=pair), shapes)
        rows.append({"name": "tensordot", "axes": axes, "shapes": shapes, **row})
    for shapes in [[[2, 2], [2, 3]], [[2], [3]], [[2, 2], [3]], [[2], [2, 1, 2]], [[], [2, 2]], [[2, 1, 2], [1, 3, 2]]]:
        row = derivatives(torch.kron, shapes)
        value = np.kron(*[fixed(s, p).numpy() for p, s in enumerate(shapes)])
        assert list(value.shape) == row["shape"] and np.array_equal(value.reshape(-1), row["out"])
        rows.append({"name": "kron", "shapes": shapes, **row})
    return rows


folder = Path(__file__).parents[2] / "packages/core/test/ops/golden"
sections = {"products": products(), "patterns": rearranged(), "others": others()}
lines = [f' "{name}": [\n' + ",\n".join("  " + json.dumps(r, separators=(",", ":")) for r in rows) + "\n ]"
         for name, rows in sections.items()]
(folder / "einsum.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
