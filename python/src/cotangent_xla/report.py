"""What a run tells: a progress bar or plain lines, and a log of JSON lines. Only process 0 tells anything."""

import contextlib
import json
import math
import os
import sys
import time
from pathlib import Path
from typing import Any, TextIO

import jax
from tqdm import tqdm

from .errors import LogError, problem


def numbers(name: str, value: float) -> dict[str, Any]:
    """Returns a float as two JSON fields: with all digits, null if it is not finite; and as C's hexadecimal float."""
    return {name: value if math.isfinite(value) else None, f"{name}_hex": value.hex()}


class Report:
    """Tells the progress of a run of `steps` steps that begins after step `start`.

    On a terminal it shows a progress bar, elsewhere a line every `every` steps.
    """

    def __init__(self, steps: int, start: int, every: int, log: Path | None) -> None:
        self._is_first = jax.process_index() == 0
        self._steps, self._every = steps, every
        self._began, self._start = time.perf_counter(), start
        self._bar: Any = None
        if self._is_first and sys.stderr.isatty():
            self._bar = tqdm(total=steps, initial=start, unit="step", dynamic_ncols=True)
        self._log: TextIO | None = None
        self._path = log
        if self._is_first and log is not None:
            try:
                log.parent.mkdir(parents=True, exist_ok=True)
                self._log = log.open("a", buffering=1)
                if not _ends_in_a_line(log):
                    # An earlier run broke off inside of a line, for example on a full disk.
                    self._log.write("\n")
            except (OSError, ValueError) as reason:
                raise self._error(reason) from None

    def begin(self) -> None:
        """Starts the clock of the rate. Call it after compilation."""
        self._began = time.perf_counter()

    def say(self, message: str) -> None:
        """Prints a line to stderr."""
        if not self._is_first:
            return
        if self._bar is not None:
            self._bar.write(message, file=sys.stderr)
        else:
            print(message, file=sys.stderr, flush=True)

    def event(self, name: str, **fields: Any) -> None:
        """Adds a line about something else than a step to the log."""
        self._write({"event": name, **fields})

    def step(self, step: int, loss: float, metrics: dict[str, float]) -> None:
        """Reports a step, counted from 1: its loss, and its scalar metrics."""
        line = {"step": step, **numbers("loss", loss)}
        for name, value in metrics.items():
            line |= {f"metric.{key}": each for key, each in numbers(name, value).items()}
        self._write(line)
        if self._bar is not None:
            self._bar.set_postfix(loss=f"{loss:.6g}", refresh=False)
            self._bar.update()
        elif step % self._every == 0 or step == self._steps:
            shown = "".join(f" {name} {value:.6g}" for name, value in metrics.items())
            rate = (step - self._start) / (time.perf_counter() - self._began)
            self.say(f"step {step}/{self._steps} loss {loss:.6g}{shown} ({rate:.3g} steps/s)")

    def close(self) -> None:
        """Ends the bar and the log."""
        if self._bar is not None:
            self._bar.close()
        if self._log is not None:
            self._log.close()

    def _write(self, line: dict[str, Any]) -> None:
        if self._log is None:
            return
        try:
            self._log.write(json.dumps(line) + "\n")
        except OSError as reason:
            log, self._log = self._log, None
            # Closing tries to write the rest, and fails in the same way.
            with contextlib.suppress(OSError):
                log.close()
            raise self._error(reason) from None

    def _error(self, reason: Exception) -> LogError:
        remedy = "make space or pass another file"
        return LogError(problem(f"--log {self._path}", "a file that can be written", str(reason), remedy))


def _ends_in_a_line(path: Path) -> bool:
    with path.open("rb") as file:
        if file.seek(0, os.SEEK_END) == 0:
            return True
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
