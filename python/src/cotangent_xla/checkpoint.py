"""Checkpoints: folders that appear whole or not at all, and are checked before a run resumes."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np
from jax.experimental import multihost_utils
from safetensors import SafetensorError
from safetensors.numpy import save_file

from .bundle import TENSOR_FILES, Bundle, sha256_of
from .errors import CheckpointError, CotangentXlaError, problem
from .manifest import Input
from .step import Tree
from .tensorfile import TensorFile

try:
    import fcntl
except ImportError:  # Windows has no such locks
    fcntl = None  # type: ignore[assignment]

FORMAT = "cotangent-checkpoint"
RECORD = "checkpoint.json"
PREFIX, TEMPORARY = "step-", ".writing-"


@dataclass(frozen=True)
class Checkpoint:
    """A complete checkpoint. `record` is the contents of checkpoint.json."""

    folder: Path
    step: int
    record: dict[str, Any]
    files: dict[str, TensorFile]

    def array(self, given: Input) -> np.ndarray:
        """Returns the saved tensor of a model or state input, backed by the file."""
        return self.files[given.role].array(given.name)


def _gather(array: jax.Array, is_writer: bool) -> np.ndarray | None:
    """Returns the whole array on the writer. All processes must call it."""
    if array.is_fully_addressable or array.is_fully_replicated:
        return np.asarray(array.addressable_data(0) if array.is_fully_replicated else array) if is_writer else None
    whole = multihost_utils.process_allgather(array, tiled=True)
    return np.asarray(whole) if is_writer else None


def _sync(path: Path) -> None:
    """Forces a file or folder to the disk. Windows flushes folders by itself, and cannot open them."""
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def barrier(name: str) -> None:
    """Waits until all processes are here."""
    if jax.process_count() > 1:
        multihost_utils.sync_global_devices(name)


@contextmanager
def claimed(directory: Path | None) -> Iterator[None]:
    """Makes the folder of checkpoints, and keeps other runs out of it, in process 0. None: no checkpoints.

    The operating system ends the claim when the process ends, in whatever way.

    Raises:
        CheckpointError: the folder cannot be made or written, or another run uses it.
    """
    if directory is None or jax.process_index() != 0:
        yield
        return
    expected, remedy = "a folder that can be written", "pass another --checkpoint folder"
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as reason:
        raise CheckpointError(problem(str(directory), expected, str(reason), remedy)) from None
    if not os.access(directory, os.W_OK):
        raise CheckpointError(problem(str(directory), expected, "one that is read-only", remedy))
    if fcntl is None:
        yield
        return
    handle = os.open(directory, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            remedy = "end the other run, or pass another --checkpoint folder"
            expected, got = "a folder that no other run uses", "one that a running process uses"
            raise CheckpointError(problem(str(directory), expected, got, remedy)) from None
        except OSError:
            pass  # Some network file systems have no locks.
        yield
    finally:
        os.close(handle)


@contextmanager
def _as_error(temporary: Path) -> Iterator[None]:
    """Turns errors of writing into one that says what to do, and frees the space of the unfinished checkpoint."""
    try:
        yield
    except (OSError, SafetensorError) as reason:
        with suppress(OSError):
            shutil.rmtree(temporary)
        remedy = "make space or pass another --checkpoint folder; earlier checkpoints are as they were"
        where = str(temporary.parent)
        raise CheckpointError(problem(where, "a checkpoint to be written", str(reason), remedy)) from None


def save(directory: Path, step: int, model: Tree, state: Tree, record: dict[str, Any], keep: int | None) -> Path:
    """Writes the checkpoint of a step, and returns its folder. All processes must call it; process 0 writes.

    The files are written to a temporary folder and forced to the disk; then the folder gets its name. `keep`: how many
    of the newest checkpoints stay; None keeps all.

    Raises:
        CheckpointError: a file cannot be written, for example because the disk is full.
    """
    is_writer = jax.process_index() == 0
    target, temporary = directory / f"{PREFIX}{step:08d}", directory / f"{TEMPORARY}{step:08d}"
    with _as_error(temporary):
        if is_writer:
            directory.mkdir(parents=True, exist_ok=True)
            for left in directory.glob(f"{TEMPORARY}*"):
                shutil.rmtree(left)
            temporary.mkdir()
        files = {}
        for role, tree in (("model", model), ("state", state)):
            # One tensor after the other, so that processes which do not write hold one at a time.
            arrays = {name: _gather(each, is_writer) for name, each in tree.items()}
            if is_writer and arrays:
                path = temporary / TENSOR_FILES[role]
                # Not ascontiguousarray, which gives scalars an axis.
                save_file({name: np.asarray(x, order="C") for name, x in arrays.items() if x is not None}, path)
                _sync(path)
                files[path.name] = {"bytes": path.stat().st_size, "sha256": sha256_of(path)}
        if is_writer:
            whole = {"format": FORMAT, "version": 1, "step": step, **record, "files": files}
            (temporary / RECORD).write_text(json.dumps(whole, indent=2) + "\n")
            _sync(temporary / RECORD)
            _sync(temporary)
            if target.exists():
                # Only a damaged checkpoint of this step can be here: a run resumes from the newest complete one.
                shutil.rmtree(target)
            temporary.rename(target)
            _sync(directory)
            if keep is not None:
                older = [each for each in _candidates(directory) if each.name < target.name]
                for old in older[keep - 1 :]:
                    shutil.rmtree(old)
    barrier(f"checkpoint {step}")
    return target


def _candidates(directory: Path) -> list[Path]:
    """Checkpoint folders, the newest first."""
    found = [each for each in directory.glob(f"{PREFIX}*") if each.name.removeprefix(PREFIX).isdecimal()]
    return sorted(found, key=lambda each: int(each.name.removeprefix(PREFIX)), reverse=True)


def _open(folder: Path, bundle: Bundle) -> Checkpoint:
    remedy = "delete it"
    try:
        record = json.loads((folder / RECORD).read_text())
        step, files = record["step"], record["files"]
        if (record["format"], record["version"]) != (FORMAT, 1) or folder.name != f"{PREFIX}{step:08d}":
            raise ValueError(f"{record['format']!r} version {record['version']!r} of step {step!r}")
        for name, facts in files.items():
            found = ((folder / name).stat().st_size, sha256_of(folder / name))
            if found != (facts["bytes"], facts["sha256"]):
                raise ValueError(f"{name} of {found[0]} bytes with SHA-256 {found[1]}")
        if record["bundle"] != bundle.digest:
            return Checkpoint(folder, step, record, {})
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as reason:
        got = f"{type(reason).__name__}: {reason}"
        raise CheckpointError(problem(str(folder), "a complete checkpoint", got, remedy)) from None
    opened = {}
    for role, name in TENSOR_FILES.items():
        inputs = bundle.manifest.inputs_of(role) if role != "constant" else ()
        if inputs:
            opened[role] = TensorFile(folder / name, CheckpointError, remedy)
            opened[role].check({each.name: (each.dtype, each.shape) for each in inputs})
    return Checkpoint(folder, step, record, opened)


def newest(directory: Path, bundle: Bundle, say: Callable[[str], None]) -> Checkpoint | None:
    """Returns the newest complete checkpoint; None if there is none. `say` gets a message for each damaged one.

    Raises:
        CheckpointError: the newest complete checkpoint belongs to another bundle; or processes see different ones.
    """
    found = None
    for folder in _candidates(directory):
        try:
            found = _open(folder, bundle)
            break
        except CotangentXlaError as damage:
            say(f"skipped the damaged checkpoint {folder}: {damage}")
    if jax.process_count() > 1:
        steps = multihost_utils.process_allgather(np.int32(-1 if found is None else found.step))
        if len(set(steps.tolist())) > 1:
            remedy = "use a folder that all processes share"
            got = f"steps {', '.join(map(str, steps.tolist()))} (-1: none)"
            raise CheckpointError(problem(str(directory), "the same newest checkpoint in all processes", got, remedy))
    if found is not None and found.record["bundle"] != bundle.digest:
        got = f"one of bundle {found.record['bundle']}"
        remedy = "pass another --checkpoint folder, or the bundle of this one"
        raise CheckpointError(problem(str(found.folder), f"a checkpoint of bundle {bundle.digest}", got, remedy))
    return found


def check_data(checkpoint: Checkpoint, data: dict[str, Any]) -> None:
    """Raises a CheckpointError if a run continues with other rows, batch size or shuffling than it began with."""
    saved = checkpoint.record.get("data", {})
    for name, value in data.items():
        if name in ("rows", "batch_size", "shuffle") and saved.get(name) != value:
            remedy = "pass the same --data and --shuffle, or another --checkpoint folder"
            raise CheckpointError(
                problem(str(checkpoint.folder), f"data with {name} {saved.get(name)}", f"{value}", remedy)
            )
