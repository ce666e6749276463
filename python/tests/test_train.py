"""Training runs in this process: logs, checkpoints, resumption, signals."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
from bundles import network, rows, write_function, write_network
from safetensors.numpy import load_file, save_file

from cotangent_xla import TrainingStep, load, make_mesh
from cotangent_xla.checkpoint import TEMPORARY, claimed, newest
from cotangent_xla.cli import main

Losses = dict[int, str]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    write_network(folder / "bundle")
    save_file(rows(30), folder / "data.safetensors")
    return folder


@pytest.fixture(autouse=True)
def in_folder(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for each in folder.iterdir():
        (tmp_path / each.name).symlink_to(each)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def whole(folder: Path) -> Path:
    """Checkpoints of steps 2, 4 and 6."""
    shared = ["train", str(folder / "bundle"), "--data", str(folder / "data.safetensors"), "--mesh", "data=4"]
    target = folder / "whole"
    assert main([*shared, "--shuffle", "1", "--steps", "6", "--every", "2", "--checkpoint", str(target)]) == 0
    return target


def run(*arguments: str, bundle: str = "bundle", log: str = "log.jsonl") -> int:
    shared = ["train", bundle, "--data", "data.safetensors", "--mesh", "data=4", "--shuffle", "1", "--log", log]
    return main([*shared, *arguments])


def losses(log: str = "log.jsonl") -> Losses:
    lines = [json.loads(line) for line in Path(log).read_text().splitlines()]
    return {line["step"]: line["loss_hex"] for line in lines if "event" not in line}


def checkpoints(folder: str = "c") -> list[str]:
    return sorted(each.name for each in Path(folder).iterdir())


def test_a_resumed_run_has_the_losses_of_an_uninterrupted_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--steps", "12", log="whole.jsonl") == 0
    assert run("--steps", "5", "--checkpoint", "c", "--every", "2", "--report", "4") == 0
    assert checkpoints() == ["step-00000002", "step-00000004", "step-00000005"]
    lines = capsys.readouterr().err.splitlines()
    assert lines.count("each epoch drops the last 6 of 30 rows: they fill no batch") == 2
    assert sum(line.startswith("step 4/5 loss ") for line in lines) == 1
    assert run("--steps", "12", "--checkpoint", "c", "--resume", "must") == 0
    assert "resumed from c/step-00000005" in capsys.readouterr().err
    whole = losses("whole.jsonl")
    assert list(whole) == list(range(1, 13))
    assert losses() == whole
    for name in checkpoints():
        record = json.loads(Path("c", name, "checkpoint.json").read_text())
        assert record["loss_hex"] == whole[record["step"]]
        assert record["loss"] == float.fromhex(record["loss_hex"])
        # The loss of the very parameters in the checkpoint, on the next batch.
        assert record["next_loss_hex"] == whole.get(record["step"] + 1, record["next_loss_hex"])
        assert record["data"] == {
            "rows": 30,
            "batch_size": 8,
            "shuffle": 1,
            "epoch": record["step"] // 3,
            "batch": record["step"] % 3,
        }
    assert run("--steps", "12", "--checkpoint", "c") == 0
    assert "nothing to do: 12 of 12 steps are done" in capsys.readouterr().err


def test_the_log_has_all_digits_and_the_seconds_of_compilation() -> None:
    assert run("--steps", "2") == 0
    start, first, _, end = (json.loads(line) for line in Path("log.jsonl").read_text().splitlines())
    assert start["event"] == "start"
    assert start["compile_seconds"] > 0
    assert (start["mesh"], start["rows"], start["dropped"]) == ({"data": 4}, 30, 6)
    assert first["loss"] == float.fromhex(first["loss_hex"])
    assert first["metric.accuracy"] in [each / 8 for each in range(9)]
    assert end == {"event": "end", "step": 2}


def test_checkpoints_hold_the_parameters_by_name_and_dtype() -> None:
    assert run("--steps", "3", "--checkpoint", "c") == 0
    model, state = load_file("c/step-00000003/model.safetensors"), load_file("c/step-00000003/state.safetensors")
    for saved, began in zip((model, state), network(), strict=True):
        assert {name: (each.dtype, each.shape) for name, each in saved.items()} == {
            name: (each.dtype, each.shape) for name, each in began.items()
        }
    assert state["count"] == 3
    assert state["started"]
    assert np.any(model["layers.0.weight"] != network()[0]["layers.0.weight"])
    step = load("bundle")
    assert isinstance(step, TrainingStep)
    sharded, _ = step.init(make_mesh({"model": 4}), read=lambda given: {**model, **state}[given.name])
    np.testing.assert_array_equal(sharded["layers.0.weight"], model["layers.0.weight"])


def test_only_the_newest_are_kept_and_what_a_crash_left_is_removed() -> None:
    Path("c", f"{TEMPORARY}00000001").mkdir(parents=True)
    assert run("--steps", "7", "--checkpoint", "c", "--every", "2", "--keep", "2") == 0
    assert checkpoints() == ["step-00000006", "step-00000007"]


DAMAGES: list[Callable[[Path], object]] = [
    lambda folder: (folder / "checkpoint.json").unlink(),
    lambda folder: (folder / "checkpoint.json").write_text("{}"),
    lambda folder: (folder / "checkpoint.json").write_text('{"format": '),
    lambda folder: (folder / "model.safetensors").unlink(),
    lambda folder: (folder / "state.safetensors").write_bytes((folder / "state.safetensors").read_bytes()[:-1]),
    lambda folder: (folder / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes()[:-1] + b"x"),
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_checkpoints_are_skipped(whole: Path, damage: Callable[[Path], object]) -> None:
    shutil.copytree(whole, "c")
    damage(Path("c/step-00000006"))
    told: list[str] = []
    found = newest(Path("c"), load("bundle").bundle, told.append)
    assert found is not None
    assert found.step == 4
    (message,) = told
    assert message.startswith("skipped the damaged checkpoint c/step-00000006: [c")
    assert "expected a complete checkpoint, got " in message


def test_damaged_checkpoints_are_replaced(whole: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(whole, "c")
    DAMAGES[0](Path("c/step-00000006"))
    assert run("--steps", "6", "--checkpoint", "c", "--keep", "2") == 0
    assert "resumed from c/step-00000004" in capsys.readouterr().err
    assert checkpoints() == ["step-00000004", "step-00000006"]
    for name in ("model.safetensors", "state.safetensors", "checkpoint.json"):
        assert Path("c/step-00000006", name).read_bytes() == (whole / "step-00000006" / name).read_bytes()


def test_folders_that_a_run_may_not_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--steps", "1", "--checkpoint", "c", "--resume", "must") == 1
    assert "[c] expected a complete checkpoint, got none; drop --resume must" in capsys.readouterr().err
    assert run("--steps", "1", "--checkpoint", "c") == 0
    capsys.readouterr()
    assert run("--steps", "2", "--checkpoint", "c", "--resume", "never") == 1
    assert "[c] expected a folder without checkpoints, got some; drop --resume never" in capsys.readouterr().err
    write_network(Path("other"), batch_size=4)
    assert run("--steps", "2", "--checkpoint", "c", bundle="other") == 1
    assert "expected a checkpoint of bundle " in capsys.readouterr().err
    assert run("--steps", "2", "--checkpoint", "c", "--shuffle", "2") == 1
    assert "expected data with shuffle 1, got 2; pass the same --data" in capsys.readouterr().err
    save_file(rows(29), "fewer.safetensors")
    assert run("--steps", "2", "--checkpoint", "c", "--data", "fewer.safetensors") == 1
    assert "expected data with rows 30, got 29" in capsys.readouterr().err


def test_two_runs_cannot_use_one_folder(capsys: pytest.CaptureFixture[str]) -> None:
    with claimed(Path("c")):
        assert run("--steps", "1", "--checkpoint", "c") == 1
    assert "[c] expected a folder that no other run uses, got one that a running process" in capsys.readouterr().err
    assert run("--steps", "1", "--checkpoint", "c") == 0


@pytest.mark.parametrize("option", ["--checkpoint", "--log"])
def test_places_that_cannot_be_written_end_a_run_before_the_first_step(
    option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("file").touch()
    assert run("--steps", "1", option, "file/inside") == 1
    message = capsys.readouterr().err
    assert re.search(r"file/inside\] expected a (folder|file) that can be written, got .*; .*pass another", message)
    assert "compiled" not in message


def test_a_disk_that_fills_up(capsys: pytest.CaptureFixture[str]) -> None:
    resource = pytest.importorskip("resource")
    assert run("--steps", "4", "--every", "2", "--checkpoint", "c") == 0
    # A file may have 200 bytes: writing fails in the middle of it, as on a full disk.
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200, before[1]))
    try:
        assert run("--steps", "6", "--checkpoint", "c", log="none.jsonl") == 1
        logged = capsys.readouterr().err
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("cotangent_xla.report.Report._write", lambda *_: None)
            assert run("--steps", "6", "--checkpoint", "c") == 1
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "none.jsonl] expected a file that can be written, got [Errno 27] File too large; make space" in logged
    message = capsys.readouterr().err
    assert re.search(r"\[c\] expected a checkpoint to be written, got .*File too large.*; make space or pass", message)
    assert checkpoints() == ["step-00000002", "step-00000004"]


def test_a_log_that_broke_off_inside_of_a_line() -> None:
    Path("log.jsonl").write_text('{"step": 1, "lo')
    assert run("--steps", "1") == 0
    broken, *lines = Path("log.jsonl").read_text().splitlines()
    assert broken == '{"step": 1, "lo'
    assert [json.loads(line).get("step") for line in lines] == [None, 1, 1]


def test_other_data_of_the_same_size_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--steps", "2", "--checkpoint", "c") == 0
    save_file(rows(30, seed=9), "other.safetensors")
    assert run("--steps", "3", "--checkpoint", "c", "--data", "other.safetensors") == 0
    expected = (
        r"step 3 has loss [\d.]+, the checkpoint predicted [\d.]+: the devices, their shardings or the data are not"
    )
    assert re.search(expected, capsys.readouterr().err)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_end_a_run_after_a_step_with_a_checkpoint(number: signal.Signals, code: int) -> None:
    # The log shows that the loop runs.
    def send() -> None:
        while not Path("log.jsonl").exists() or len(Path("log.jsonl").read_text().splitlines()) < 4:
            pass
        os.kill(os.getpid(), number)

    before = signal.getsignal(number)
    thread = threading.Thread(target=send)
    thread.start()
    assert run("--steps", "1000000", "--checkpoint", "c") == code
    thread.join()
    assert signal.getsignal(number) == before
    *_, stop = (json.loads(line) for line in Path("log.jsonl").read_text().splitlines())
    assert stop["event"] == "stop"
    assert stop["signal"] == number.name
    assert checkpoints() == [f"step-{stop['step']:08d}"]
    assert max(losses()) == stop["step"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--mesh", "data"], "[--mesh] expected AXIS=SIZE, each axis once, got 'data'; write 'data=8'"),
        (["--mesh", "data=2,data=2"], "[--mesh] expected AXIS=SIZE, each axis once, got 'data=2,data=2'"),
        (["--mesh", "data=16"], "[mesh data=16] expected 16 devices, got 8 cpu devices; for virtual CPU devices pass"),
        (["--devices", "4"], "[devices] expected 4 CPU devices, got "),
        (["--shardings", "weight"], "[--shardings] expected PATTERN=SPEC, got 'weight'"),
        (["--shardings", "weight=,model"], "[shardings: weight] expected an axis of the mesh (data), got 'model'"),
        (["--mesh", ""], "[--mesh] expected AXIS=SIZE, each axis once, got ''"),
        (["--every", "2", "--resume", "must"], "[checkpoints] expected a folder for them, got --every 2 and --resume"),
        (["--keep", "2"], "[checkpoints] expected a folder for them, got --keep 2; add --checkpoint DIR"),
        (["--processes", "2"], "[processes] expected --coordinator, --processes and --process, got some of them"),
    ],
)
def test_wrong_options(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    exits: list[int] = []
    with pytest.MonkeyPatch.context() as patch:
        # With several processes the command ends without waiting for the others.
        patch.setattr(os, "_exit", exits.append)
        assert run("--steps", "1", *arguments) == 1
    assert f"cotangent-xla: {message}" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--steps", "0"], ["--steps", "x"], ["--steps", "1", "--shuffle", "-1"], []])
def test_wrong_numbers(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_code:
        run(*arguments)
    assert exit_code.value.code == 2


def test_an_axis_that_splits_nothing_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--steps", "1", "--mesh", "data=2,stage=2") == 0
    assert "mesh axis 'stage' splits nothing: its 2 devices repeat the same work" in capsys.readouterr().err
    assert run("--steps", "1", "--mesh", "data=2") == 0
    assert "splits nothing" not in capsys.readouterr().err


def test_an_interrupted_start_is_no_traceback(tmp_path: Path) -> None:
    # Ctrl-C during the start, for example during a compilation, arrives in Python code as this exception.
    program = (
        "import cotangent_xla.cli as cli\n"
        "def interrupted(*_): raise KeyboardInterrupt\n"
        "cli.load = interrupted\n"
        "cli.main(['inspect', 'bundle'])\n"
    )
    sources = str(Path(__file__).parent.parent / "src")
    ended = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": sources}, capture_output=True, text=True
    )
    assert (ended.returncode, ended.stderr) == (130, "cotangent-xla: interrupted outside of a step\n")


def test_rules_of_the_command_line_split_parameters(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--mesh", "data=2,model=2", "--shardings", "layers.0.weight=,data+model", "weight=,model", "**="]
    assert run("--steps", "2", *arguments) == 0


def test_functions_are_not_trained(capsys: pytest.CaptureFixture[str]) -> None:
    write_function(Path("f"), jnp.sin, {"x": np.ones(3, np.float32)}, vjp=False)
    assert run("--steps", "1", bundle="f") == 1
    assert "expected a bundle of kind training, got kind function; call it from Python" in capsys.readouterr().err
