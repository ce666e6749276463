"""Checks exported models with ONNX's checker, runs them in ONNX Runtime, and compares with what Cotangent computed."""

import argparse
import collections
import json
import multiprocessing
import os
import pathlib
import sys
import time

import numpy as np
import onnx
import onnxruntime
from safetensors.numpy import load_file


def session(model, optimized):
    """A session on one thread, with or without the rewriting of graphs."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    levels = onnxruntime.GraphOptimizationLevel
    options.graph_optimization_level = levels.ORT_ENABLE_ALL if optimized else levels.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def difference(got, want, isElementwise):
    """How many elements differ, and by how many units of the last place: their own, or that of the largest element.

    Zeros of both signs are equal, and so are all NaN.
    """
    if got.shape != want.shape or got.dtype != want.dtype:
        return got.size or 1, np.inf
    differ = (got != want) & ~((got != got) & (want != want))
    if not differ.any():
        return 0, 0.0
    if want.dtype.kind != "f":
        return int(differ.sum()), np.inf
    with np.errstate(all="ignore"):
        distance = np.abs(got.astype(np.float64) - want.astype(np.float64))[differ]
        sizes = np.abs(want.astype(np.float64))
        scale = sizes[differ] if isElementwise else sizes[np.isfinite(sizes)].max(initial=0.0)
        # Kernels lose digits of results near the smallest normal number.
        units = np.maximum(scale, (64 if isElementwise else 1) * np.finfo(want.dtype).tiny) * np.finfo(want.dtype).eps
        scaled = distance / units
    return int(differ.sum()), np.inf if np.isnan(scaled).any() else float(scaled.max())


def check(folder, number, case, tensors, limit, isPrinted):
    """Checks one case. Returns what is wrong, a text each, and the largest difference."""
    data = (folder / f"{number}.onnx").read_bytes()
    model = onnx.load_model_from_string(data)
    names = [each.name for each in model.graph.input]
    given = {name: tensors[at] for name, at in zip(names, case["inputs"], strict=True)}
    try:
        onnx.checker.check_model(model, full_check=True)
        onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
        runs = [session(data, optimized).run(None, given) for optimized in (False, True)]
    except Exception as error:
        return [f"{number} {case['what']}: {' '.join(str(error).split())[:300]}"], 0.0
    wrong, worst = [], 0.0
    for optimized, results in enumerate(runs):
        # Rewritten graphs may round in other places.
        isExact = case["isExact"] and not optimized
        allowed = 0 if isExact else 4 if case["isElementwise"] else limit
        for got, at in zip(results, case["outputs"], strict=True):
            want = tensors[at]
            count, scaled = difference(got, want, case["isElementwise"])
            worst = max(worst, scaled)
            if isPrinted:
                print(number, case, optimized, count, scaled, got.ravel()[:6], want.ravel()[:6])
            if scaled > allowed or (isExact and count > 0):
                wrong.append(
                    f"{number} {case['what']}{' optimized' if optimized else ''} {got.dtype}{list(got.shape)}: "
                    f"{count} of {got.size} differ, by {scaled:.3g} units, {allowed} allowed"
                )
    return wrong, worst


def check_share(arguments):
    """Checks every so many-th case, in a process of its own."""
    options, first, step = arguments
    cases = json.loads((options.folder / "cases.json").read_text())
    tensors = load_file(options.folder / "tensors.safetensors")
    return [
        (case["subject"], *check(options.folder, number, case, tensors, options.limit, options.only is not None))
        for number, case in list(enumerate(cases))[first::step]
        if options.only in (None, case["subject"])
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--limit", type=float, default=64, help="units of the last place of the largest element")
    parser.add_argument("--only", help="a subject, whose results are printed")
    options = parser.parse_args()
    began = time.time()
    count = min(4, os.cpu_count() or 1)
    with multiprocessing.get_context("spawn").Pool(count) as pool:
        shares = pool.map(check_share, [(options, first, count) for first in range(count)])
    results = [result for share in shares for result in share]
    failures = collections.defaultdict(list)
    largest = collections.defaultdict(float)
    for subject, wrong, worst in results:
        largest[subject] = max(largest[subject], worst)
        if wrong:
            failures[subject] += wrong
    for subject, wrong in failures.items():
        print(f"{subject}:", *wrong[:3], sep="\n    ")
    worst = sorted(((value, subject) for subject, value in largest.items()), reverse=True)[:5]
    print("largest differences:", ", ".join(f"{subject} {value:.3g}" for value, subject in worst))
    print(f"{len(results)} models, {len(failures)} subjects fail, {time.time() - began:.1f} s")
    return 1 if failures or not results else 0


if __name__ == "__main__":
    sys.exit(main())
