"""Weights, outputs and gradients of PyTorch's recurrent layers and attention, float64.

    pip install safetensors torch
    python scripts/references/sequence_layers.py

Version that wrote the committed files: PyTorch 2.13.

The loss is sum(c y) + sum(y y) / 2 over all outputs y. Weights, inputs, c and directions follow from formulas that the
test repeats; the names of the weights are those of the state_dict, in its order.
"""

import json
import math
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
# The other kernels of attention lack second derivatives.
torch.backends.cuda.enable_flash_sdp(False)
torch.backends.cuda.enable_mem_efficient_sdp(False)
OUT = Path(__file__).resolve().parents[2] / "packages" / "nn" / "test" / "golden" / "sequence-layers.json"


def numbers(shape, salt, scale):
    """Distinct numbers in [-scale, scale) for sizes up to 509."""
    n = math.prod(shape)
    return torch.tensor([(((i * 37 + salt) % 509) / 254.5 - 1) * scale for i in range(n)]).reshape(shape)


def coefficients(shape):
    return torch.tensor([((i * 7) % 11 - 5) / 4 for i in range(math.prod(shape))]).reshape(shape)


CASES = []


def flat(t):
    return t.detach().reshape(-1).tolist()


def case(name, arguments, module, inputs, f, **options):
    """`f(module, *inputs)` gives a list of outputs; `inputs` are shapes. `arguments` and `options` make our layer."""
    for k, (_, p) in enumerate(module.named_parameters()):
        p.data = numbers(p.shape, 31 * k + 3, 0.6)
    values = [numbers(s, 11 * k, 1.5).requires_grad_() for k, s in enumerate(inputs)]
    outputs = f(module, *values)
    loss = sum((coefficients(y.shape) * y).sum() + (y * y).sum() / 2 for y in outputs)
    leaves = values + [p for _, p in module.named_parameters()]
    grads = torch.autograd.grad(loss, leaves, create_graph=True)
    directions = [numbers(p.shape, 17 * k + 5, 0.5) for k, p in enumerate(leaves)]
    dot = sum((g * d).sum() for g, d in zip(grads, directions))
    products = torch.autograd.grad(dot, leaves)
    CASES.append(
        dict(
            name=name,
            arguments=list(arguments),
            options=options,
            parameters=[[n, list(p.shape)] for n, p in module.named_parameters()],
            inputs=inputs,
            outputs=[dict(shape=list(y.shape), values=flat(y)) for y in outputs],
            gradients=[flat(g) for g in grads],
            products=[flat(h) for h in products],
        )
    )


def run_lstm(m, x, *state):
    y, (h, c) = m(x, tuple(state) or None)
    return [y, h, c]


def run_gru(m, x, *state):
    y, h = m(x, *state)
    return [y, h]


case("lstm", [3, 2], nn.LSTM(3, 2, batch_first=True), [[2, 4, 3]], run_lstm)
case("lstm", [3, 2], nn.LSTM(3, 2, batch_first=True), [[2, 4, 3], [1, 2, 2], [1, 2, 2]], run_lstm)
case("lstm", [2, 3], nn.LSTM(2, 3, num_layers=2, bidirectional=True, batch_first=True), [[2, 3, 2], [4, 2, 3], [4, 2, 3]], run_lstm, layers=2, bidirectional=True)
case("lstm", [2, 2], nn.LSTM(2, 2, bias=False, batch_first=True), [[3, 2]], run_lstm, bias=False)
case("gru", [3, 2], nn.GRU(3, 2, batch_first=True), [[2, 4, 3], [1, 2, 2]], run_gru)
case("gru", [2, 3], nn.GRU(2, 3, num_layers=2, bidirectional=True, batch_first=True), [[2, 3, 2]], run_gru, layers=2, bidirectional=True)
case("gru", [2, 2], nn.GRU(2, 2, bias=False, batch_first=True), [[2, 3, 2]], run_gru, bias=False)
case("rnn", [3, 2], nn.RNN(3, 2, batch_first=True), [[2, 4, 3], [1, 2, 2]], run_gru)
case("rnn", [2, 3], nn.RNN(2, 3, nonlinearity="relu", num_layers=2, bidirectional=True, batch_first=True), [[2, 3, 2]], run_gru, layers=2, bidirectional=True, activation="relu")


def packed(m, x):
    rows = nn.utils.rnn.pack_padded_sequence(x, torch.tensor([4, 1, 3]), batch_first=True, enforce_sorted=False)
    y, (h, c) = m(rows)
    return [nn.utils.rnn.pad_packed_sequence(y, batch_first=True, total_length=4)[0], h, c]


case("lstm", [2, 2], nn.LSTM(2, 2, bidirectional=True, batch_first=True), [[3, 4, 2]], packed, bidirectional=True, lengths=[4, 1, 3])


def attend(mask=None, key_mask=None, **keywords):
    """Masks as in our library: true where attention is allowed."""
    refused = lambda m: None if m is None else ~torch.tensor(m)

    def f(m, q, k=None, v=None):
        k = q if k is None else k
        v = k if v is None else v
        return [m(q, k, v, attn_mask=refused(mask), key_padding_mask=refused(key_mask), need_weights=False, **keywords)[0]]

    return f


attention = nn.MultiheadAttention
case("multiHeadAttention", [4, 2], attention(4, 2, batch_first=True), [[2, 3, 4]], attend())
case("multiHeadAttention", [6, 3], attention(6, 3, batch_first=True, bias=False), [[2, 2, 6], [2, 3, 6], [2, 3, 6]], attend(), bias=False)
case("multiHeadAttention", [4, 1], attention(4, 1, batch_first=True), [[3, 4], [2, 4]], attend())
keys = [[True, True, False], [True, True, True]]
case("multiHeadAttention", [4, 2], attention(4, 2, batch_first=True), [[2, 2, 4], [2, 3, 4]], attend(key_mask=keys), keyMask=keys)
mask = [[True, False, True], [True, True, False], [False, False, True]]
case("multiHeadAttention", [4, 2], attention(4, 2, batch_first=True), [[2, 3, 4]], attend(mask=mask, key_mask=keys), mask=mask, keyMask=keys)
lower = [[True, False, False], [True, True, False], [True, True, True]]
case("multiHeadAttention", [4, 2], attention(4, 2, batch_first=True), [[2, 3, 4]], attend(mask=lower), causal=True)


def encode(mask=None, key_mask=None):
    refused = lambda m: None if m is None else ~torch.tensor(m)
    return lambda m, x: [m(x, src_mask=refused(mask), src_key_padding_mask=refused(key_mask))]


def encoder(features, heads, hidden, **options):
    return nn.TransformerEncoderLayer(features, heads, hidden, dropout=0, batch_first=True, **options)


case("transformerBlock", [4, 2], encoder(4, 2, 5), [[2, 3, 4]], encode(), hidden=5)
case("transformerBlock", [4, 2], encoder(4, 2, 16, norm_first=True, activation="gelu", layer_norm_eps=1e-3), [[2, 3, 4]], encode(lower), normFirst=True, activation="gelu", causal=True, epsilon=1e-3)
case("transformerBlock", [4, 1], encoder(4, 1, 6, activation="gelu"), [[2, 3, 4]], encode(mask, keys), hidden=6, activation="gelu", mask=mask, keyMask=keys)


def decoder(features, heads, hidden, **options):
    return nn.TransformerDecoderLayer(features, heads, hidden, dropout=0, batch_first=True, **options)


def decode(mask=None, memory_mask=None, memory_keys=None):
    refused = lambda m: None if m is None else ~torch.tensor(m)
    return lambda m, x, y: [m(x, y, tgt_mask=refused(mask), memory_mask=refused(memory_mask), memory_key_padding_mask=refused(memory_keys))]


case("transformerDecoderBlock", [4, 2], decoder(4, 2, 5), [[2, 3, 4], [2, 2, 4]], decode(lower), hidden=5)
case("transformerDecoderBlock", [4, 2], decoder(4, 2, 5, norm_first=True), [[2, 3, 4], [2, 3, 4]], decode(None, mask, keys), hidden=5, normFirst=True, causal=False, memoryMask=mask, memoryKeyMask=keys)

OUT.parent.mkdir(parents=True, exist_ok=True)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 2, num_layers=2, bidirectional=True, batch_first=True, dtype=torch.float32)
        self.gru = nn.GRU(4, 4, batch_first=True, dtype=torch.float32)
        self.attention = nn.MultiheadAttention(4, 2, batch_first=True, dtype=torch.float32)
        self.block = nn.TransformerEncoderLayer(4, 2, 6, dropout=0, batch_first=True, dtype=torch.float32)

    def forward(self, x):
        y = self.gru(self.lstm(x)[0])[0]
        return self.block(self.attention(y, y, y, need_weights=False)[0])


# A file that PyTorch wrote, with the outputs of its model in float64.
torch.manual_seed(0)
model = Model()
save_file(model.state_dict(), OUT.parent / "sequence-layers.safetensors")
x = numbers([2, 5, 3], 1, 1.0)
CASES.append(dict(name="file", x=x.tolist(), y=model.double()(x).tolist()))

text = json.dumps(CASES)
OUT.write_text(text + "\n")
print(len(CASES), "cases,", len(text), "bytes")
