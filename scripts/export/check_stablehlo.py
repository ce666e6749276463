"""Runs exported modules in JAX and compares them with what Cotangent computed."""
import argparse
import collections
import json
import pathlib
import sys
import time

import jax
import numpy as np
from safetensors.numpy import load_file

jax.config.update("jax_enable_x64", True)
from jax._src.lib import xla_client
from jax.extend.backend import get_backend

backend = get_backend("cpu")
devices = backend.local_devices()[:1]


def compiled(text):
    options = xla_client.CompileOptions()
    return backend.compile_and_load(text, xla_client.DeviceList(tuple(devices)), options)


def run(text, arguments):
    results = compiled(text).execute([jax.device_put(each, devices[0]) for each in arguments])
    return [np.asarray(each) for each in results]


def difference(got, want):
    """(number of elements that differ in bits, worst error in units of the last place, worst against the largest element)"""
    if got.shape != want.shape or got.dtype != want.dtype:
        return got.size or 1, np.inf, np.inf
    if want.size == 0:
        return 0, 0, 0
    if want.dtype.kind != "f":
        wrong = int((got != want).sum())
        return wrong, np.inf if wrong else 0, np.inf if wrong else 0
    bits = np.int32 if want.dtype == np.float32 else np.int64
    both_nan = np.isnan(got) & np.isnan(want)
    differ = (got.view(bits) != want.view(bits)) & ~both_nan
    tiny = np.finfo(want.dtype).tiny
    # XLA on CPU flushes subnormal numbers to zero.
    differ &= ~((np.abs(got) < tiny) & (np.abs(want) < tiny) & ((want != 0) | (got != 0)))
    if not differ.any():
        return 0, 0, 0
    with np.errstate(all="ignore"):
        distance = np.abs(got.astype(np.float64) - want.astype(np.float64))[differ]
        magnitude = np.maximum(np.abs(want.astype(np.float64)), tiny)
        finite = np.where(np.isfinite(magnitude), magnitude, 0)
        ulp = distance / (magnitude[differ] * np.finfo(want.dtype).eps)
        scaled = distance / (max(finite.max(), tiny) * np.finfo(want.dtype).eps)
    worst = lambda x: np.inf if np.isnan(x).any() else float(x.max())
    return int(differ.sum()), worst(ulp), worst(scaled)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--expanded", action="store_true")
    parser.add_argument("--limit", type=float, default=4)
    parser.add_argument("--only")
    parser.add_argument("--lines", type=int, default=1200, help="leave out longer modules, which take long to compile")
    options = parser.parse_args()
    began = time.time()
    left = 0
    cases = json.loads((options.folder / "cases.json").read_text())
    tensors = load_file(options.folder / "tensors.safetensors")
    worst = collections.defaultdict(lambda: [0, 0.0, 0.0, []])
    for number, case in enumerate(cases):
        if options.only and options.only != case["subject"]:
            continue
        name = f"{number}.expanded.mlir" if options.expanded else f"{number}.mlir"
        text = (options.folder / name).read_text()
        if text.count("\n") > options.lines:
            left += 1
            continue
        arguments = [tensors[f"{number}.in.{i}"] for i in range(case["inputs"])]
        wanted = [tensors[f"{number}.out.{i}"] for i in range(case["outputs"])]
        try:
            got = run(text, arguments)
        except Exception as error:
            worst[case["subject"]][3].append(f"{number} {case['what']}: {str(error).splitlines()[0][:300]}")
            continue
        for g, w, spread in zip(got, wanted, case["spread"]):
            count, ulp, scaled = difference(g, w)
            allowed = options.limit
            if w.dtype.kind == "f" and spread > 0 and np.isfinite(scaled):
                finite = np.abs(w[np.isfinite(w)]).max(initial=np.finfo(w.dtype).tiny)
                allowed += 2 * spread / (float(finite) * np.finfo(w.dtype).eps)
            if options.only:
                print(number, case["what"], g.dtype, count, ulp, scaled, g.ravel()[:6], w.ravel()[:6])
            row = worst[case["subject"]]
            row[0] += 1
            row[1] = max(row[1], ulp)
            row[2] = max(row[2], scaled)
            if ((count > 0 and case["isExact"]) if options.expanded else scaled > allowed):
                row[3].append(f"{number} {case['what']} {g.dtype}{list(g.shape)}: {count} of {g.size} differ, {ulp:.3g} ulp, {scaled:.3g} of largest, {allowed:.3g} allowed")
    for subject, (count, ulp, scaled, failures) in sorted(worst.items(), key=lambda item: item[1][2]):
        if failures or ulp > 4:
            print(f"{subject:28} {count:4} {ulp:10.3g} {scaled:10.3g} {'  '.join(failures[:3])}")
    bad = sum(bool(row[3]) for row in worst.values())
    print(f"{len(cases) - left} modules, {left} too long, {bad} subjects fail, {time.time() - began:.1f} s")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
