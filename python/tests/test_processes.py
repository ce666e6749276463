"""Several processes: the losses of one process, what happens when one dies, resumption."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import jax
import numpy as np
import pytest
from bundles import rows, write_network
from safetensors.numpy import save_file

from cotangent_xla import DeviceError
from cotangent_xla.cli import main
from cotangent_xla.devices import connect

SOURCES = Path(__file__).parent.parent / "src"


class Pair:
    """Two processes with four devices each."""

    def __init__(self, folder: Path, name: str, steps: int, every: int, second: Sequence[str] = ()) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        shared = ["train", "bundle", "--data", "data.safetensors", "--devices", "4", "--shuffle", "2"]
        shared += ["--steps", str(steps), "--every", str(every), "--checkpoint", name, "--log", f"{name}.jsonl"]
        shared += ["--coordinator", f"127.0.0.1:{port}", "--processes", "2", "--heartbeat", "10"]
        environment = {**os.environ, "PYTHONPATH": str(SOURCES)}
        self.processes = [
            subprocess.Popen(
                [sys.executable, "-m", "cotangent_xla", *shared, "--process", str(at), *(second if at else ())],
                cwd=folder,
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
            for at in range(2)
        ]

    def wait_for(self, path: Path) -> None:
        end = time.monotonic() + 60
        while not path.exists():
            assert time.monotonic() < end
            assert all(each.poll() is None for each in self.processes), self.end()
            time.sleep(0.01)

    def end(self) -> list[tuple[int, str]]:
        """Exit codes and messages of both."""
        try:
            texts = [each.communicate(timeout=60)[1] for each in self.processes]
        finally:
            for each in self.processes:
                each.kill()
        return [(each.returncode, text) for each, text in zip(self.processes, texts, strict=True)]


def test_processes_with_other_settings_end(tmp_path: Path) -> None:
    write_network(tmp_path / "bundle")
    save_file(rows(100), tmp_path / "data.safetensors")
    pair = Pair(tmp_path, "other", 10, 5, ["--shuffle", "3", "--every", "2"])
    messages = pair.end()
    assert [code for code, _ in messages] == [1, 1]
    for at, (_, message) in enumerate(messages):
        expected = f"[process {at}] expected the settings of all processes, got others in --shuffle, --every; start all"
        # One of the processes may see first that the other has ended.
        assert expected in message or "expected all processes to take part" in message
    assert any("got others in" in message for _, message in messages)


def test_a_port_that_is_not_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(DeviceError, match=rf"expected the free port {port}, got .*in use; end what uses it"):
            connect(f"127.0.0.1:{port}", 2, 0, 10)
    with pytest.raises(DeviceError, match=r"expected HOST:PORT, got '127\.0\.0\.1:65536'"):
        connect("127.0.0.1:65536", 2, 0, 10)


def losses(log: Path) -> dict[int, float]:
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    return {line["step"]: float.fromhex(line["loss_hex"]) for line in lines if "event" not in line}


def newest(folder: Path) -> int:
    return max(int(each.name.removeprefix("step-")) for each in folder.glob("step-*"))


def test_a_killed_run_resumes_with_the_same_losses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_network(tmp_path / "bundle", np.float64)
    save_file(rows(100, np.float64), tmp_path / "data.safetensors")

    killed = Pair(tmp_path, "killed", 1_000_000, 5)
    killed.wait_for(tmp_path / "killed" / "step-00000005")
    killed.processes[1].kill()
    died = time.monotonic()
    (code, message), _ = killed.end()
    # The connection breaks at once; without it, the heartbeat would end the process after 10 seconds.
    assert time.monotonic() - died < 20
    assert code != 0
    assert "start all processes again with the same command" in message or "another task died" in message
    resumed_at = newest(tmp_path / "killed")

    resumed = Pair(tmp_path, "killed", 1_000_000, 5)
    resumed.wait_for(tmp_path / "killed" / f"step-{resumed_at + 5:08d}")
    resumed.processes[1].send_signal(signal.SIGTERM)
    (first, told), (second, _) = resumed.end()
    assert (first, second) == (128 + signal.SIGTERM,) * 2
    assert f"resumed from killed/step-{resumed_at:08d}" in told
    last = newest(tmp_path / "killed")
    assert f"SIGTERM: stopped after step {last}" in told

    whole = Pair(tmp_path, "whole", last, last)
    assert [code for code, _ in whole.end()] == [0, 0]
    expected = losses(tmp_path / "whole.jsonl")
    assert list(expected) == list(range(1, last + 1))
    found = losses(tmp_path / "killed.jsonl")
    assert {step: found[step] for step in expected} == expected
    for name in ("model.safetensors", "state.safetensors"):
        paths = [tmp_path / run / f"step-{last:08d}" / name for run in ("killed", "whole")]
        assert paths[0].read_bytes() == paths[1].read_bytes()

    monkeypatch.chdir(tmp_path)
    with jax.enable_x64(True):
        shared = ["train", "bundle", "--data", "data.safetensors", "--mesh", "data=8", "--shuffle", "2"]
        assert main([*shared, "--steps", "20", "--log", "one.jsonl"]) == 0
    one = losses(tmp_path / "one.jsonl")
    # The sum over devices has another order. The first steps have not amplified the difference.
    for step in range(1, min(20, last) + 1):
        assert abs(one[step] - expected[step]) < 1e-12
