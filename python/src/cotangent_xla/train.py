"""The training loop: batches, steps, checkpoints, resumption."""

import signal
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental import multihost_utils

from .checkpoint import PREFIX, check_data, claimed, newest, save
from .data import Batches
from .errors import CheckpointError, DeviceError, problem
from .report import Report, numbers
from .signals import StopSignals
from .step import TrainingStep, Tree


@dataclass(frozen=True)
class Options:
    """How long to train, and what to keep.

    `steps`: steps in total, with those of earlier runs. `every`: steps between checkpoints; None writes one at the end.
    `keep`: how many of the newest checkpoints stay; None keeps all. `resume`: `auto` resumes if there is a checkpoint,
    `must` demands one, `never` demands an empty folder. `report`: steps between plain lines of progress.
    """

    steps: int
    checkpoint: Path | None = None
    every: int | None = None
    keep: int | None = None
    resume: str = "auto"
    report: int = 10
    log: Path | None = None


def _floats(loss: jax.Array, metrics: Tree) -> tuple[float, dict[str, float]]:
    return float(loss), {name: float(each) for name, each in metrics.items() if each.shape == ()}


def next_loss(step: TrainingStep, batches: Batches, model: Tree, state: Tree, at: int) -> float:
    """Returns the loss of these parameters on batch `at`. The update is computed on copies and dropped."""
    # A step donates its arguments; jnp.copy keeps shardings.
    copies = [{name: jnp.copy(each) for name, each in tree.items()} for tree in (model, state)]
    return float(step(*copies, *batches.batch(at))[2])


def train(
    step: TrainingStep, arrays: dict[str, Any], options: Options, shuffle: int | None = None, **placement: Any
) -> signal.Signals | None:
    """Trains, and returns the signal that ended the run early, if one did.

    `arrays` come from `open_data`. `placement` holds arguments of `TrainingStep.init`. The sequence of losses depends
    on the bundle, the data, `shuffle` and the devices only, not on where a run was stopped and resumed.

    Raises:
        CheckpointError: the folder has a checkpoint of another bundle or other data, or none although `resume` demands
            one, or one although `resume` forbids it; it cannot be written, or another run uses it; options about
            checkpoints without a folder.
        DataError, DeviceError: as `Batches` and `TrainingStep.init`; several processes with other settings.
        LogError: the log cannot be written.
    """
    if options.checkpoint is None:
        given = {"--every": options.every, "--keep": options.keep, "--resume": options.resume}
        useless = [f"{name} {value}" for name, value in given.items() if value not in (None, "auto")]
        if useless:
            got = " and ".join(useless)
            raise CheckpointError(problem("checkpoints", "a folder for them", got, "add --checkpoint DIR"))
    _agree(step, arrays, options, shuffle, placement)
    with claimed(options.checkpoint):
        return _started(step, arrays, options, shuffle, placement)


def _agree(
    step: TrainingStep, arrays: dict[str, Any], options: Options, shuffle: int | None, placement: dict[str, Any]
) -> None:
    """Raises a DeviceError if the processes have other settings: they would wait for each other, or mix their data."""
    if jax.process_count() == 1:
        return
    mesh = placement.get("mesh")
    settings = {
        "bundles": step.bundle.digest,
        "--data": {name: array.shape for name, array in arrays.items()},
        "--shuffle": shuffle,
        "--steps": options.steps,
        "--checkpoint": options.checkpoint is not None,
        "--every": options.every,
        "--resume": options.resume,
        "--mesh": None if mesh is None else dict(mesh.shape),
        "--shardings": placement.get("shardings") or {},
        "--data-axis": placement.get("data_axis"),
    }
    hashes = np.array([zlib.crc32(repr(each).encode()) for each in settings.values()], np.uint32)
    differs = (multihost_utils.process_allgather(hashes) != hashes).any(axis=0)
    if differs.any():
        got = "others in " + ", ".join(name for name, each in zip(settings, differs, strict=True) if each)
        remedy = "start all processes with the same command, but for --process"
        raise DeviceError(problem(f"process {jax.process_index()}", "the settings of all processes", got, remedy))


def _started(
    step: TrainingStep, arrays: dict[str, Any], options: Options, shuffle: int | None, placement: dict[str, Any]
) -> signal.Signals | None:
    messages: list[str] = []
    found = None
    if options.checkpoint is not None:
        found = newest(options.checkpoint, step.bundle, messages.append)
        if found is None and options.resume == "must":
            where, remedy = str(options.checkpoint), "drop --resume must, or pass the folder of the earlier run"
            raise CheckpointError(problem(where, "a complete checkpoint", "none", remedy))
        if options.resume == "never" and any(options.checkpoint.glob(f"{PREFIX}*")):
            where, remedy = str(options.checkpoint), "drop --resume never, or pass another folder"
            raise CheckpointError(problem(where, "a folder without checkpoints", "some", remedy))
    model, state = step.init(**placement, read=found.array if found else None)
    batches = Batches(step, arrays, shuffle)
    data = {"rows": batches.rows, "batch_size": step.batch_size, "shuffle": shuffle}
    done, expected = 0, None
    if found is not None:
        check_data(found, data)
        done, expected = found.step, found.record.get("next_loss_hex")
        messages.append(f"resumed from {found.folder}")
    report = Report(options.steps, done, options.report, options.log)
    try:
        for message in messages:
            report.say(message)
        return _run(step, batches, options, report, data, (model, state), done, expected)
    finally:
        report.close()


def _run(
    step: TrainingStep,
    batches: Batches,
    options: Options,
    report: Report,
    data: dict[str, Any],
    trees: tuple[Tree, Tree],
    done: int,
    expected: str | None,
) -> signal.Signals | None:
    model, state = trees
    if done >= options.steps:
        report.say(f"nothing to do: {done} of {options.steps} steps are done")
        return None
    for axis in step.placement.idle_axes():
        size = step.placement.mesh.shape[axis]
        report.say(f"mesh axis {axis!r} splits nothing: its {size} devices repeat the same work")
    if batches.dropped:
        report.say(f"each epoch drops the last {batches.dropped} of {batches.rows} rows: they fill no batch")
    step.compile()
    mesh = dict(step.placement.mesh.shape)
    report.say(f"compiled in {step.compile_seconds:.1f} s for mesh {mesh}")
    report.event(
        "start",
        **{"after_step": done, "bundle": step.bundle.digest, "mesh": mesh, "processes": jax.process_count()},
        **{"compile_seconds": step.compile_seconds, **data, "dropped": batches.dropped},
    )
    report.begin()
    pending: tuple[int, jax.Array, Tree] | None = None

    def settle() -> float:
        """Reports the step that was not reported yet, and returns its loss."""
        nonlocal pending
        assert pending is not None
        at, loss, metrics = pending
        pending = None
        values = _floats(loss, metrics)
        report.step(at, *values)
        if expected is not None and at == done + 1 and values[0].hex() != expected:
            report.say(
                f"step {at} has loss {values[0]!r}, the checkpoint predicted {float.fromhex(expected)!r}: the devices, "
                "their shardings or the data are not those of the earlier run"
            )
        return values[0]

    with StopSignals() as signals:
        for at in range(done, options.steps):
            # The loss of a step is read after the next step was started, so that reading batches and computing overlap.
            model, state, loss, metrics = step(model, state, *batches.batch(at))
            if pending is not None:
                settle()
            pending = (at + 1, loss, metrics)
            stop = signals.stops_at(at + 1)
            is_last = at + 1 == options.steps or stop is not None
            if is_last or (options.every is not None and (at + 1) % options.every == 0):
                last = settle()
                if options.checkpoint is not None:
                    epoch, batch = batches.position(at + 1)
                    after = next_loss(step, batches, model, state, at + 1)
                    record = {
                        "bundle": step.bundle.digest,
                        "mesh": mesh,
                        "data": {**data, "epoch": epoch, "batch": batch},
                        **numbers("loss", last),
                        **numbers("next_loss", after),
                    }
                    folder = save(options.checkpoint, at + 1, model, state, record, options.keep)
                    report.event("checkpoint", step=at + 1, folder=str(folder), **numbers("next_loss", after))
            if stop is not None:
                report.event("stop", step=at + 1, signal=stop.name)
                saved = "" if options.checkpoint is not None else "; without --checkpoint nothing was saved"
                report.say(f"{stop.name}: stopped after step {at + 1}{saved}")
                return stop
    report.event("end", step=options.steps)
    return None
