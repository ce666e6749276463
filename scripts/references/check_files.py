"""Holds files of @cotangent/io against the reference implementations. scripts/check-files.mjs runs it.

    python scripts/references/check_files.py FOLDER [--torch]

FOLDER/trees.json lists trees: for each file name, and for each tensor its dtype, shape and bytes. The script reads
the files that lie there with the reference, compares every byte, and writes its own beside them. It also says which
of the files in FOLDER/damaged the reference reads.
"""

import json
import sys
import zipfile
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load_file, save_file

folder = Path(sys.argv[1])
with_torch = "--torch" in sys.argv
dtypes = {"bool": "|b1", "int32": "<i4", "float32": "<f4", "float64": "<f8"}
trees = json.loads((folder / "trees.json").read_text())
problems = []


def same(where, expected, found):
    """Compares named arrays bit for bit."""
    if sorted(expected) != sorted(found):
        problems.append(f"{where}: names {sorted(found)}")
        return
    for name, a in expected.items():
        b = found[name]
        if a.dtype != b.dtype or a.shape != b.shape or a.tobytes() != b.tobytes():
            problems.append(f"{where}: {name} differs: {b.dtype}{b.shape}, expected {a.dtype}{a.shape}")


for stem, tree in trees.items():
    arrays = {
        name: np.frombuffer(bytes.fromhex(t["bytes"]), dtype=dtypes[t["dtype"]]).reshape(t["shape"])
        for name, t in tree.items()
    }
    ours = folder / f"{stem}.safetensors"
    same(ours.name, arrays, load_file(ours))
    with safe_open(ours, "np") as file:
        if file.metadata() != {"tree": stem}:
            problems.append(f"{ours.name}: metadata {file.metadata()}")
    reference = folder / f"reference-{stem}.safetensors"
    save_file(arrays, reference, metadata={"tree": stem})
    if reference.read_bytes() != ours.read_bytes():
        problems.append(f"{ours.name}: other bytes than the reference writes")
    for kind in ["npz", "compressed.npz"]:
        with np.load(folder / f"{stem}.{kind}") as file:
            same(f"{stem}.{kind}", arrays, dict(file))
        if zipfile.ZipFile(folder / f"{stem}.{kind}").testzip() is not None:
            problems.append(f"{stem}.{kind}: a checksum is wrong")
    (np.savez if len(stem) % 2 else np.savez_compressed)(folder / f"reference-{stem}.npz", **arrays)
    first = next(iter(arrays))
    x = np.load(folder / f"{stem}.npy")
    same(f"{stem}.npy", {"x": arrays[first]}, {"x": x})
    # Another layout and byte order of the same elements.
    np.save(folder / f"reference-{stem}.npy", np.asarray(x.astype(x.dtype.newbyteorder(">")), order="F"))
    if with_torch:
        import torch
        from safetensors.torch import load_file as load_torch
        from safetensors.torch import save_file as save_torch

        tensors = load_torch(ours)
        same(f"{ours.name} in PyTorch", arrays, {name: t.numpy() for name, t in tensors.items()})
        save_torch(tensors, folder / f"torch-{stem}.safetensors")
        halves = load_torch(folder / f"{stem}-bfloat16.safetensors")
        for name, t in tensors.items():
            if t.is_floating_point() and not torch.equal(t.to(torch.bfloat16), halves[name]):
                problems.append(f"{stem}: bfloat16 of {name} differs")
            if t.is_floating_point() and t.dtype == torch.float32:
                narrow = load_torch(folder / f"{stem}-float16.safetensors")[name]
                if not torch.equal(t.to(torch.float16), narrow):
                    problems.append(f"{stem}: float16 of {name} differs")

if with_torch:
    import torch
    from safetensors.torch import load_model

    layers = [torch.nn.Linear(3, 4), torch.nn.Sigmoid(), torch.nn.Linear(4, 2)]
    network = torch.nn.Sequential(*layers)
    load_model(network, folder / "network.safetensors")
    x = torch.tensor(json.loads((folder / "network.json").read_text())["x"])
    (folder / "outputs.json").write_text(json.dumps(network(x).tolist()))

    tied = torch.nn.ModuleDict({"embedding": torch.nn.Embedding(7, 3), "head": torch.nn.Linear(3, 7)})
    tied["head"].weight = tied["embedding"].weight
    missing, unexpected = load_model(tied, folder / "tied.safetensors")
    if missing or unexpected or tied["head"].weight is not tied["embedding"].weight:
        problems.append(f"tied.safetensors: missing {missing}, unexpected {unexpected}")

verdicts = {}
for path in sorted((folder / "damaged").iterdir()):
    try:
        if path.suffix == ".safetensors":
            with safe_open(path, "np") as file:
                file.keys()
        elif path.suffix == ".npy":
            np.load(path)
        else:
            with np.load(path) as file:
                for name in file:
                    file[name]
        verdicts[path.name] = True
    except (SafetensorError, Exception):
        verdicts[path.name] = False
(folder / "verdicts.json").write_text(json.dumps(verdicts))
(folder / "problems.json").write_text(json.dumps(problems))
