"""Values, gradients and Hessian-vector products of layers in PyTorch, float64, and a file of their weights.

    pip install numpy safetensors torch
    python scripts/references/layers.py

Writes packages/nn/test/layers/golden/pytorch.json and layers.safetensors beside it. The loss is sum(c y) + sum(y y) / 2.
Inputs, parameters, c and directions follow from formulas that the test repeats. Versions that wrote the committed
files: safetensors 0.8, PyTorch 2.13.
"""
import json
import pathlib

import torch
from safetensors.torch import save_file
from torch import nn

torch.set_num_threads(1)
OUT = pathlib.Path(__file__).resolve().parents[2] / "packages/nn/test/layers/golden"


def from_formula(shape, f):
    size = 1
    for each in shape:
        size *= each
    return torch.tensor([f(i) for i in range(size)], dtype=torch.float64).reshape(list(shape))


def numbers(shape, salt):
    """Distinct numbers for sizes up to 509."""
    return from_formula(shape, lambda i: ((i * 37 + salt) % 509) / 128 - 2)


def weights(shape):
    return from_formula(shape, lambda i: ((i * 7) % 11 - 5) / 4)


def direction(shape, salt):
    return from_formula(shape, lambda i: ((i * 5 + salt) % 13 - 6) / 8)


def flat(t):
    return t.detach().reshape(-1).tolist()


CASES = []


def case(make, arguments, options, module, shape, move=False, training=None, indices=None, **rest):
    """`move` brings the channels from the last axis of x to axis 1, and back."""
    module = module.double()
    named = dict(module.named_parameters())
    for k, parameter in enumerate(named.values()):
        parameter.data = numbers(parameter.shape, 11 * (k + 1))
    if training is not None:
        module.train(training)
        module.running_mean.copy_(numbers(module.running_mean.shape, 5))
        module.running_var.copy_(numbers(module.running_var.shape, 7).abs() + 0.5)
    inputs = list(named.values())
    if indices is None:
        x = numbers(shape, 0).requires_grad_()
        inputs.append(x)
    else:
        x = torch.tensor(indices)
    y = module(x.movedim(-1, 1)).movedim(1, -1) if move else module(x)
    loss = (weights(y.shape) * y).sum() + (y * y).sum() / 2
    gradients = torch.autograd.grad(loss, inputs, create_graph=True)
    dot = sum((g * direction(g.shape, k)).sum() for k, g in enumerate(gradients))
    products = torch.autograd.grad(dot, inputs, materialize_grads=True)
    statistics = {} if training is None else dict(statistics=[flat(module.running_mean), flat(module.running_var)])
    CASES.append(
        dict(
            make=make,
            arguments=arguments,
            options=options,
            parameters=list(named),
            training=training,
            input=list(shape) if indices is None else None,
            indices=indices,
            shape=list(y.shape),
            value=flat(y),
            gradients=[flat(g) for g in gradients],
            products=[flat(p) for p in products],
            **statistics,
            **rest,
        )
    )


case("convolutional1d", [3, 4, 3], dict(layout="NCW", stride=2, padding=1), nn.Conv1d(3, 4, 3, 2, 1), [2, 3, 7])
case("convolutional1d", [4, 6, [2]], dict(groups=2, dilation=2, bias=False), nn.Conv1d(4, 6, 2, dilation=2, groups=2, bias=False), [2, 7, 4], move=True)
case("convolutional2d", [2, 3, 3], dict(layout="NCHW", padding=1), nn.Conv2d(2, 3, 3, padding=1), [2, 2, 5, 4])
case("convolutional2d", [2, 3, [3, 2]], dict(stride=[2, 1], dilation=[1, 2]), nn.Conv2d(2, 3, (3, 2), (2, 1), dilation=(1, 2)), [2, 6, 5, 2], move=True)
case("convolutional2d", [4, 4, 3], dict(padding="same", groups=4), nn.Conv2d(4, 4, 3, padding="same", groups=4), [1, 4, 5, 4], move=True)
case("convolutional2d", [2, 2, 3], dict(layout="NCHW", padding="same", bias=False), nn.Conv2d(2, 2, 3, padding="same", bias=False), [1, 2, 4, 5])
case("transposedConvolutional1d", [3, 4, 3], dict(layout="NCW", stride=2, padding=1, outputPadding=1), nn.ConvTranspose1d(3, 4, 3, 2, 1, 1), [2, 3, 4])
case("transposedConvolutional1d", [4, 2, 3], dict(groups=2, dilation=2), nn.ConvTranspose1d(4, 2, 3, groups=2, dilation=2), [2, 4, 4], move=True)
case("transposedConvolutional2d", [2, 3, 3], dict(layout="NCHW", stride=2), nn.ConvTranspose2d(2, 3, 3, 2), [1, 2, 3, 4])
case("transposedConvolutional2d", [4, 6, [2, 3]], dict(stride=[2, 1], padding=[1, 0], groups=2, bias=False), nn.ConvTranspose2d(4, 6, (2, 3), (2, 1), (1, 0), groups=2, bias=False), [1, 3, 4, 4], move=True)
case("maxPooling", [2], dict(layout="NCHW"), nn.MaxPool2d(2), [2, 2, 4, 6])
case("maxPooling", [3], dict(stride=2, padding=1), nn.MaxPool2d(3, 2, 1), [2, 5, 6, 2], move=True)
case("maxPooling", [[2]], dict(stride=1, dilation=2, layout="NCW"), nn.MaxPool1d(2, 1, dilation=2), [2, 2, 6])
case("averagePooling", [3], dict(stride=2, padding=1), nn.AvgPool2d(3, 2, 1, count_include_pad=False), [2, 5, 6, 2], move=True)
case("adaptiveAveragePooling", [[2, 3]], dict(), nn.AdaptiveAvgPool2d((2, 3)), [2, 5, 4, 2], move=True)
case("adaptiveMaxPooling", [2], dict(layout="NCHW"), nn.AdaptiveMaxPool2d(2), [2, 2, 5, 4])
case("flattened", [], dict(), nn.Flatten(), [2, 3, 4])
case("flattened", [], dict(axis=-2), nn.Flatten(-2), [2, 3, 2, 4])
case("layerNorm", [5], dict(), nn.LayerNorm(5), [2, 3, 5])
case("layerNorm", [[3, 5]], dict(epsilon=0.1), nn.LayerNorm((3, 5), 0.1), [2, 3, 5])
case("layerNorm", [5], dict(bias=False), nn.LayerNorm(5, bias=False), [2, 5])
case("rmsNorm", [5], dict(), nn.RMSNorm(5), [2, 3, 5])
case("rmsNorm", [[3, 5]], dict(epsilon=0.1), nn.RMSNorm((3, 5), 0.1), [2, 3, 5])
case("groupNorm", [2, 6], dict(axis=1), nn.GroupNorm(2, 6), [2, 6, 3, 2])
case("groupNorm", [3, 6], dict(epsilon=0.1), nn.GroupNorm(3, 6, 0.1), [2, 3, 2, 6], move=True)
case("groupNorm", [2, 6], dict(), nn.GroupNorm(2, 6), [3, 6])
for training in True, False:
    case("batchNorm", [3], dict(), nn.BatchNorm1d(3), [5, 3], training=training)
    case("batchNorm", [3], dict(axis=1, momentum=0.3), nn.BatchNorm1d(3, momentum=0.3), [4, 3, 2], training=training)
    case("batchNorm", [3], dict(epsilon=0.1), nn.BatchNorm2d(3, 0.1), [2, 3, 2, 3], move=True, training=training)
    case("batchNorm", [3], dict(axis=-3), nn.BatchNorm2d(3), [2, 3, 2, 3], training=training)
case("embedding", [5, 3], dict(), nn.Embedding(5, 3), [], indices=[[1, 2, 4], [4, 0, 4]])
case("embedding", [5, 3], dict(padding=4), nn.Embedding(5, 3, padding_idx=4), [], indices=[1, 4, 0, 1])

(OUT / "pytorch.json").write_text(json.dumps(CASES, separators=(",", ":")) + "\n")

# A network of every layer with parameters, as float32, after one step of training statistics.
torch.manual_seed(0)
network = nn.Sequential(
    nn.Embedding(7, 6),
    nn.Conv1d(5, 4, 3, padding=1),
    nn.BatchNorm1d(4),
    nn.ReLU(),
    nn.ConvTranspose1d(4, 4, 2, stride=2),
    nn.Unflatten(1, (2, 2)),
    nn.Conv2d(2, 4, (2, 3), bias=False),
    nn.BatchNorm2d(4),
    nn.GroupNorm(2, 4),
    nn.ConvTranspose2d(4, 2, 2),
    nn.MaxPool2d(2),
    nn.Flatten(),
    nn.LayerNorm(10),
    nn.RMSNorm(10),
    nn.Linear(10, 3),
)
for name, parameter in network.named_parameters():
    if parameter.dim() == 1:
        parameter.data += torch.randn_like(parameter) / 4
ids = torch.tensor([[(i * 3 + j * j) % 7 for j in range(5)] for i in range(4)])
with torch.no_grad():
    network(ids)
    network.eval()
    answers = network(ids)
save_file(
    network.state_dict(),
    OUT / "layers.safetensors",
    metadata={"answers": " ".join(str(v) for v in answers.flatten().tolist())},
)
print(f"{len(CASES)} cases, answers {list(answers.shape)}")
