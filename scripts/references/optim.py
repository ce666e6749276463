"""Loss curves of PyTorch's optimizers, and rates of its schedulers: packages/optim/test/golden/curves.json.

python scripts/references/optim.py  (PyTorch 2.13)

Muon's iteration runs in bfloat16 in PyTorch. Here it runs in the dtype of the parameters, as in Cotangent.
"""

import json
import math
import warnings
from pathlib import Path

import torch

warnings.filterwarnings("ignore")
torch.set_num_threads(1)
torch.Tensor.bfloat16 = torch.Tensor.clone

SIZES = [3, 5, 2]
BATCH = 8
STEPS = 100
EVERY = 5


def fixed(*shape, phase):
    """Numbers between -1 and 1 that every language computes alike: they are stored in float32."""
    count = math.prod(shape)
    return [round(math.sin(1.7 * i + phase + 0.3 * i * i), 4) for i in range(count)]


START = {
    "w1": fixed(5, 3, phase=0.1), "b1": fixed(5, phase=0.2),
    "w2": fixed(2, 5, phase=0.3), "b2": fixed(2, phase=0.4),
}
SHAPES = {"w1": [5, 3], "b1": [5], "w2": [2, 5], "b2": [2]}
X, Y = fixed(BATCH, 3, phase=0.5), fixed(BATCH, 2, phase=0.6)

O = torch.optim
OPTIMIZERS = {
    "sgd": lambda p: O.SGD(p, lr=0.1),
    "sgd decay": lambda p: O.SGD(p, lr=0.1, weight_decay=0.01),
    "sgd momentum": lambda p: O.SGD(p, lr=0.05, momentum=0.9),
    "sgd dampening": lambda p: O.SGD(p, lr=0.1, momentum=0.9, dampening=0.5, weight_decay=0.01),
    "sgd nesterov": lambda p: O.SGD(p, lr=0.05, momentum=0.9, nesterov=True, weight_decay=0.01),
    "sgd maximize": lambda p: O.SGD(p, lr=0.001, momentum=0.5, maximize=True, weight_decay=0.01),
    "adam": lambda p: O.Adam(p, lr=0.01),
    "adam decay": lambda p: O.Adam(p, lr=0.01, betas=(0.8, 0.99), eps=1e-6, weight_decay=0.05),
    "adam amsgrad": lambda p: O.Adam(p, lr=0.02, betas=(0.8, 0.9), amsgrad=True),
    "adamw": lambda p: O.AdamW(p, lr=0.01),
    "adamw amsgrad": lambda p: O.AdamW(p, lr=0.02, weight_decay=0.1, amsgrad=True, maximize=True),
    "nadam": lambda p: O.NAdam(p, lr=0.01),
    "nadam decay": lambda p: O.NAdam(p, lr=0.01, weight_decay=0.05, momentum_decay=0.01),
    "nadam decoupled": lambda p: O.NAdam(p, lr=0.01, weight_decay=0.05, decoupled_weight_decay=True),
    "radam": lambda p: O.RAdam(p, lr=0.01),
    "radam decoupled": lambda p: O.RAdam(p, lr=0.01, betas=(0.8, 0.9), weight_decay=0.05, decoupled_weight_decay=True),
    "adagrad": lambda p: O.Adagrad(p, lr=0.1),
    "adagrad decay": lambda p: O.Adagrad(p, lr=0.1, lr_decay=0.01, weight_decay=0.01, initial_accumulator_value=0.1),
    "adadelta": lambda p: O.Adadelta(p),
    "adadelta decay": lambda p: O.Adadelta(p, lr=0.5, rho=0.8, eps=1e-4, weight_decay=0.01),
    "rmsprop": lambda p: O.RMSprop(p, lr=0.01),
    "rmsprop centered": lambda p: O.RMSprop(p, lr=0.001, alpha=0.9, centered=True, momentum=0.9, weight_decay=0.01),
    "adamax": lambda p: O.Adamax(p, lr=0.01),
    "adamax decay": lambda p: O.Adamax(p, lr=0.01, betas=(0.8, 0.9), weight_decay=0.05),
    "adafactor": lambda p: O.Adafactor(p),
    "adafactor decay": lambda p: O.Adafactor(p, lr=0.05, beta2_decay=-0.5, d=1.0, weight_decay=0.05),
}
MUON = {
    "muon": {"lr": 0.02},
    "muon adamw": {"lr": 0.02, "weight_decay": 0.01, "momentum": 0.9, "nesterov": False,
                   "adjust_lr_fn": "match_rms_adamw"},
}


def model_of(dtype):
    parameters = {name: torch.tensor(values, dtype=torch.float32).to(dtype).reshape(SHAPES[name]).requires_grad_()
                  for name, values in START.items()}
    x = torch.tensor(X, dtype=torch.float32).to(dtype).reshape(BATCH, 3)
    y = torch.tensor(Y, dtype=torch.float32).to(dtype).reshape(BATCH, 2)

    def loss():
        hidden = torch.tanh(x @ parameters["w1"].T + parameters["b1"])
        return ((hidden @ parameters["w2"].T + parameters["b2"] - y) ** 2).mean()

    return parameters, loss


def curve(make, dtype):
    torch.set_default_dtype(dtype)
    parameters, loss = model_of(dtype)
    optimizers = make(parameters)
    losses = []
    for step in range(STEPS + 1):
        for optimizer in optimizers:
            optimizer.zero_grad()
        value = loss()
        if step % EVERY == 0:
            losses.append(value.item())
        value.backward()
        for optimizer in optimizers:
            optimizer.step()
    return losses


def lbfgs_curve(dtype, updates, **options):
    torch.set_default_dtype(dtype)
    parameters, loss = model_of(dtype)
    optimizer = O.LBFGS(list(parameters.values()), **options)

    def closure():
        optimizer.zero_grad()
        value = loss()
        value.backward()
        return value

    losses = [loss().item()]
    for _ in range(updates):
        optimizer.step(closure)
        losses.append(loss().item())
    return losses


def scheduler_rates(make, steps=40):
    torch.set_default_dtype(torch.float64)
    optimizer = O.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    scheduler = make(optimizer)
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


S = O.lr_scheduler
SCHEDULES = {
    "linear": lambda o: S.LinearLR(o, start_factor=0.1, end_factor=1.0, total_iters=10),
    "polynomial": lambda o: S.PolynomialLR(o, total_iters=20, power=2.0),
    "cosine": lambda o: S.CosineAnnealingLR(o, T_max=40, eta_min=0.01),
    "restarts": lambda o: S.CosineAnnealingWarmRestarts(o, T_0=7, eta_min=0.01),
    "growing restarts": lambda o: S.CosineAnnealingWarmRestarts(o, T_0=4, T_mult=2),
    "one cycle": lambda o: S.OneCycleLR(o, max_lr=0.1, total_steps=41),
    "one cycle with options": lambda o: S.OneCycleLR(o, max_lr=0.1, total_steps=41, pct_start=0.5, div_factor=10,
                                                     final_div_factor=100),
    "joined": lambda o: S.SequentialLR(o, [S.LinearLR(o, start_factor=0.1, total_iters=5),
                                           S.ExponentialLR(o, gamma=0.9)], milestones=[5]),
}
VALUES = [1.0, 0.9, 0.9, 0.95, 0.91, 0.9, 0.89, 0.89, 0.89, 0.89, 0.89, 0.8899, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.6]
PLATEAUS = {
    "default": {"patience": 2},
    "cooldown": {"patience": 1, "cooldown": 2, "factor": 0.5, "min_lr": 0.02},
    "absolute": {"patience": 1, "factor": 0.5, "threshold": 0.02, "threshold_mode": "abs"},
    "max": {"patience": 3, "mode": "max", "factor": 0.7},
}


def plateau_rates(**options):
    optimizer = O.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    scheduler = S.ReduceLROnPlateau(optimizer, **options)
    rates = []
    for value in VALUES:
        scheduler.step(value)
        rates.append(optimizer.param_groups[0]["lr"])
    return rates


def muon_with(options):
    return lambda p: [O.Muon([p["w1"], p["w2"]], **options), O.SGD([p["b1"], p["b2"]], lr=0.1)]


def main():
    makers = {name: (lambda p, make=make: [make(list(p.values()))]) for name, make in OPTIMIZERS.items()}
    makers |= {name: muon_with(options) for name, options in MUON.items()}
    dtypes = {"float32": torch.float32, "float64": torch.float64}
    curves = {name: {d: curve(make, dtype) for d, dtype in dtypes.items()} for name, make in makers.items()}
    # Later losses of L-BFGS differ: it amplifies rounding errors.
    lbfgs = {"strongWolfe": {"updates": 2, "line_search_fn": "strong_wolfe"},
             "short": {"updates": 5, "line_search_fn": "strong_wolfe", "max_iter": 4, "history_size": 3},
             "none": {"updates": 2, "lr": 0.1, "max_iter": 10}}
    figures = {
        "torch": torch.__version__, "every": EVERY, "steps": STEPS,
        "start": START, "shapes": SHAPES, "x": X, "y": Y,
        "curves": curves,
        "lbfgs": {name: {d: lbfgs_curve(t, **o) for d, t in dtypes.items()} for name, o in lbfgs.items()},
        "schedules": {name: scheduler_rates(make) for name, make in SCHEDULES.items()},
        "values": VALUES,
        "plateaus": {name: plateau_rates(**options) for name, options in PLATEAUS.items()},
    }
    target = Path(__file__).parents[2] / "packages/optim/test/golden/curves.json"
    target.write_text(json.dumps(figures, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
