"""Trains the small network of examples/09-fine-tune.ts with PyTorch: examples/09-fine-tune.safetensors.

    pip install numpy safetensors torch
    python scripts/references/lessons.py

Versions that wrote the committed file: safetensors 0.8, PyTorch 2.13.
"""

import math
from pathlib import Path

import torch
from safetensors.torch import save_file

torch.manual_seed(0)
network = torch.nn.Sequential(
    torch.nn.Linear(1, 16), torch.nn.Tanh(), torch.nn.Linear(16, 16), torch.nn.Tanh(), torch.nn.Linear(16, 1)
)
x = torch.linspace(-math.pi, math.pi, 64).reshape(64, 1)
optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
for _ in range(2000):
    loss = (network(x) - torch.sin(x)).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

probe = torch.tensor([[-2.0], [0.5], [1.0]])
save_file(
    network.state_dict(),
    Path(__file__).resolve().parents[2] / "examples" / "09-fine-tune.safetensors",
    metadata={"probe": " ".join(str(v) for v in probe.flatten().tolist()), "answers": " ".join(str(v) for v in network(probe).flatten().tolist())},
)
print(f"mean squared error {loss.item():.2e}")
