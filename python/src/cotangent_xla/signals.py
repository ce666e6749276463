"""Ctrl-C and SIGTERM end a run after a whole step, at the same step in all processes."""

import os
import signal
from types import FrameType
from typing import Any

import jax
from jax.experimental import multihost_utils


class StopSignals:
    """While it is entered, SIGINT and SIGTERM ask the run to stop; a second SIGINT ends the process at once.

    With several processes, JAX's preemption service watches for SIGTERM and chooses a step at which all of them stop.
    A SIGINT becomes a SIGTERM for it.
    """

    def __init__(self) -> None:
        self._received: signal.Signals | None = None
        self._before: dict[signal.Signals, Any] = {}
        self._is_shared = jax.process_count() > 1

    def __enter__(self) -> "StopSignals":
        caught = [signal.SIGINT] if self._is_shared else [signal.SIGINT, signal.SIGTERM]
        for each in caught:
            self._before[each] = signal.signal(each, self._receive)
        return self

    def __exit__(self, *_: object) -> None:
        for each, handler in self._before.items():
            signal.signal(each, handler)

    def _receive(self, number: int, _: FrameType | None) -> None:
        self._received = signal.Signals(number)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        if self._is_shared:
            os.kill(os.getpid(), signal.SIGTERM)

    def stops_at(self, step: int) -> signal.Signals | None:
        """Returns the signal that ends the run after this step, if any. Call it after each step, in all processes."""
        if self._is_shared:
            # Signals of other processes count too.
            reached = multihost_utils.reached_preemption_sync_point(step)
            return (self._received or signal.SIGTERM) if reached else None
        return self._received
