"""Progress on a terminal and elsewhere, and numbers that JSON has no form for."""

import io
import json
import math
import sys
from pathlib import Path

import pytest

from cotangent_xla.report import Report


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_a_bar_with_the_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    report = Report(steps=4, start=1, every=1, log=None)
    report.say("a message")
    for step in (2, 3, 4):
        report.step(step, 1 / step, {})
    report.close()
    shown = screen.getvalue()
    assert "a message" in shown
    assert "4/4" in shown
    assert "loss=0.25" in shown
    assert "step 4/4" not in shown


def test_losses_that_are_not_finite_are_null_in_the_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = Report(steps=3, start=0, every=2, log=tmp_path / "new" / "log.jsonl")
    for step, loss in enumerate((math.nan, -math.inf, 0.1), 1):
        report.step(step, loss, {"m": loss})
    report.close()
    lines = [json.loads(line) for line in (tmp_path / "new" / "log.jsonl").read_text().splitlines()]
    assert [(each["loss"], each["loss_hex"]) for each in lines] == [
        (None, "nan"),
        (None, "-inf"),
        (0.1, "0x1.999999999999ap-4"),
    ]
    assert lines[2]["metric.m"] == 0.1
    told = capsys.readouterr().err.splitlines()
    assert [line.split(" (")[0] for line in told] == ["step 2/3 loss -inf m -inf", "step 3/3 loss 0.1 m 0.1"]
