"""Safetensors files: read lazily by memory mapping, written whole."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open

from .dtypes import BY_SAFETENSORS, KINDS, describe
from .errors import CotangentXlaError, problem


class TensorFile:
    """The tensors of one safetensors file. Opening reads the header only.

    Raises:
        error (the class that the caller chose): the file cannot be read, is not safetensors, or its header does not
            fit its size.
    """

    def __init__(self, path: Path, error: type[CotangentXlaError], remedy: str) -> None:
        self.path = path
        self._error = error
        self._remedy = remedy
        try:
            # The library checks the header: no holes, no overlaps, no trailing bytes.
            with safe_open(path, framework="numpy"):
                pass
            with path.open("rb") as file:
                length = int.from_bytes(file.read(8), "little")
                header = json.loads(file.read(length))
        except (OSError, SafetensorError, ValueError) as reason:
            raise error(problem(path.name, "a whole safetensors file", str(reason), remedy)) from None
        header.pop("__metadata__", None)
        self._start = 8 + length
        self._header: dict[str, dict[str, object]] = header

    @property
    def names(self) -> set[str]:
        """The names of the tensors."""
        return set(self._header)

    def facts(self, name: str) -> tuple[str, tuple[int, ...]]:
        """Returns dtype and shape; the dtype has safetensors' name if it is not one of the four of bundles."""
        info = self._header[name]
        shape = info["shape"]
        assert isinstance(shape, list)
        stored = str(info["dtype"])
        return BY_SAFETENSORS.get(stored, stored), tuple(shape)

    def check(self, expected: Mapping[str, tuple[str, tuple[int, ...]]]) -> None:
        """Raises an error unless the file has exactly these tensors, given as name: (dtype, shape)."""
        for names, adjective in (
            (expected.keys() - self.names, "missing"),
            (self.names - expected.keys(), "unexpected"),
        ):
            if names:
                got = f"{adjective} {', '.join(map(repr, sorted(names)))}"
                raise self._error(problem(self.path.name, f"{len(expected)} named tensors", got, self._remedy))
        for name, facts in expected.items():
            if self.facts(name) != facts:
                where = f"{self.path.name}: {name}"
                raise self._error(problem(where, describe(*facts), describe(*self.facts(name)), self._remedy))

    def array(self, name: str) -> np.ndarray:
        """Returns a read-only array that is backed by the file: rows are read when they are used."""
        dtype, shape = self.facts(name)
        offsets = self._header[name]["data_offsets"]
        assert isinstance(offsets, list)
        if 0 in shape:
            return np.zeros(shape, KINDS[dtype].numpy)
        return np.memmap(self.path, KINDS[dtype].numpy, "r", self._start + offsets[0], shape)
