"""Values, gradients and Hessian-vector products of convolutions and pools in PyTorch, float64.

The loss is sum(c y) + sum(y y) / 2. Inputs, c and directions follow from formulas that the test repeats.
"""
import json
import pathlib

import torch
import torch.nn.functional as F

torch.set_num_threads(1)
OUT = pathlib.Path(__file__).parents[2] / "packages/core/test/ops/windows/golden/pytorch.json"


def numbers(size, salt):
    """Distinct numbers for sizes up to 509."""
    return [((i * 37 + salt) % 509) / 64 - 4 for i in range(size)]


def weights(size):
    return [((i * 7) % 11 - 5) / 4 for i in range(size)]


def direction(size, salt):
    return [((i * 5 + salt) % 13 - 6) / 8 for i in range(size)]


def make(values, shape):
    return torch.tensor(values, dtype=torch.float64).reshape(shape)


def size_of(shape):
    n = 1
    for each in shape:
        n *= each
    return n


def last(x, spatial):
    """Channels first to channels last."""
    return x.movedim(x.dim() - spatial - 1, -1)


def first(x, spatial):
    return x.movedim(-1, x.dim() - spatial - 1)


def kernel_first(w):
    """[...window, in, out] to [out, in, ...window]."""
    return w.movedim(-1, 0).movedim(-1, 1)


CASES = []


def case(call, shapes, f, options, arguments=()):
    inputs = [make(numbers(size_of(s), 11 * k), s).requires_grad_() for k, s in enumerate(shapes)]
    directions = [make(direction(size_of(s), k), s) for k, s in enumerate(shapes)]
    y = f(*inputs)
    c = make(weights(y.numel()), y.shape)
    loss = (c * y).sum() + (y * y).sum() / 2
    grads = torch.autograd.grad(loss, inputs, create_graph=True)
    dot = sum((g * v).sum() for g, v in zip(grads, directions))
    hvps = torch.autograd.grad(dot, inputs)
    flat = lambda t: t.detach().reshape(-1).tolist()
    CASES.append(
        dict(
            call=call,
            shapes=shapes,
            arguments=list(arguments),
            options=options,
            shape=list(y.shape),
            value=flat(y),
            gradients=[flat(g) for g in grads],
            products=[flat(h) for h in hvps],
        )
    )


CONV = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
TRANS = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}
FIRST = {1: "NCW", 2: "NCHW", 3: "NCDHW"}


def conv(n, x, w, channels_last=False, pad=None, **options):
    """`pad` is what PyTorch gets where options say 'same', or pairs."""
    groups, stride, dilation = options.get("groups", 1), options.get("stride", 1), options.get("dilation", 1)
    padding = options.get("padding", 0)

    def f(a, b):
        if channels_last:
            a, b = first(a, n), kernel_first(b)
        lead = a.shape[: -n - 1]
        a = a.reshape((-1,) + a.shape[-n - 1 :])
        p = padding
        if pad is not None:
            a, p = F.pad(a, pad), 0
        y = CONV[n](a, b, None, stride, p, dilation, groups)
        y = y.reshape(lead + y.shape[1:])
        return last(y, n) if channels_last else y

    given = dict(options) if channels_last else dict(options, layout=FIRST[n])
    case(f"conv{n}d", [x, w], f, given)


conv(1, [2, 3, 7], [4, 3, 3])
conv(1, [2, 7, 3], [3, 3, 4], channels_last=True, stride=2, padding=1)
conv(1, [5, 2], [2, 2, 3], channels_last=True)
conv(1, [1, 4, 9], [6, 2, 3], groups=2, dilation=2, padding=2)
conv(2, [2, 2, 5, 6], [3, 2, 3, 2])
conv(2, [2, 5, 6, 2], [3, 2, 2, 3], channels_last=True)
conv(2, [2, 5, 6, 2], [3, 3, 2, 3], channels_last=True, pad=(0, 0, 1, 1, 1, 1)[2:], padding="same")
conv(2, [1, 6, 6, 2], [2, 2, 2, 3], channels_last=True, pad=(0, 1, 0, 1), padding="same")
conv(2, [1, 2, 6, 7], [3, 2, 3, 3], stride=2, padding="same", pad=(1, 1, 0, 1))
conv(2, [1, 2, 7, 7], [3, 2, 3, 3], stride=[2, 3], padding=[1, 2], dilation=[2, 1])
conv(2, [1, 3, 6, 6], [3, 1, 3, 3], groups=3, padding=1)
conv(2, [2, 6, 6, 3], [3, 3, 1, 3], channels_last=True, groups=3, padding=1)
conv(2, [2, 6, 5, 3], [3, 3, 1, 3], channels_last=True, groups=3, stride=2)
conv(2, [1, 5, 5, 2], [2, 2, 1, 4], channels_last=True, groups=2)
conv(2, [2, 1, 3, 4, 4], [2, 3, 1, 1])
conv(2, [2, 1, 4, 4, 3], [2, 2, 3, 2], channels_last=True)
conv(2, [1, 1, 5, 5], [1, 1, 3, 3], padding=1)
conv(2, [1, 5, 4, 2], [2, 2, 2, 2], channels_last=True, padding=[[1, 0], [2, 1]], pad=(2, 1, 1, 0))
conv(3, [1, 2, 4, 3, 4], [2, 2, 2, 2, 2], stride=[1, 1, 2], padding=1)
conv(3, [1, 3, 4, 3, 2], [2, 1, 2, 2, 2], channels_last=True)


def trans(n, x, w, channels_last=False, **options):
    groups, stride, dilation = options.get("groups", 1), options.get("stride", 1), options.get("dilation", 1)
    padding, extra = options.get("padding", 0), options.get("outputPadding", 0)

    def f(a, b):
        if channels_last:
            a, b = first(a, n), kernel_first(b)
        y = TRANS[n](a, b, None, stride, padding, extra, groups, dilation)
        return last(y, n) if channels_last else y

    given = dict(options) if channels_last else dict(options, layout=FIRST[n])
    case(f"convTranspose{n}d", [x, w], f, given)


trans(1, [2, 3, 5], [3, 2, 3])
trans(1, [2, 5, 3], [3, 2, 3], channels_last=True, stride=2, padding=1, outputPadding=1)
trans(2, [1, 2, 4, 3], [2, 3, 3, 2], stride=2)
trans(2, [1, 4, 3, 2], [3, 2, 3, 2], channels_last=True, stride=[2, 3], padding=[1, 0], outputPadding=[1, 2])
trans(2, [1, 4, 3, 3], [4, 2, 2, 3], groups=2, stride=2, padding=1)
trans(2, [1, 2, 4, 4], [2, 1, 3, 3], groups=2, dilation=2)
trans(3, [1, 2, 2, 3, 2], [2, 2, 2, 2, 2], stride=2, padding=1)


def pool(call, n, x, kernel, g, channels_last=False, **options):
    def f(a):
        if channels_last:
            a = first(a, n)
        lead = a.shape[: -n - 1]
        y = g(a.reshape((-1,) + a.shape[-n - 1 :]))
        y = y.reshape(lead + y.shape[1:])
        return last(y, n) if channels_last else y

    given = dict(options) if channels_last else dict(options, layout=FIRST[n])
    case(call, [x], f, given, [kernel])


pool("maxPool", 2, [2, 3, 6, 6], 2, lambda a: F.max_pool2d(a, 2))
pool("maxPool", 2, [2, 6, 6, 3], 2, lambda a: F.max_pool2d(a, 2), channels_last=True)
pool("maxPool", 2, [1, 7, 7, 2], [3, 3], lambda a: F.max_pool2d(a, 3, 2, 1), channels_last=True, stride=2, padding=1)
pool("maxPool", 2, [1, 2, 7, 6], [2, 3], lambda a: F.max_pool2d(a, (2, 3), 1, (1, 1), (2, 1)), stride=1, padding=1, dilation=[2, 1])
pool("maxPool", 1, [2, 2, 9], [3], lambda a: F.max_pool1d(a, 3))
pool("maxPool", 3, [1, 2, 4, 4, 4], 2, lambda a: F.max_pool3d(a, 2))
pool("averagePool", 2, [2, 6, 6, 3], 2, lambda a: F.avg_pool2d(a, 2), channels_last=True)
pool("averagePool", 2, [1, 2, 7, 7], 3, lambda a: F.avg_pool2d(a, 3, 2, 1, count_include_pad=False), stride=2, padding=1)
pool("averagePool", 2, [1, 7, 6, 2], [3, 2], lambda a: F.avg_pool2d(a, (3, 2), (1, 2), (1, 1), count_include_pad=False), channels_last=True, stride=[1, 2], padding=1)
pool("averagePool", 1, [3, 7, 2], [3], lambda a: F.avg_pool1d(a, 3, 1, 1, count_include_pad=False), channels_last=True, stride=1, padding=1)
pool("averagePool", 3, [1, 2, 4, 4, 4], [2, 2, 2], lambda a: F.avg_pool3d(a, 2))
pool("adaptiveAveragePool", 2, [2, 3, 7, 5], [3, 2], lambda a: F.adaptive_avg_pool2d(a, (3, 2)))
pool("adaptiveAveragePool", 2, [2, 6, 8, 2], [3, 4], lambda a: F.adaptive_avg_pool2d(a, (3, 4)), channels_last=True)
pool("adaptiveAveragePool", 2, [1, 4, 5, 2], 1, lambda a: F.adaptive_avg_pool2d(a, 1), channels_last=True)
pool("adaptiveAveragePool", 1, [1, 3, 4], [7], lambda a: F.adaptive_avg_pool1d(a, 7))
pool("adaptiveMaxPool", 2, [2, 2, 7, 5], [3, 2], lambda a: F.adaptive_max_pool2d(a, (3, 2)))
pool("adaptiveMaxPool", 2, [1, 6, 8, 2], [3, 5], lambda a: F.adaptive_max_pool2d(a, (3, 5)), channels_last=True)


def unfold_case(x, kernel, **options):
    def f(a):
        stride, padding, dilation = options.get("stride", 1), options.get("padding", 0), options.get("dilation", 1)
        y = F.unfold(a, kernel, dilation, padding, stride)
        counts = [
            (s + 2 * padding - dilation * (k - 1) - 1) // stride + 1 for s, k in zip(a.shape[2:], kernel)
        ]
        return y.reshape(a.shape[:2] + tuple(kernel) + tuple(counts))

    case("unfold", [x], f, dict(options, layout="NCHW"), [kernel])


def fold_case(windows, size, **options):
    def f(a):
        n, c, p, q, h, w = a.shape
        stride, padding, dilation = options.get("stride", 1), options.get("padding", 0), options.get("dilation", 1)
        return F.fold(a.reshape(n, c * p * q, h * w), size, (p, q), dilation, padding, stride)

    case("fold", [windows], f, dict(options, layout="NCHW"), [size])


unfold_case([1, 2, 5, 6], [3, 2])
unfold_case([2, 2, 6, 5], [2, 3], stride=2, padding=1)
fold_case([1, 2, 3, 2, 3, 5], [5, 6])
fold_case([1, 2, 2, 2, 4, 4], [7, 7], stride=2, padding=1, dilation=2)

OUT.parent.mkdir(parents=True, exist_ok=True)
rounded = json.dumps(CASES)
OUT.write_text(rounded + "\n")
print(len(CASES), "cases,", len(rounded), "bytes")
