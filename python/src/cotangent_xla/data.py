"""Training data: arrays in files, read by rows, in order or shuffled by a seed."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import jax
import numpy as np

from .dtypes import KINDS, describe
from .errors import DataError, problem
from .manifest import Input
from .step import TrainingStep
from .tensorfile import TensorFile


def _npy(path: Path) -> np.ndarray:
    try:
        return np.lib.format.open_memmap(path, mode="r")
    except Exception as reason:  # NumPy's errors for damaged headers have no common class
        raise DataError(problem(str(path), "a .npy file", str(reason), "write it with numpy.save")) from None


def open_data(files: Sequence[str], inputs: Sequence[Input]) -> dict[str, np.ndarray]:
    """Opens the files of the data, and returns an array for each batch input; nothing is read yet.

    A file is safetensors, whose names are those of batch inputs; or `NAME=FILE.npy`; or `FILE.npy`, which is for the
    first batch input without an array. A batched input takes rows, any number of them; others take their shape.

    Raises:
        DataError: a file that cannot be read; an input without an array, or with two; another dtype or shape.
    """
    names = [each.name for each in inputs]
    arrays: dict[str, np.ndarray] = {}
    for text in files:
        name, equals, rest = text.partition("=")
        named = bool(equals) and name in names
        path = Path(rest if named else text)
        if path.suffix == ".npy":
            free = [each for each in names if each not in arrays]
            if not named and not free:
                remedy = "pass one file for each, or NAME=FILE.npy"
                raise DataError(problem("--data", f"{len(names)} arrays", f"another, {path}", remedy))
            _add(arrays, name if named else free[0], _npy(path), str(path))
        elif path.suffix == ".safetensors" and not named:
            file = TensorFile(path, DataError, "write it with safetensors or @cotangent/io")
            for each in sorted(file.names):
                known = next((given for given in inputs if given.name == each), None)
                if known is None:
                    remedy = "name the tensors as the batch inputs"
                    raise DataError(problem(str(path), f"names among {', '.join(names)}", repr(each), remedy))
                dtype, shape = file.facts(each)
                if dtype not in KINDS:
                    raise _wrong(known, str(path), dtype, shape)
                _add(arrays, each, file.array(each), str(path))
        else:
            remedy = "pass .safetensors files, .npy files in the order of the batch inputs, or NAME=FILE.npy"
            raise DataError(problem("--data", "a .safetensors or .npy file", repr(text), remedy))
    for given in inputs:
        if given.name not in arrays:
            got = f"arrays for {', '.join(arrays) or 'none'}"
            raise DataError(problem("--data", f"an array for each batch input ({', '.join(names)})", got, "add a file"))
        _check(given, arrays[given.name])
    return arrays


def _add(arrays: dict[str, np.ndarray], name: str, array: np.ndarray, path: str) -> None:
    if name in arrays:
        raise DataError(problem(path, f"one array for batch input {name!r}", "a second one", "remove one of them"))
    arrays[name] = array


def _wrong(given: Input, where: str, dtype: str, shape: tuple[int, ...]) -> DataError:
    expected = describe(given.dtype, given.shape)
    if given.batched:
        expected = f"{given.dtype}[rows{''.join(f', {size}' for size in given.shape[1:])}]"
    remedy = f"convert it once, with x.astype({given.dtype!r}).reshape(...), and save it again"
    if dtype in ("uint8", "U8") and KINDS[given.dtype].is_float:
        example = f"(x / 255).astype({given.dtype!r})"
        remedy = f"convert bytes once, in the way that the model expects, for example {example}, and save them"
    return DataError(problem(f"{where}: batch input {given.name!r}", expected, describe(dtype, shape), remedy))


def _check(given: Input, array: np.ndarray) -> None:
    fits = array.shape[1:] == given.shape[1:] and array.ndim > 0 if given.batched else array.shape == given.shape
    if not fits or array.dtype != KINDS[given.dtype].numpy:
        raise _wrong(given, "--data", str(array.dtype), array.shape)


def permutation(seed: int, epoch: int, rows: int) -> np.ndarray:
    """Returns the order of the rows in an epoch, for a seed below 2^64.

    It is the stable order of the first `rows` 64-bit outputs of NumPy's Philox4x64-10 with key (seed, epoch) and
    counter 0. NumPy keeps these outputs equal in all versions.
    """
    bits = np.random.Philox(key=np.array([seed, epoch], np.uint64)).random_raw(rows)
    return np.argsort(bits, kind="stable")


class Batches:
    """The batches of a run. Batch `step` is the same on every number of devices and processes.

    Each epoch has all rows once, except for a last partial batch, which is dropped.

    Raises:
        DataError: the inputs have different numbers of rows, or fewer than a batch.
    """

    def __init__(self, step: TrainingStep, arrays: Mapping[str, np.ndarray], shuffle: int | None = None) -> None:
        self.shuffle = shuffle
        self._inputs = step.batch_inputs
        self._arrays = arrays
        self._size = step.batch_size
        self._order: tuple[int, np.ndarray] | None = None
        placement = step.placement
        self._shardings = {
            given.name: sharding
            for given, sharding in zip(step.bundle.manifest.inputs, placement.inputs, strict=True)
            if given.role == "batch"
        }
        counts = {each.name: len(arrays[each.name]) for each in self._inputs if each.batched}
        if not counts:
            raise DataError(problem("--data", "a batched input", "none in the bundle", "train it from Python"))
        if len(set(counts.values())) > 1:
            got = ", ".join(f"{name!r}: {count}" for name, count in counts.items())
            raise DataError(problem("--data", "equal numbers of rows", got, "pass arrays of the same examples"))
        self.rows = next(iter(counts.values()))
        if self.rows < self._size:
            remedy = "pass more rows, or export the step for a smaller batch"
            raise DataError(problem("--data", f"at least one batch of {self._size} rows", f"{self.rows} rows", remedy))
        self.per_epoch = self.rows // self._size
        self.dropped = self.rows % self._size

    def position(self, step: int) -> tuple[int, int]:
        """Returns epoch and batch in the epoch of a step, both from 0."""
        return divmod(step, self.per_epoch)

    def batch(self, step: int) -> tuple[jax.Array, ...]:
        """Returns the batch of a step, counted from 0. Each process reads the rows of its own devices only."""
        epoch, at = self.position(step)
        rows = slice(at * self._size, (at + 1) * self._size)
        chosen: slice | np.ndarray = rows
        if self.shuffle is not None:
            if self._order is None or self._order[0] != epoch:
                self._order = epoch, permutation(self.shuffle, epoch, self.rows)
            chosen = self._order[1][rows]
        return tuple(self._array(given, chosen) for given in self._inputs)

    def _array(self, given: Input, chosen: slice | np.ndarray) -> jax.Array:
        stored = self._arrays[given.name]
        parts: dict[str, np.ndarray] = {}

        def part(index: tuple[slice, ...] | None) -> np.ndarray:
            assert index is not None
            key = str(index)
            if key not in parts and given.batched:
                start, stop, _ = index[0].indices(self._size)
                picked = (
                    slice(chosen.start + start, chosen.start + stop)
                    if isinstance(chosen, slice)
                    else chosen[start:stop]
                )
                parts[key] = np.array(stored[picked])
            return parts.setdefault(key, np.array(stored)) if not given.batched else parts[key]

        return jax.make_array_from_callback(given.shape, self._shardings[given.name], part)
