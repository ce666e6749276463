"""Trains bundles in JAX for training.ts, and reports losses, checkpoints and collectives.

usage: check_training.py FOLDER STEPS [COORDINATOR PROCESS]

Alone it has eight devices. With a coordinator it is one of two processes with four devices each.
"""

import json
import sys
from pathlib import Path

import cotangent_xla
import jax
from cotangent_xla.collectives import collectives_of
from cotangent_xla.data import open_data
from cotangent_xla.devices import connect, make_mesh, use_virtual_devices
from cotangent_xla.train import Options, train

RUNS = {
    "one device": ({"data": 1}, {}),
    "data": ({"data": 8}, {}),
    "data and model": ({"data": 2, "model": 4}, {}),
    "fully sharded": ({"data": 8}, {"**": "data"}),
}


def labels_of(name: str, has_several_processes: bool) -> list[str]:
    """Chooses the runs of a case. Compilation takes most of the time, and differences show in float64."""
    if name.endswith("float32"):
        return [] if has_several_processes else ["one device", "data"]
    if has_several_processes:
        return ["data", "data and model", "fully sharded"] if name.startswith("perceptron") else ["data"]
    return list(RUNS)


def run(folder: Path, steps: int, label: str) -> dict[str, object]:
    """Trains one bundle on one mesh."""
    sizes, shardings = RUNS[label]
    processes = jax.process_count()
    name = label if processes == 1 else f"{processes} processes, {label}"
    step = cotangent_xla.load(folder / "bundle")
    assert isinstance(step, cotangent_xla.TrainingStep)
    arrays = open_data([str(folder / "data.safetensors")], step.batch_inputs)
    checkpoint, log = folder / name, folder / f"{name}.jsonl"
    train(step, arrays, Options(steps, checkpoint, log=log), mesh=make_mesh(sizes), shardings=shardings)
    report: dict[str, object] = {"case": folder.name, "run": name}
    if jax.process_index() == 0:
        lines = [json.loads(line) for line in log.read_text().splitlines()]
        (record,) = (json.loads(each.read_text()) for each in checkpoint.glob("*/checkpoint.json"))
        report |= {
            "losses": [float.fromhex(line["loss_hex"]) for line in lines if "event" not in line],
            "nextLoss": float.fromhex(record["next_loss_hex"]),
            "checkpoint": str(checkpoint / f"step-{steps:08d}"),
            "collectives": collectives_of(step.compile().as_text() or ""),
        }
    return report


def main() -> None:
    """Trains all bundles of the folder."""
    folder, steps, *several = sys.argv[1:]
    jax.config.update("jax_enable_x64", True)
    use_virtual_devices(4 if several else 8)
    if several:
        connect(several[0], 2, int(several[1]), 30)
    names: list[str] = json.loads((Path(folder) / "cases.json").read_text())
    chosen = [(name, label) for name in names for label in labels_of(name, bool(several))]
    reports = [run(Path(folder) / name, int(steps), label) for name, label in chosen]
    if jax.process_index() == 0:
        (Path(folder) / ("two-processes.json" if several else "one-process.json")).write_text(json.dumps(reports))


main()
