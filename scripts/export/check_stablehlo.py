"""Runs exported modules in JAX and compares their outputs with those of Cotangent.

usage: check_stablehlo.py FOLDER

FOLDER is what write-stablehlo.ts wrote. An output may differ from Cotangent's by 4 units in the last place of its
largest element (the functions of XLA have at most 3.5), and by twice the change that relative errors of 4 units in all
inputs and intermediate values make (`spread`, measured by Cotangent). Each case is also run expanded: named functions
are written as their instructions, and XLA compiles them without algebra and without fused sums. All work without sums
of floats must then have the bits of Cotangent. Both run side by side, in processes of their own, because XLA reads its
flags once.
"""

import argparse
import collections
import json
import multiprocessing
import os
import pathlib
import sys
import time

import jax
import numpy as np
from jax.extend.backend import get_backend
from jaxlib import xla_client
from safetensors.numpy import load_file

FLAGS = {"as written": "", "expanded": "--xla_cpu_max_isa=AVX --xla_disable_hlo_passes=algsimp"}


def run(text, arguments):
    backend = get_backend("cpu")
    device = backend.local_devices()[0]
    module = backend.compile_and_load(text, xla_client.DeviceList((device,)), xla_client.CompileOptions())
    results = module.execute([jax.device_put(each, device) for each in arguments])
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


def check(folder, number, case, tensors, mode, lines):
    """Checks one case. Returns what is wrong, a text each, and the largest error of each output; None if it is too long."""
    text = (folder / f"{number}{'.expanded' if mode == 'expanded' else ''}.mlir").read_text()
    if text.count("\n") > (lines / 2 if mode == "expanded" else lines):
        return None
    label = f"{number} {mode} {case['what']}"
    arguments = [tensors[f"{number}.in.{i}"] for i in range(case["inputs"])]
    try:
        outputs = run(text, arguments)
    except Exception as error:  # noqa: BLE001 what XLA refuses is a failure of the case
        return [f"{label}: {str(error).splitlines()[0][:200]}"], []
    wrong, errors = [], []
    for i, got in enumerate(outputs):
        want = tensors[f"{number}.out.{i}"]
        count, ulp, largest = difference(got, want)
        allowed = allowance(want, case["spread"][i])
        errors.append((ulp, largest, largest / allowed if allowed > 0 else largest))
        if largest > allowed or (mode == "expanded" and case["isExact"] and count > 0):
            wrong.append(
                f"{label} {want.dtype}{list(want.shape)}: {count} of {want.size} differ, "
                f"{ulp:.3g} ulp, {largest:.3g} of the largest, {allowed:.3g} allowed"
            )
    return wrong, errors


def check_share(arguments):
    """Checks every so many-th case, in a process of its own."""
    options, mode, first, step = arguments
    jax.config.update("jax_enable_x64", True)
    cases = json.loads((options.folder / "cases.json").read_text())
    tensors = load_file(options.folder / "tensors.safetensors")
    return [
        (case["subject"], check(options.folder, number, case, tensors, mode, options.lines))
        for number, case in list(enumerate(cases))[first::step]
    ]


def started(options, mode, count):
    """Starts the processes of a mode."""
    os.environ["XLA_FLAGS"] = FLAGS[mode]
    pool = multiprocessing.get_context("spawn").Pool(count)
    return pool, pool.map_async(check_share, [(options, mode, first, count) for first in range(count)], chunksize=1)


def report(mode, results, took, shown):
    """Prints the worst subjects of a mode. Returns whether all modules agree."""
    rows = collections.defaultdict(lambda: {"outputs": 0, "worst": (0.0, 0.0, 0.0), "wrong": []})
    compared = [(subject, result) for subject, result in results if result is not None]
    for subject, (wrong, errors) in compared:
        row = rows[subject]
        row["outputs"] += len(errors)
        row["worst"] = tuple(max(each) for each in zip(row["worst"], *errors, strict=True))
        row["wrong"] += wrong
    print(f"{mode + ', worst subjects':32} outputs  worst ulp  of largest  part of bound")
    order = sorted(rows.items(), key=lambda item: item[1]["worst"][2], reverse=True)
    for place, (subject, row) in enumerate(order):
        ulp, largest, share = row["worst"]
        if ulp > 0 and (place < shown or row["wrong"]):
            print(f"{subject:32} {row['outputs']:7} {ulp:10.3g} {largest:11.3g} {share:14.3g}")
        for each in row["wrong"]:
            print(f"  FAILED {subject} {each}")
    failed = sum(bool(row["wrong"]) for row in rows.values())
    same = sum(row["worst"][0] == 0 for row in rows.values())
    print(
        f"{mode}: {len(compared)} modules in {took:.0f} s, {len(results) - len(compared)} too long; "
        f"{len(rows)} subjects, {same} equal bit for bit, {failed} failed"
    )
    return failed == 0 and len(compared) > 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument(
        "--lines",
        type=int,
        default=600,
        help="leave out longer modules, and expanded ones from half as many on: they take long to compile",
    )
    parser.add_argument("--shown", type=int, default=5, help="how many subjects are listed")
    options = parser.parse_args()
    began = time.time()
    count = max(1, (os.cpu_count() or 1) // len(FLAGS))
    pools = {mode: started(options, mode, count) for mode in FLAGS}
    fit = []
    for mode, (pool, shares) in pools.items():
        with pool:
            results = [result for share in shares.get() for result in share]
        fit.append(report(mode, results, time.time() - began, options.shown))
    return 0 if all(fit) else 1


if __name__ == "__main__":
    sys.exit(main())
