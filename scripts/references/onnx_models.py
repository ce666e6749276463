"""Models in ONNX files from both of PyTorch's exporters, with inputs, outputs and gradients that PyTorch computes.

    pip install numpy onnx onnxscript safetensors torch
    python scripts/references/onnx_models.py

Versions that wrote the committed files: PyTorch 2.13, ONNX 1.23, onnxscript 0.7.

NAME.onnx has float32 parameters. NAME.safetensors has, in float64 and with the same numbers: `input.X`, `output`, a
`cotangent` like the output, `gradient.X` with respect to the input, and `parameter.P` with respect to the tensor P of
the ONNX file, for those that hold a parameter of PyTorch as it is, or in a known order.
"""

import io
import logging
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from safetensors.numpy import save_file
from torch import nn
from torch.nn import functional as F

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)
torch.set_num_threads(1)
# The fused kernel of a transformer layer cannot be exported.
torch.backends.mha.set_fastpath_enabled(False)
OUT = Path(__file__).resolve().parents[2] / "packages" / "export" / "test" / "fixtures"


class Convolutional(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(2, 4, 3, padding=1, bias=False),
            nn.BatchNorm2d(4),
            nn.ReLU(),
            nn.MaxPool2d(3, stride=2, padding=1),
            nn.Conv2d(4, 6, 3, stride=2, padding=2, dilation=2, groups=2),
            nn.BatchNorm2d(6),
            nn.Hardswish(),
            nn.AvgPool2d(2, stride=1, padding=1),
        )
        self.head = nn.Linear(6, 3)

    def forward(self, x):
        return F.log_softmax(self.head(self.features(x).mean((2, 3))), -1)


class Residual(nn.Module):
    """The basic block of He et al. 2015, with a projection."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(4)
        self.conv2 = nn.Conv2d(4, 4, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(4)
        self.downsample = nn.Sequential(nn.Conv2d(3, 4, 1, stride=2, bias=False), nn.BatchNorm2d(4))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + self.downsample(x))


class Causal(nn.Module):
    """A decoder block over tokens, with a causal mask."""

    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(11, 8)
        self.positions = nn.Embedding(16, 8)
        self.norm1 = nn.LayerNorm(8)
        self.qkv = nn.Linear(8, 24)
        self.projection = nn.Linear(8, 8)
        self.norm2 = nn.LayerNorm(8)
        self.up = nn.Linear(8, 16)
        self.down = nn.Linear(16, 8)
        self.head = nn.Linear(8, 11)

    def forward(self, ids):
        batch, steps = ids.shape
        x = self.tokens(ids) + self.positions(torch.arange(steps))
        q, k, v = (
            part.reshape(batch, steps, 2, 4).transpose(1, 2) for part in self.qkv(self.norm1(x)).chunk(3, dim=-1)
        )
        scores = q @ k.transpose(-1, -2) / 2
        future = torch.triu(torch.ones(steps, steps, dtype=torch.bool), diagonal=1)
        weights = scores.masked_fill(future, float("-inf")).softmax(-1)
        x = x + self.projection((weights @ v).transpose(1, 2).reshape(batch, steps, 8))
        x = x + self.down(F.gelu(self.up(self.norm2(x))))
        return self.head(x)


class Recurrent(nn.Module):
    def __init__(self, cell, bidirectional):
        super().__init__()
        self.cell = cell(5, 4, batch_first=True, bidirectional=bidirectional)

    def forward(self, x):
        return self.cell(x)[0]


def recurrent_gradients(model, order):
    """The gradients of W, R and B as ONNX has them: its order of the gates, directions stacked."""
    cell = model.cell
    suffixes = ["", "_reverse"] if cell.bidirectional else [""]

    def stacked(*names):
        return torch.stack([torch.cat([ordered(getattr(cell, f"{n}_l0{s}").grad) for n in names]) for s in suffixes])

    def ordered(g):
        parts = g.chunk(len(order))
        return torch.cat([parts[i] for i in order])

    return [stacked("weight_ih"), stacked("weight_hh"), stacked("bias_ih", "bias_hh")]


def without_places(model):
    """Without notes on the source, which tell the paths of the machine that exported."""
    for node in model.graph.node:
        del node.metadata_props[:]
        node.ClearField("doc_string")
    for value in [*model.graph.value_info, *model.graph.input, *model.graph.output, *model.graph.initializer]:
        del value.metadata_props[:]
    del model.graph.metadata_props[:]
    del model.metadata_props[:]
    del model.functions[:]
    return model


def export(module, x, dynamo, opset, dynamic):
    file = io.BytesIO()
    if dynamo:
        shapes = ({axis: name for axis, name in enumerate(dynamic) if name},)
        program = torch.onnx.export(
            module, (x,), input_names=["x"], output_names=["y"], dynamo=True, opset_version=opset, dynamic_shapes=shapes
        )
        return without_places(program.model_proto)
    axes = {"x": {axis: name for axis, name in enumerate(dynamic) if name}}
    torch.onnx.export(
        module,
        (x,),
        file,
        input_names=["x"],
        output_names=["y"],
        dynamo=False,
        opset_version=opset,
        dynamic_axes=axes,
        # Otherwise batch normalization is folded into the convolutions.
        training=torch.onnx.TrainingMode.PRESERVE,
    )
    return without_places(onnx.load_from_string(file.getvalue()))


def case(name, module, x, dynamo, opset, dynamic=("batch",), gates=None):
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for key, buffer in module.named_buffers():
            if buffer.is_floating_point():
                buffer.copy_(torch.rand(buffer.shape, generator=generator) + (0.5 if "var" in key else -0.5))
        # Equal tensors would be stored once, and their gradients would be one sum.
        for parameter in module.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator) / 8)
    module.eval()
    model = export(module, x, dynamo, opset, dynamic)
    (OUT / f"{name}.onnx").write_bytes(model.SerializeToString())
    # Another batch size than that of the export.
    x = torch.cat([x, x.flip(-1)[:1]])
    module.double()
    given = x.double().requires_grad_() if x.is_floating_point() else x
    y = module(given)
    cotangent = torch.randn(y.shape, generator=generator, dtype=torch.float64)
    (y * cotangent).sum().backward()
    tensors = {"input.x": given, "output": y, "cotangent": cotangent}
    if x.is_floating_point():
        tensors["gradient.x"] = given.grad
    stored = {each.name: numpy_helper.to_array(each) for each in model.graph.initializer}
    for parameter_name, parameter in module.named_parameters():
        # The exporter may have folded a normalization into the tensor of this name.
        if np.array_equal(stored.get(parameter_name), parameter.detach().numpy()):
            tensors[f"parameter.{parameter_name}"] = parameter.grad
    if gates:
        for gradient in recurrent_gradients(module, gates):
            (found,) = [key for key, array in stored.items() if array.shape == tuple(gradient.shape)]
            tensors[f"parameter.{found}"] = gradient
    arrays = {key: np.ascontiguousarray(each.detach().numpy()) for key, each in tensors.items()}
    arrays = {k: a.astype(np.int32) if a.dtype == np.int64 else a for k, a in arrays.items()}
    save_file(arrays, OUT / f"{name}.safetensors")
    ops = sorted({node.op_type for node in model.graph.node})
    print(name, sum(key.startswith("parameter.") for key in tensors), "of", len(stored), ", ".join(ops))


def seeded(make):
    torch.manual_seed(3)
    return make()


OUT.mkdir(parents=True, exist_ok=True)
torch.manual_seed(11)
mlp = lambda: nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 5), nn.GELU(), nn.Linear(5, 3), nn.Softmax(-1))
case("mlp", seeded(mlp), torch.randn(3, 4), True, 20)
case("mlp-13", seeded(mlp), torch.randn(3, 4), False, 13)
case("convolutional", seeded(Convolutional), torch.randn(2, 2, 9, 8), False, 13)
case("residual", seeded(Residual), torch.randn(2, 3, 7, 6), False, 17)
case("residual-fused", seeded(Residual), torch.randn(2, 3, 7, 6), True, 18)
layer = lambda: nn.TransformerEncoderLayer(8, 2, 12, dropout=0.1, activation="gelu", batch_first=True, norm_first=True)
case("encoder", seeded(layer), torch.randn(2, 5, 8), True, 18, ("batch", "steps"))
case("decoder", seeded(Causal), torch.randint(11, (2, 6)), False, 16, ("batch", "steps"))
case("decoder-22", seeded(Causal), torch.randint(11, (2, 6)), True, 22, ("batch", "steps"))
# PyTorch's gates are i f g o and r z n, ONNX's are i o f c and z r h.
lstm = lambda both: Recurrent(nn.LSTM, both)
gru = lambda both: Recurrent(nn.GRU, both)
case("lstm", seeded(lambda: lstm(True)), torch.randn(2, 4, 5), True, 18, gates=[0, 3, 1, 2])
case("lstm-14", seeded(lambda: lstm(False)), torch.randn(2, 4, 5), False, 14, gates=[0, 3, 1, 2])
case("gru", seeded(lambda: gru(True)), torch.randn(2, 4, 5), False, 15, gates=[1, 0, 2])
case("gru-21", seeded(lambda: gru(False)), torch.randn(2, 4, 5), True, 21, gates=[1, 0, 2])
