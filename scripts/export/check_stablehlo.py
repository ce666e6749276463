"""Runs exported modules in JAX and compares their outputs with those of Cotangent.

usage: check_stablehlo.py FOLDER [--expanded]

FOLDER is what write-stablehlo.ts wrote. An output may differ from Cotangent's by 4 units in the last place of its
largest element (the functions of XLA have at most 3.5), and by twice the change that relative errors of 4 units in all
inputs and intermediate values make (`spread`, measured by Cotangent). With --expanded, named functions are written as
their instructions, and XLA compiles them without algebra and without fused sums: all work without sums of floats must
then have the bits of Cotangent.
"""

import argparse
import collections
import json
import os
import pathlib
import sys
import time

if "--expanded" in sys.argv:
    os.environ["XLA_FLAGS"] = "--xla_cpu_max_isa=AVX --xla_disable_hlo_passes=algsimp"

import jax
import numpy as np
from safetensors.numpy import load_file

jax.config.update("jax_enable_x64", True)

from jax.extend.backend import get_backend
from jaxlib import xla_client

backend = get_backend("cpu")
device = backend.local_devices()[0]


def compiled(text):
    return backend.compile_and_load(text, xla_client.DeviceList((device,)), xla_client.CompileOptions())


def run(text, arguments):
    results = compiled(text).execute([jax.device_put(each, device) for each in arguments])
    return [np.asarray(each) for each in results]


def difference(got, want):
    """How many elements differ in bits, and the worst error: in units in the last place of the element, and of the largest."""
    if got.shape != want.shape or got.dtype != want.dtype:
        return max(1, got.size), np.inf, np.inf
    if want.dtype.kind != "f":
        wrong = int((got != want).sum())
        worst = np.inf if wrong else 0.0
        return wrong, worst, worst
    bits = np.int32 if want.dtype == np.float32 else np.int64
    tiny = np.finfo(want.dtype).tiny
    differ = (got.view(bits) != want.view(bits)) & ~(np.isnan(got) & np.isnan(want))
    # XLA on CPU takes subnormal numbers for zero, also on the way: x e^-x is 0 where e^-x is subnormal.
    differ &= ~((np.abs(got) < 256 * tiny) & (np.abs(want) < 256 * tiny) & ((want != 0) | (got != 0)))
    if not differ.any():
        return 0, 0.0, 0.0
    with np.errstate(all="ignore"):
        wide = want.astype(np.float64)
        distance = np.abs(got.astype(np.float64) - wide)[differ]
        unit = np.maximum(np.abs(wide), tiny) * np.finfo(want.dtype).eps
        finite = unit[np.isfinite(unit)].max(initial=tiny * np.finfo(want.dtype).eps)
        errors = [distance / unit[differ], distance / finite]
    return int(differ.sum()), *(np.inf if np.isnan(each).any() else float(each.max()) for each in errors)


def allowance(want, spread):
    """The bound on an error, in units in the last place of the largest element."""
    if want.dtype.kind != "f":
        return 0.0
    tiny = float(np.finfo(want.dtype).tiny)
    largest = float(np.abs(want[np.isfinite(want)]).max(initial=tiny))
    eps = float(np.finfo(want.dtype).eps)
    return 4 + 2 * (spread / max(largest, tiny)) / eps


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--expanded", action="store_true", help="named functions as their instructions")
    parser.add_argument("--lines", type=int, default=1000, help="leave out longer modules: they take long to compile")
    options = parser.parse_args()
    began = time.time()
    cases = json.loads((options.folder / "cases.json").read_text())
    tensors = load_file(options.folder / "tensors.safetensors")
    rows = collections.defaultdict(lambda: {"outputs": 0, "ulp": 0.0, "largest": 0.0, "share": 0.0, "failures": []})
    left_out = 0
    for number, case in enumerate(cases):
        text = (options.folder / f"{number}{'.expanded' if options.expanded else ''}.mlir").read_text()
        if text.count("\n") > options.lines:
            left_out += 1
            continue
        row = rows[case["subject"]]
        arguments = [tensors[f"{number}.in.{i}"] for i in range(case["inputs"])]
        try:
            outputs = run(text, arguments)
        except Exception as error:  # noqa: BLE001 what XLA refuses is a failure of the case
            row["failures"].append(f"{number} {case['what']}: {str(error).splitlines()[0][:200]}")
            continue
        for i, got in enumerate(outputs):
            want = tensors[f"{number}.out.{i}"]
            count, ulp, largest = difference(got, want)
            allowed = allowance(want, case["spread"][i])
            row["outputs"] += 1
            row["ulp"] = max(row["ulp"], ulp)
            row["largest"] = max(row["largest"], largest)
            row["share"] = max(row["share"], largest / allowed if allowed > 0 else largest)
            if largest > allowed or (options.expanded and case["isExact"] and count > 0):
                row["failures"].append(
                    f"{number} {case['what']} {want.dtype}{list(want.shape)}: {count} of {want.size} differ, "
                    f"{ulp:.3g} ulp, {largest:.3g} of the largest, {allowed:.3g} allowed"
                )
    print(f"{'':32} outputs  worst ulp  of largest  part of bound")
    for subject, row in sorted(rows.items(), key=lambda item: item[1]["share"]):
        if row["ulp"] > 0 or row["failures"]:
            print(f"{subject:32} {row['outputs']:7} {row['ulp']:10.3g} {row['largest']:11.3g} {row['share']:14.3g}")
        for failure in row["failures"]:
            print(f"  FAILED {failure}")
    failed = sum(bool(row["failures"]) for row in rows.values())
    same = sum(row["ulp"] == 0 for row in rows.values())
    print(
        f"{len(cases) - left_out} modules in {time.time() - began:.0f} s, {left_out} too long; "
        f"{len(rows)} subjects, {same} equal bit for bit, {failed} failed"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
