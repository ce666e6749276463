"""Checks exported models with ONNX's checker, runs them in ONNX Runtime, and compares with what Cotangent computed."""

import argparse
import collections
import json
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
        units = np.maximum(scale, np.finfo(want.dtype).tiny) * np.finfo(want.dtype).eps
        scaled = distance / units
    return int(differ.sum()), np.inf if np.isnan(scaled).any() else float(scaled.max())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--limit", type=float, default=64, help="units of the last place of the largest element")
    parser.add_argument("--only", help="a subject, whose results are printed")
    options = parser.parse_args()
    began = time.time()
    cases = json.loads((options.folder / "cases.json").read_text())
    tensors = load_file(options.folder / "tensors.safetensors")
    failures = collections.defaultdict(list)
    worst = collections.defaultdict(float)
    for number, case in enumerate(cases):
        subject = case["subject"]
        if options.only and options.only != subject:
            continue
        data = (options.folder / f"{number}.onnx").read_bytes()
        model = onnx.load_model_from_string(data)
        names = [each.name for each in model.graph.input]
        given = {name: tensors[at] for name, at in zip(names, case["inputs"], strict=True)}
        try:
            onnx.checker.check_model(model, full_check=True)
            onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
            runs = [session(data, optimized).run(None, given) for optimized in (False, True)]
        except Exception as error:
            failures[subject].append(f"{number} {case['what']}: {' '.join(str(error).split())[:300]}")
            continue
        for optimized, results in enumerate(runs):
            for got, at in zip(results, case["outputs"], strict=True):
                want = tensors[at]
                isElementwise = case["isElementwise"]
                count, scaled = difference(got, want, isElementwise)
                if options.only:
                    print(number, case, optimized, count, scaled, got.ravel()[:6], want.ravel()[:6])
                isExact = case["isExact"] and not optimized
                worst[subject] = max(worst[subject], scaled)
                limit = 0 if isExact else 4 if isElementwise else options.limit
                if scaled > limit or (isExact and count > 0):
                    failures[subject].append(
                        f"{number} {case['what']}{' optimized' if optimized else ''} {got.dtype}{list(got.shape)}: "
                        f"{count} of {got.size} differ, {scaled:.3g} of largest{', exact' if isExact else ''}"
                    )
    for subject, list_ in failures.items():
        print(f"{subject}:", *list_[:3], sep="\n    ")
    print("largest:", sorted(((round(v, 1), k) for k, v in worst.items()), reverse=True)[:12])
    print(f"{len(cases)} models, {len(failures)} subjects fail, {time.time() - began:.1f} s")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
