"""Models of one operator each, over the variants of its attributes and versions, with ONNX's own reference results.

    pip install numpy onnx onnxruntime
    python scripts/references/onnx_ops.py

Versions that wrote the committed file: ONNX 1.23, onnxruntime 1.30. The results are those of ONNX's reference
evaluator, except where it lacks a part of the specification: there they are those of onnxruntime. `--onnxruntime`
lists the cases in which the two disagree.

Each case has the bytes of a model in base64, for each version of the operators, the inputs and the outputs. Inputs are multiples of 1/64, or integers.
"""

import base64
import json
import math
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from onnx import TensorProto, checker, helper, numpy_helper, parser
from onnx.defs import get_all_schemas_with_history, get_schema
from onnx.reference import ReferenceEvaluator

onnxruntime.set_default_logger_severity(4)
OUT = Path(__file__).resolve().parents[2] / "packages" / "export" / "test" / "fixtures" / "onnx-ops.json"
CASES = []


def f(*shape, salt=0, low=-2.0, high=2.0):
    """Distinct multiples of 1/64 in [low, high) for up to 128 elements of the default range."""
    steps = int((high - low) * 64)
    n = math.prod(shape)
    return np.array([low + ((i * 37 + salt * 11 + 5) % steps) / 64 for i in range(n)], np.float32).reshape(shape)


def i(*shape, salt=0, low=-3, high=4):
    n = math.prod(shape)
    return np.array([low + (k * 5 + salt * 3) % (high - low) for k in range(n)], np.int64).reshape(shape)


def b(*shape, salt=0):
    return (i(*shape, salt=salt) % 2).astype(bool)


class K:
    """A constant: an input from an initializer of the file."""

    def __init__(self, value, dtype=np.int64):
        self.value = np.array(value, dtype)


def listed(array):
    kind = {"f": "float32", "i": "int32", "b": "bool"}[array.dtype.kind]
    if array.dtype == np.float64:
        kind = "float64"
    texts = {True: "Infinity", False: "-Infinity"}
    values = [
        (None if math.isnan(v) else texts[v > 0] if math.isinf(v) else v) if isinstance(v, float) else int(v)
        for v in (shortest(array) if array.dtype.kind == "f" else array.reshape(-1).tolist())
    ]
    return {"dtype": kind, "shape": list(array.shape), "data": values}


def shortest(array):
    return [float(str(v)) for v in array.reshape(-1)]


def versions(op):
    """The first version that is understood, and the last if the operator changed between."""
    since = min(s.since_version for s in get_all_schemas_with_history() if s.name == op and s.domain == "")
    first = max(13, since)
    return sorted({first, 22} if get_schema(op, first).since_version < get_schema(op, 22).since_version else {first})


def case(op, *given, opsets=None, outputs=1, keep=None, truth="reference", **attributes):
    """
    `given`: arrays are inputs of the graph, K are constants, None is left out. `truth`: "onnxruntime" where the
    reference evaluator contradicts the specification, or lacks a part of it.
    """
    for opset in opsets or versions(op):
        names = ["" if g is None else f"x{k}" for k, g in enumerate(given)]
        results = [f"y{k}" if keep is None or k in keep else "" for k in range(outputs)]
        node = helper.make_node(op, names, results, name="n", **attributes)
        arrays = {n: g for n, g in zip(names, given) if isinstance(g, np.ndarray)}
        constants = [numpy_helper.from_array(g.value, n) for n, g in zip(names, given) if isinstance(g, K)]
        infos = [helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(a.dtype), a.shape) for n, a in arrays.items()]
        graph = helper.make_graph([node], "g", infos, [], constants)
        # The types of the outputs are those of the results, which need a first run.
        wanted = [name for name in results if name]
        graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in wanted)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
        if truth == "reference":
            found = [np.asarray(y) for y in ReferenceEvaluator(model).run(None, arrays)]
        else:
            found = onnxruntime_results(model, arrays, len(wanted))
        del model.graph.output[:]
        model.graph.output.extend(
            helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(y.dtype), y.shape) for n, y in zip(wanted, found)
        )
        parts = [f"{k}={'tensor' if hasattr(v, 'dims') else v}" for k, v in attributes.items()]
        parts += ["-" if g is None else str(g.value.tolist()) if isinstance(g, K) else f"{g.dtype}{list(g.shape)}" for g in given]
        label = f"{op} {', '.join(parts)}"
        add(op, label, opset, model, arrays, dict(zip(wanted, found)))


def add(op, label, opset, model, arrays, outputs):
    if "--onnxruntime" in sys.argv:
        compare(f"{opset} {label}", model, arrays, list(outputs.values()))
    content = {
        "name": label,
        "op": op,
        "inputs": {n: listed(a) for n, a in arrays.items()},
        "outputs": {n: listed(y) for n, y in outputs.items()},
    }
    encoded = base64.b64encode(model.SerializeToString()).decode()
    # Versions with equal results share a case.
    same = next((c for c in CASES if all(c[key] == value for key, value in content.items())), None)
    if same is None:
        CASES.append({**content, "models": {opset: encoded}})
    else:
        same["models"][opset] = encoded


def graph_case(op, label, graph, opset=18, truth="reference", **arrays):
    """A model of several nodes, or with bodies, in ONNX's textual syntax."""
    model = parser.parse_model(f'<ir_version: 8, opset_import: ["" : {opset}]> {graph}')
    checker.check_model(model)
    found = ReferenceEvaluator(model).run(None, arrays) if truth == "reference" else onnxruntime_results(model, arrays)
    add(op, f"{op} {label}", opset, model, arrays, {o.name: np.asarray(y) for o, y in zip(model.graph.output, found)})


def onnxruntime_results(model, arrays, count=None):
    """The types of outputs are not known before the first run, so every type is tried."""
    kinds = [TensorProto.FLOAT, TensorProto.INT64, TensorProto.BOOL, TensorProto.DOUBLE]
    for kind in kinds if count else [None]:
        trial = type(model)()
        trial.CopyFrom(model)
        for output in trial.graph.output if count else []:
            output.type.tensor_type.elem_type = kind
        try:
            return onnxruntime.InferenceSession(trial.SerializeToString()).run(None, arrays)
        except Exception:
            if kind == kinds[-1] or not count:
                raise


def compare(label, model, arrays, found):
    try:
        others = onnxruntime_results(model, arrays)
    except Exception as error:
        print("cannot run", label, str(error)[:90])
        return
    for mine, other in zip(found, others):
        if mine.shape != other.shape or not np.allclose(mine, other, 1e-5, 1e-5, equal_nan=True):
            print("DIFFERS", label, mine.shape, other.shape, mine.reshape(-1)[:6], other.reshape(-1)[:6])


x = f(2, 3)
odd = np.array([-np.inf, -2.5, -1.5, -0.5, -0.0, 0.5, 1.5, 2.5, np.inf, np.nan], np.float32)
for op in "Neg Abs Exp Floor Ceil Round Sign Erf Sigmoid Tanh Relu Softplus Softsign Sin Cos Tan".split():
    case(op, x)
for op in "Atan Sinh Cosh Asinh HardSwish Mish Identity".split():
    case(op, x)
for op in "Floor Ceil Round Sign Relu Abs IsNaN IsInf".split():
    case(op, odd)
for op in "Sqrt Log Reciprocal".split():
    case(op, f(2, 3, low=0.25, high=3))
for op in "Asin Acos Atanh".split():
    case(op, f(2, 3, low=-0.75, high=0.75))
case("Acosh", f(2, 3, low=1.25, high=3))
for op in "Neg Abs Sign".split():
    case(op, i(2, 3))
case("IsInf", odd, detect_negative=0)
case("IsInf", odd, detect_positive=0)
for op in "Add Sub Mul Div".split():
    case(op, f(2, 3), f(3, salt=4, low=0.5))
    case(op, f(2, 1, 3), f(4, 1, salt=4, low=0.5))
    case(op, i(2, 3), i(2, 3, low=1, high=5))
case("Div", np.array([7, -7, 7, -7]), np.array([2, 2, -2, -2]))
case("Pow", f(2, 3, low=0.5), f(3, salt=1))
case("Pow", f(2, 3), K(2.0, np.float32))
case("Pow", f(2, 3), K(3))
case("Pow", i(2, 3), K(2))
for op in "Min Max Sum Mean".split():
    case(op, f(2, 3))
    case(op, f(2, 3), f(3, salt=2), f(2, 1, salt=3))
case("Mod", i(2, 5), np.array([-3, 2, 3, 4, -2]))
case("Mod", i(2, 5), np.array([-3, 2, 3, 4, -2]), fmod=1)
case("Mod", f(2, 5), f(5, salt=2), fmod=1)
for low, high in [(-0.5, 0.75), (None, 0.5), (-0.25, None), (None, None)]:
    given = [None if v is None else K(v, np.float32) for v in (low, high)]
    case("Clip", f(2, 4), *given)
case("Clip", f(2, 4), K(0.5, np.float32))
case("Clip", f(2, 4))
case("LeakyRelu", x)
case("LeakyRelu", x, alpha=0.3)
case("Elu", x)
case("Elu", x, alpha=0.7)
case("Celu", x, alpha=0.7)
case("Selu", x)
case("Selu", x, alpha=1.5, gamma=1.25)
case("PRelu", x, f(3, salt=1))
case("PRelu", f(2, 3, 2), f(3, 1, salt=1))
case("ThresholdedRelu", x, alpha=0.5)
case("Gelu", x)
case("Gelu", x, approximate="tanh")
case("HardSigmoid", f(2, 5, low=-4, high=4))
case("HardSigmoid", f(2, 5, low=-4, high=4), alpha=0.3, beta=0.4)
for op in "Softmax LogSoftmax".split():
    case(op, f(2, 3, 2))
    case(op, f(2, 3, 2), axis=1)
    case(op, f(2, 3, 2), axis=-3)

for op in "Equal Less Greater LessOrEqual GreaterOrEqual".split():
    case(op, f(2, 3), f(1, 3))
    case(op, i(2, 3), i(3, salt=1))
case("Equal", b(2, 3), b(3, salt=1))
for op in "And Or Xor".split():
    case(op, b(2, 3), b(3, salt=1))
case("Not", b(5))
case("Where", b(2, 1), f(2, 3), f(3, salt=2))
case("Where", b(2, 3), i(2, 3), K(7))
case("Where", b(2, 3), b(2, 3, salt=1), b(3, salt=2))

case("MatMul", f(2, 3), f(3, 4, salt=1))
case("MatMul", f(3), f(3, 2, salt=1))
case("MatMul", f(2, 1, 2, 3), f(4, 3, 2, salt=1))
case("MatMul", f(2, 3), f(3, salt=1))
case("Gemm", f(2, 3), f(3, 4, salt=1))
case("Gemm", f(2, 3), f(3, 4, salt=1), f(4, salt=2))
case("Gemm", f(3, 2), f(4, 3, salt=1), f(2, 1, salt=2), transA=1, transB=1, alpha=0.5, beta=2.0)
for equation, shapes in [
    ("bij,bjk->bik", [(2, 2, 3), (2, 3, 2)]),
    ("ij->ji", [(2, 3)]),
    ("ii->i", [(3, 3)]),
    ("i, i ->", [(3,), (3,)]),
    ("...ij,...jk", [(2, 2, 3), (3, 2)]),
    ("bqhd,bkhd->bhqk", [(1, 2, 2, 3), (1, 3, 2, 3)]),
]:
    case("Einsum", *[f(*s, salt=k) for k, s in enumerate(shapes)], equation=equation)

reductions = "ReduceSum ReduceMean ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceSumSquare".split()
for op in [*reductions, "ReduceLogSumExp", "ReduceLogSum"]:
    y = f(2, 3, 2, low=0.25, high=2) if op == "ReduceLogSum" else f(2, 3, 2)
    old = (13,) if op != "ReduceSum" else ()
    new = (13, 22) if op == "ReduceSum" else (18, 22)
    if old:
        case(op, y, axes=[1], opsets=old)
        case(op, y, axes=[0, -1], keepdims=0, opsets=old)
        case(op, y, opsets=old)
    case(op, y, K([1]), opsets=new)
    case(op, y, K([-1, 0]), keepdims=0, opsets=new)
    case(op, y, opsets=new)
    case(op, y, keepdims=0, opsets=new)
    case(op, y, K([]), noop_with_empty_axes=1, opsets=new)
for op in "ReduceSum ReduceMax ReduceMin ReduceProd ReduceL1 ReduceSumSquare".split():
    case(op, i(2, 3), K([1]), opsets=(18,) if op != "ReduceSum" else (13,))
case("ReduceMax", b(2, 3), K([1]), opsets=(20,))
case("ReduceMin", b(2, 3), K([0]), opsets=(20,))
ties = np.array([[1, 3, 3], [2, 0, 2]], np.float32)
for op in "ArgMax ArgMin".split():
    case(op, ties)
    case(op, ties, axis=1, keepdims=0)
    case(op, ties, axis=-1, select_last_index=1)
case("TopK", f(3, 4), K([2]), outputs=2)
case("TopK", f(3, 4), K([2]), outputs=2, axis=0, largest=0)
case("TopK", f(3, 4), K([3]), outputs=2, keep=[0], axis=1)
for attributes in [{}, {"exclusive": 1}, {"reverse": 1}, {"exclusive": 1, "reverse": 1}]:
    case("CumSum", f(2, 4), K(1), **attributes)
    case("CumSum", f(2, 4), K(-2), **attributes)

case("Conv", f(2, 2, 7), f(3, 2, 3, salt=1))
case("Conv", f(1, 2, 5, 6), f(3, 2, 3, 2, salt=1), f(3, salt=2), strides=[2, 1], pads=[1, 0, 2, 1])
case("Conv", f(1, 4, 5, 6), f(4, 2, 3, 2, salt=1), f(4, salt=2), group=2, dilations=[1, 2], kernel_shape=[3, 2])
case("Conv", f(1, 4, 4, 4), f(4, 1, 3, 3, salt=1), group=4, auto_pad="SAME_UPPER", strides=[2, 2])
case("Conv", f(1, 1, 4, 5), f(1, 1, 2, 2, salt=1), auto_pad="SAME_LOWER")
case("Conv", f(1, 1, 4, 5), f(1, 1, 2, 2, salt=1), auto_pad="SAME_UPPER")
case("Conv", f(1, 1, 4, 5), f(1, 1, 2, 2, salt=1), auto_pad="VALID")
case("Conv", f(1, 1, 3, 3, 3), f(1, 1, 2, 2, 2, salt=1))
case("ConvTranspose", f(1, 2, 4), f(2, 3, 3, salt=1))
case("ConvTranspose", f(1, 2, 3, 4), f(2, 1, 3, 2, salt=1), f(1, salt=2), strides=[2, 3], pads=[1, 0, 1, 1])
case("ConvTranspose", f(1, 4, 3, 3), f(4, 1, 3, 3, salt=1), group=2, strides=[2, 2], output_padding=[1, 1], pads=[1, 1, 1, 1], truth="onnxruntime")
case("ConvTranspose", f(1, 1, 3, 3), f(1, 1, 3, 3, salt=1), dilations=[2, 2])
case("ConvTranspose", f(1, 1, 3, 3), f(1, 1, 3, 3, salt=1), strides=[2, 2], auto_pad="SAME_UPPER")
case("ConvTranspose", f(1, 1, 3, 3), f(1, 1, 3, 3, salt=1), strides=[2, 2], auto_pad="SAME_LOWER")
case("ConvTranspose", f(1, 1, 3, 3), f(1, 1, 3, 3, salt=1), strides=[2, 2], output_shape=[6, 6], truth="onnxruntime")
image = f(1, 2, 5, 6)
for op in "MaxPool AveragePool".split():
    case(op, f(1, 2, 7), kernel_shape=[3])
    case(op, image, kernel_shape=[2, 3], strides=[2, 1])
    case(op, image, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 0])
    case(op, image, kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)
    case(op, image, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], ceil_mode=1)
    case(op, image, kernel_shape=[2, 2], strides=[2, 2], auto_pad="SAME_UPPER")
    case(op, image, kernel_shape=[2, 2], strides=[2, 2], auto_pad="SAME_LOWER", truth="onnxruntime")
    case(op, image, kernel_shape=[2, 2], auto_pad="VALID")
    case(op, image, kernel_shape=[2, 2], dilations=[2, 3], opsets=(13, 22) if op == "MaxPool" else (19, 22))
case("AveragePool", image, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 0], count_include_pad=1)
case("AveragePool", image, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], count_include_pad=1, ceil_mode=1)
for op in "GlobalAveragePool GlobalMaxPool".split():
    case(op, image)
    case(op, f(2, 3, 4), truth="onnxruntime")

statistics = [f(3, salt=k, low=0.25, high=2) for k in range(4)]
case("BatchNormalization", f(2, 3, 2), *statistics, opsets=(14, 22))
case("BatchNormalization", f(2, 3, 2, 2), *statistics, epsilon=0.01, momentum=0.5, opsets=(13, 15), truth="onnxruntime")
case("BatchNormalization", f(4, 3), *statistics, opsets=(14,))
case("InstanceNormalization", f(2, 3, 2, 2), f(3), f(3, salt=1))
case("InstanceNormalization", f(2, 3, 4), f(3), f(3, salt=1), epsilon=0.01)
case("LayerNormalization", f(2, 3, 4), f(4), f(4, salt=1))
case("LayerNormalization", f(2, 3, 4), f(3, 4), axis=1, epsilon=0.01)
case("LayerNormalization", f(2, 3, 4), f(4), f(4, salt=1), outputs=3)
case("GroupNormalization", f(2, 4, 3), f(4), f(4, salt=1), num_groups=2, opsets=(21, 22))
case("GroupNormalization", f(2, 4, 3), f(2), f(2, salt=1), num_groups=2, opsets=(18,))
case("GroupNormalization", f(2, 4, 2, 2), f(4), f(4, salt=1), num_groups=4, epsilon=0.01, opsets=(21,))

case("Shape", f(2, 3, 4))
case("Shape", f(2, 3, 4), start=1, opsets=(15, 22))
case("Shape", f(2, 3, 4), start=-2, end=-1, opsets=(15, 22))
case("Size", f(2, 3, 4))
case("Reshape", f(2, 3, 4), K([4, -1]))
case("Reshape", f(2, 3, 4), K([0, 2, -1, 0][:3]))
case("Reshape", f(2, 0, 3), K([0, 2, 3]), allowzero=1, opsets=(14, 22))
case("Reshape", f(1), K([]))
for axis in [0, 1, 2, -1]:
    case("Flatten", f(2, 3, 4), axis=axis)
case("Transpose", f(2, 3, 4))
case("Transpose", f(2, 3, 4), perm=[1, 0, 2])
case("Squeeze", f(1, 3, 1))
case("Squeeze", f(1, 3, 1), K([0]))
case("Squeeze", f(1, 3, 1), K([-1, 0]))
case("Unsqueeze", f(2, 3), K([0]))
case("Unsqueeze", f(2, 3), K([3, 0]))
case("Unsqueeze", f(2, 3), K([-1, 1]))
case("Concat", f(2, 3), f(1, 3, salt=1), axis=0)
case("Concat", f(2, 3), f(2, 1, salt=1), f(2, 2, salt=2), axis=-1)
case("Concat", i(2), i(3), axis=0)
case("Split", f(4, 3), outputs=2, opsets=(13,))
case("Split", f(4, 3), K([1, 3]), outputs=2)
case("Split", f(2, 5), K([2, 3]), outputs=2, axis=1)
case("Split", f(2, 5), outputs=2, axis=-1, num_outputs=2, opsets=(18, 22))
largest = 2**63 - 1
case("Slice", f(4, 5), K([1, 0]), K([3, largest]))
case("Slice", f(4, 5), K([-3]), K([-1]), K([1]))
case("Slice", f(4, 5), K([0]), K([largest]), K([-1]), K([2]))
case("Slice", f(4, 5), K([-1, 3]), K([-largest, 0]), K([0, 1]), K([-1, -2]))
case("Slice", f(4, 5), K([3]), K([1]), K([0]))
case("Slice", i(6), K([1]), K([4]))
case("Expand", f(3, 1), K([2, 1, 4]))
case("Expand", f(3, 4), K([1, 1]))
for mode in ("DCR", "CRD"):
    case("DepthToSpace", f(2, 8, 2, 3), blocksize=2, mode=mode)
case("SpaceToDepth", f(2, 2, 4, 6), blocksize=2)
case("EyeLike", f(3, 4))
case("EyeLike", i(3, 3), k=-1)
case("EyeLike", f(2, 3), k=1, dtype=TensorProto.DOUBLE)
case("Tile", f(2, 3), K([2, 1]))
case("Tile", f(2), K([3]))
case("Pad", f(2, 3), K([1, 0, 0, 2]))
case("Pad", f(2, 3), K([1, 0, 0, 2]), K(1.5, np.float32))
case("Pad", f(3, 4), K([-1, 1, 0, -2]), truth="onnxruntime")
case("Pad", f(3, 4), K([1, 2]), None, K([-1]), opsets=(18, 22))
for mode in ["reflect", "edge"]:
    case("Pad", f(3, 4), K([1, 2, 2, 1]), mode=mode)
case("Pad", f(3, 4), K([1, 2, 2, 1]), mode="wrap", opsets=(19, 22))
scales = lambda *values: K(list(values), np.float32)
picture = f(1, 1, 3, 4)
for place in ["half_pixel", "pytorch_half_pixel", "asymmetric", "align_corners"]:
    for rounding in ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"]:
        case("Resize", picture, None, scales(1, 1, 2, 1.5), coordinate_transformation_mode=place, nearest_mode=rounding, opsets=(13,))
    case("Resize", picture, None, scales(1, 1, 2, 0.5), coordinate_transformation_mode=place, mode="linear", opsets=(13, 19))
    case("Resize", picture, None, None, K([1, 1, 5, 3]), coordinate_transformation_mode=place, mode="linear", opsets=(22,))
case("Resize", picture, None, None, K([1, 1, 6, 2]))
case("Resize", picture, None, scales(2, 2), axes=[2, 3], opsets=(18, 22))

for axis, index in [(0, i(2, 2, low=-3, high=3)), (1, i(3, low=-4, high=4)), (-1, np.array(2))]:
    case("Gather", f(3, 4), index, axis=axis)
case("Gather", i(4), K(-1))
case("GatherElements", f(3, 4), i(2, 4, low=-3, high=3))
case("GatherElements", f(3, 4), i(2, 3, low=-4, high=4), axis=1, truth="onnxruntime")
case("GatherND", f(3, 4, 2), i(2, 2, low=-3, high=3))
case("GatherND", f(3, 4, 2), i(2, 3, 1, low=-3, high=3))
case("GatherND", f(2, 3, 4), i(2, 2, 1, low=-3, high=3), batch_dims=1)
case("ScatterElements", f(3, 4), np.array([[0, 2, 1, 0], [2, 1, -3, 1]]), f(2, 4, salt=3))
case("ScatterElements", f(3, 4), np.array([[1, -1], [0, 2]]), f(2, 2, salt=3), axis=1)
case("ScatterElements", f(3, 4), np.array([[1, 1], [0, 2]]), f(2, 2, salt=3), axis=1, reduction="add", opsets=(16, 22))
case("ScatterND", f(4, 3), np.array([[1], [-1]]), f(2, 3, salt=3))
case("ScatterND", f(4, 3), np.array([[[1, 2], [0, 0]]]), f(1, 2, salt=3))
case("ScatterND", f(4, 3), np.array([[1], [1]]), f(2, 3, salt=3), reduction="add", opsets=(16, 22))
for how in ("max", "min"):
    case("ScatterElements", f(3, 4), np.array([[1, 1], [0, 2]]), f(2, 2, salt=3), axis=1, reduction=how, opsets=(18,))
    case("ScatterND", f(4, 3), np.array([[1], [1]]), f(2, 3, salt=3), reduction=how, opsets=(18,))
case("OneHot", i(2, 3, low=-1, high=5), K(4), f(2))
case("OneHot", i(2, 3, low=0, high=4), K(4), K([0, 1]), axis=0)
case("OneHot", i(2, low=0, high=4), K([4]), K([-1.0, 2.0], np.float32), axis=1, truth="onnxruntime")
case("Trilu", f(3, 4))
case("Trilu", f(2, 3, 3), K(1), upper=0)
case("Trilu", b(3, 3), K(-1))
case("Trilu", i(3, 4), K(1), upper=1)

case("Constant", value=numpy_helper.from_array(f(2, 2)))
case("Constant", value_float=1.5)
case("Constant", value_floats=[1.5, -2.0])
case("Constant", value_int=-3)
case("Constant", value_ints=[1, 2, 3])
case("ConstantOfShape", K([2, 3]))
case("ConstantOfShape", K([2]), value=numpy_helper.from_array(np.array([7])))
case("ConstantOfShape", K([]), value=numpy_helper.from_array(np.array([True])))
case("Range", K(1), K(8), K(3))
case("Range", K(5), K(0), K(-2))
case("Range", K(0.5, np.float32), K(2.5, np.float32), K(0.5, np.float32))
signed = np.array([-2.75, -0.5, 0.0, 0.5, 2.75], np.float32)
for to in [TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.INT32, TensorProto.INT64, TensorProto.BOOL]:
    case("Cast", signed, to=to)
    case("Cast", i(5), to=to)
    case("Cast", b(5), to=to)
case("CastLike", signed, i(1))
case("CastLike", i(5), f(1))
case("Dropout", f(2, 3))
case("Dropout", f(2, 3), K(0.25, np.float32), K(False, bool), outputs=2)

for op, gates in [("RNN", 1), ("GRU", 3), ("LSTM", 4)]:
    many = 3 if op == "LSTM" else 2
    for direction, d in [("forward", 1), ("reverse", 1), ("bidirectional", 2)]:
        w, r = f(d, gates * 2, 3, low=-1, high=1), f(d, gates * 2, 2, salt=1, low=-1, high=1)
        bias = f(d, gates * 4, salt=2, low=-1, high=1)
        states = [f(d, 2, 2, salt=k, low=-1, high=1) for k in range(many - 1)]
        shared = {"hidden_size": 2, "direction": direction, "outputs": many}
        case(op, f(4, 2, 3), w, r, opsets=(14,), **shared)
        case(op, f(4, 2, 3), w, r, bias, None, *states, opsets=(14, 22), **shared)
        if op == "GRU":
            case(op, f(4, 2, 3), w, r, bias, None, *states, opsets=(14,), linear_before_reset=1, **shared)
case("RNN", f(4, 2, 3), f(1, 2, 3), f(1, 2, 2, salt=1), hidden_size=2, activations=["Relu"], outputs=2, opsets=(14,), truth="onnxruntime")
case("LSTM", f(2, 4, 3), f(1, 8, 3), f(1, 8, 2, salt=1), hidden_size=2, layout=1, outputs=3, opsets=(14,))

pattern = np.array([[0, 1, -1], [7, -(2**31), 2**31 - 1]], np.int32)
for op in "BitwiseAnd BitwiseOr BitwiseXor".split():
    case(op, pattern, np.array([12, -5, 1 << 30], np.int32))
case("BitwiseNot", pattern)
for direction in ("LEFT", "RIGHT"):
    graph_case(
        "BitShift",
        f"{direction} of int32, as uint32",
        f"""g (int32[2, 3] x, int32[3] n) => (int32[2, 3] y) {{
            bits = Cast <to = 12> (x)
            count = Cast <to = 12> (n)
            moved = BitShift <direction = "{direction}"> (bits, count)
            both = BitwiseXor (moved, count)
            y = Cast <to = 6> (both)
        }}""",
        x=pattern,
        n=np.array([0, 5, 31], np.int32),
    )

BRANCHES = """g (float[2, 3] x, bool{axes} c) => (float[2, 3] y, float[3] z) {{
    y, z = If (c) <
        then_branch = one () => (float[2, 3] a, float[3] b) {{
            a = Neg (x)
            axes = Constant <value_ints = [0]> ()
            b = ReduceSum <keepdims = 0> (a, axes)
        }},
        else_branch = other () => (float[2, 3] p, float[3] q) {{
            p = Identity (x)
            axes2 = Constant <value_ints = [0]> ()
            q = ReduceMax <keepdims = 0> (p, axes2)
        }}>
}}"""
for value in (True, False):
    graph_case("If", f"{value}", BRANCHES.format(axes=""), x=f(2, 3), c=np.array(value))
graph_case("If", "with an axis", BRANCHES.format(axes="[1]"), x=f(2, 3), c=np.array([True]), truth="onnxruntime")
graph_case(
    "If",
    "on a shape, with results of different ranks",
    """g (float[n, 3] x) => (float[k] y) {
        size = Shape <end = 1> (x)
        one = Constant <value_ints = [1]> ()
        first = Constant <value_ints = [0]> ()
        is_one = Equal (size, one)
        y = If (is_one) <
            then_branch = dropped () => (float[m] a) { a = Squeeze (x, first) },
            else_branch = kept () => (float[m, 3] b) { b = Neg (x) }>
    }""",
    x=f(1, 3),
    truth="onnxruntime",
)
COUNTED = """g (float[3] x, float[4, 3] rows) => (float[3] y, float[s, 3] ys)
    <int64 steps = {STEPS}, bool yes = {YES}> {
    y, ys = Loop (LIMIT, CONDITION, x) <
        body = step (int64 i, bool c, float[3] h) => (bool goes_on, float[3] next, float[3] out) {
            row = Gather (rows, i)
            sum = Add (h, row)
            next = Tanh (sum)
            out = Mul (next, h)
            goes_on = Identity (c)
        }>
}"""
for steps, yes, limit, condition in [(4, 1, "steps", "yes"), (3, 1, "steps", ""), (4, 0, "steps", "yes")]:
    text = COUNTED.replace("STEPS", str(steps)).replace("YES", str(yes))
    graph_case("Loop", f"of {steps} steps, {bool(yes)}, {condition or 'no condition'}", text.replace("LIMIT", limit).replace("CONDITION", condition or '""'), x=f(3), rows=f(4, 3, salt=2), truth="onnxruntime")  # fmt: skip
WHILE = """g (float[3] x) => (float[3] y) <int64 steps = {9}, float bound = {40.0}, bool yes = {1}> {
    y = Loop (LIMIT, yes, x) <
        body = step (int64 i, bool c, float[3] h) => (bool goes_on, float[3] next) {
            double = Add (h, h)
            next = Mul (double, x)
            squares = ReduceSumSquare <keepdims = 0> (next)
            goes_on = Less (squares, bound)
        }>
}"""
for limit, label in [("steps", "9 steps"), ('""', "no limit")]:
    text = WHILE.replace("LIMIT", limit)
    graph_case("Loop", f"until a bound, {label}", text, x=f(3, low=1, high=2), truth="onnxruntime")
SCAN = """g (float[2] h, float[2, 3] x, float[3, 2] z) => (float[2] last, float[2, 3] ys, float[3] zs) {
    last, ys, zs = Scan <num_scan_inputs = 2, ATTRIBUTES body = step (float[2] c, float[2] a, float[2] b)
        => (float[2] next, float[2] y, float w) {
            product = Mul (c, a)
            sum = Add (product, b)
            next = Tanh (sum)
            y = Add (next, h)
            w = ReduceSum <keepdims = 0> (product)
        }> (h, x, z)
}"""
for attributes in (
    "scan_input_axes = [1, 0], scan_output_axes = [1, 0],",
    "scan_input_axes = [-1, 0], scan_output_axes = [-1, 0], scan_input_directions = [1, 0], scan_output_directions = [0, 1],",
    "scan_input_axes = [1, 0], scan_output_axes = [1, 0], scan_input_directions = [1, 1], scan_output_directions = [1, 1],",
):
    graph_case("Scan", attributes[:-1], SCAN.replace("ATTRIBUTES", attributes), h=f(2), x=f(2, 3, salt=1), z=f(3, 2, salt=2), truth="onnxruntime")

OUT.write_text("[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in CASES) + "\n]\n")
print(len(CASES), "cases of", len({c["op"] for c in CASES}), "operators,", OUT.stat().st_size // 1000, "kB")
