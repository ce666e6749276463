"""Writes the fixtures of packages/io/test/fixtures with the reference implementations.

    pip install numpy safetensors torch
    python scripts/references/io.py

Versions that wrote the committed files: NumPy 2.4, safetensors 0.8, PyTorch 2.13.
"""

import io
import json
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file as save_numpy
from safetensors.torch import save_file as save_torch

folder = Path(__file__).resolve().parents[2] / "packages" / "io" / "test" / "fixtures"
folder.mkdir(exist_ok=True)


def bits32(values):
    """The bits of float32 values."""
    return np.ascontiguousarray(values, dtype="<f4").view("<u4").tolist()


def write_json(name, value):
    (folder / name).write_text(json.dumps(value, indent=1) + "\n")


# Every type that PyTorch stores, with what it converts to: bits of float32, or integers.
every_byte = torch.arange(256, dtype=torch.int64).to(torch.uint8)
halves = torch.tensor(
    [0, 0x8000, 1, 0x3FF, 0x400, 0x3C00, 0x3C01, 0x7BFF, 0xFC00, 0x7C00, 0x3555, 0x8001], dtype=torch.int32
).to(torch.int16)
types = {
    "bool": torch.tensor([True, False, True]),
    "u8": torch.tensor([[0, 1], [127, 255]], dtype=torch.uint8),
    "i8": torch.tensor([-128, -1, 0, 127], dtype=torch.int8),
    "i16": torch.tensor([-32768, -1, 32767], dtype=torch.int16),
    "u16": torch.tensor([0, 65535], dtype=torch.uint16),
    "i32": torch.tensor([-(2**31), 2**31 - 1], dtype=torch.int32),
    "u32": torch.tensor([0, 2**31 - 1], dtype=torch.uint32),
    "i64": torch.tensor([-(2**31), 2**31 - 1, 0], dtype=torch.int64),
    "u64": torch.tensor([7, 2**31 - 1], dtype=torch.uint64),
    "f16": halves.view(torch.float16),
    "bf16": torch.tensor([0, 0x3F80, 0x7F80, 1, 0x4049], dtype=torch.int16).view(torch.bfloat16),
    "f32": torch.tensor([[1.5, -0.0, float("inf")], [1e-45, 3.4e38, 0.1]]),
    "f64": torch.tensor([0.1, 1e-310, -1e308], dtype=torch.float64),
    "scalar": torch.tensor(2.5),
    "empty": torch.zeros(0, 3),
    "f8_e4m3": every_byte.clone().view(torch.float8_e4m3fn),
    "f8_e5m2": every_byte.clone().view(torch.float8_e5m2),
    "f8_e4m3fnuz": every_byte.clone().view(torch.float8_e4m3fnuz),
    "f8_e5m2fnuz": every_byte.clone().view(torch.float8_e5m2fnuz),
    "f8_e8m0": every_byte.clone().view(torch.float8_e8m0fnu),
    "wide": torch.tensor([1, 2**31], dtype=torch.int64),
    "widest": torch.tensor([2**53, 2**53 + 1], dtype=torch.int64),
    "complex": torch.tensor([1 + 2j]),
}
save_torch(types, folder / "types.safetensors", metadata={"format": "pt"})
expected = {}
for name, x in types.items():
    if x.is_complex():
        continue
    entry = {"shape": list(x.shape)}
    if x.dtype == torch.float64:
        entry["float64"] = [float(v).hex() for v in x.flatten()]
        entry["bits"] = x.numpy().view("<u8").astype(str).tolist()
    elif x.is_floating_point():
        entry["bits"] = bits32(x.to(torch.float32).numpy().flatten())
    else:
        entry["values"] = [str(int(v)) for v in x.flatten()]
    expected[name] = entry
write_json("types.json", expected)

# The bytes of a file with the types that are written, to compare byte by byte.
small = {
    "b.weight": np.array([[1.5, -2.0], [0.25, 8.0]], dtype="<f4"),
    "a": np.array([1.0, 2.0], dtype="<f8"),
    "n": np.array([3, -4], dtype="<i4"),
    "flag": np.array(True),
    "é": np.zeros((0, 2), dtype="<f4"),
    "b.10": np.array([1], dtype="<f4"),
    "b.9": np.array([2], dtype="<f4"),
}
save_numpy(small, folder / "small.safetensors", metadata={"step": "100"})

# A network of PyTorch, with its outputs.
torch.manual_seed(0)
network = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Sigmoid(), torch.nn.Linear(4, 2))
x = torch.randn(5, 3)
save_torch(network.state_dict(), folder / "network.safetensors")
write_json(
    "network.json",
    {"x": x.tolist(), "y": network(x).tolist(), "y64": network.double()(x.double()).tolist()},
)

# Files of torch.save, which are refused: an archive with a pickle, and a pickle of older versions.
torch.save({"w": torch.zeros(2)}, folder / "pickled.pt")
torch.save({"w": torch.zeros(2)}, folder / "pickled-old.pth", _use_new_zipfile_serialization=False)

# A network with running statistics, whose counter is int64, as a wrapper names it: module.0.weight.
torch.manual_seed(1)
normed = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 2))
for _ in range(3):
    normed(torch.randn(8, 3) * 2)
wrapped = torch.nn.DataParallel(normed)
save_torch(wrapped.state_dict(), folder / "wrapped.safetensors")
normed.eval()
write_json("wrapped.json", {"x": x.tolist(), "y64": normed.double()(x.double()).tolist()})

# NumPy.
arrays = {
    "f4": np.array([[1.5, -0.0], [np.inf, 0.1]], dtype="<f4"),
    "f8_big": np.array([0.1, -1e300], dtype=">f8"),
    "f2": np.array([1.0, 65504.0, 6e-8], dtype="<f2"),
    "i8": np.array([[-1, 2], [3, 2**31 - 1]], dtype="<i8"),
    "i4_fortran": np.asfortranarray(np.arange(24, dtype=">i4").reshape(2, 3, 4)),
    "u1": np.array([0, 255], dtype="u1"),
    "i2_big": np.array([-2, 300], dtype=">i2"),
    "bool": np.array([[True], [False]]),
    "scalar": np.array(3.5),
    "empty": np.zeros((2, 0), dtype="<f4"),
    "text": np.array(["a", "bc"]),
    "record": np.zeros(2, dtype=[("x", "<f4"), ("y", "<i4")]),
    "complex": np.array([1j]),
}
np.savez(folder / "arrays.npz", **arrays)
np.savez_compressed(folder / "arrays-compressed.npz", **arrays, zeros=np.zeros((40, 50), dtype="<f4"))
write_json(
    "arrays.json",
    {
        name: {"shape": list(a.shape), "values": [str(float(v)) for v in a.flatten()]}
        for name, a in arrays.items()
        if a.dtype.kind in "fiub"
    },
)
for version in [(1, 0), (2, 0), (3, 0)]:
    with open(folder / f"version-{version[0]}.npy", "wb") as file:
        np.lib.format.write_array(file, arrays["f4"], version=version)
np.save(folder / "objects.npy", np.array([{}, 1], dtype=object), allow_pickle=True)


def npy(a):
    """The bytes of numpy.save."""
    file = io.BytesIO()
    np.save(file, a)
    return file.getvalue().hex()


written = {
    "float32[2,2]": np.array([[1.5, -2.0], [0.25, 8.0]], dtype="<f4"),
    "int32[3]": np.array([1, 2, -3], dtype="<i4"),
    "float64[]": np.array(0.1),
    "bool[1,2,1]": np.array([[[True], [False]]]),
    "float32[0,123456]": np.zeros((0, 123456), dtype="<f4"),
}
write_json("npy.json", {name: npy(a) for name, a in written.items()})
