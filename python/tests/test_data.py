"""Training data: files, their errors, the order of rows."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bundles import rows, write_network, write_training
from safetensors.numpy import save_file

from cotangent_xla import DataError, TrainingStep, load, make_mesh
from cotangent_xla.data import Batches, open_data, permutation


@pytest.fixture(scope="module")
def step(tmp_path_factory: pytest.TempPathFactory) -> TrainingStep:
    loaded = load(write_network(tmp_path_factory.mktemp("network") / "bundle"))
    assert isinstance(loaded, TrainingStep)
    loaded.init(make_mesh({"data": 4}))
    return loaded


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    arrays = rows(30)
    save_file(arrays, "both.safetensors")
    save_file({"0": arrays["0"]}, "x.safetensors")
    save_file({**arrays, "2": arrays["0"]}, "more.safetensors")
    save_file({"0": arrays["0"], "1": (arrays["1"] * 255).astype(np.uint8)}, "bytes.safetensors")
    np.save("x.npy", arrays["0"])
    np.save("y.npy", arrays["1"])
    np.save("y=1.npy", arrays["1"])
    np.save("bytes.npy", (arrays["1"] * 255).astype(np.uint8))
    np.save("double.npy", arrays["0"].astype(np.float64))
    np.save("swapped.npy", arrays["0"].astype(">f4"))
    np.save("transposed.npy", arrays["0"].T)
    np.save("few.npy", arrays["0"][:7])
    np.savez("archive.npz", x=arrays["0"])
    Path("text.npy").write_text("not NumPy")
    # NumPy has other errors for each of these headers.
    for name, shape in (("negative", "(30, -6)"), ("huge", f"({10**30}, 6)"), ("broken", "(30, 6")):
        header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".ljust(117).encode() + b"\n"
        Path(f"{name}.npy").write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(720))
    (tmp_path / "archive.npy").write_bytes((tmp_path / "archive.npz").read_bytes())
    return tmp_path


@pytest.mark.parametrize(
    "names", ["both.safetensors", "x.npy y.npy", "1=y.npy x.npy", "x.safetensors y.npy", "x.npy y=1.npy"]
)
def test_files_of_every_form(step: TrainingStep, files: Path, names: str) -> None:
    arrays = open_data(names.split(), step.batch_inputs)
    for name, each in rows(30).items():
        np.testing.assert_array_equal(arrays[name], each)
        assert isinstance(arrays[name], np.memmap)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ("x.npy", r"an array for each batch input \(0, 1\), got arrays for 0; add a file"),
        ("x.npy y.npy x.npy", r"expected 2 arrays, got another, x\.npy"),
        ("both.safetensors 0=x.npy", r"one array for batch input '0', got a second one"),
        ("more.safetensors", r"expected names among 0, 1, got '2'; name the tensors as the batch inputs"),
        ("bytes.safetensors", r"'1'\] expected float32\[rows, 4\], got U8\[30, 4\]; convert bytes once"),
        (
            "x.npy bytes.npy",
            r"'1'\] expected float32\[rows, 4\], got uint8\[30, 4\]; .*\(x / 255\)\.astype\('float32'\)",
        ),
        ("double.npy y.npy", r"'0'\] expected float32\[rows, 6\], got float64\[30, 6\]; convert it once"),
        ("swapped.npy y.npy", r"'0'\] expected float32\[rows, 6\], got >f4\[30, 6\]"),
        ("transposed.npy y.npy", r"'0'\] expected float32\[rows, 6\], got float32\[6, 30\]"),
        ("text.npy y.npy", r"text\.npy\] expected a \.npy file, got .*; write it with numpy\.save"),
        ("archive.npy y.npy", r"archive\.npy\] expected a \.npy file, got the magic string"),
        ("negative.npy y.npy", r"negative\.npy\] expected a \.npy file, got "),
        ("huge.npy y.npy", r"huge\.npy\] expected a \.npy file, got "),
        ("broken.npy y.npy", r"broken\.npy\] expected a \.npy file, got "),
        ("none.npy y.npy", r"none\.npy\] expected a \.npy file, got .*No such file"),
        ("none.safetensors", r"none\.safetensors\] expected a whole safetensors file"),
        ("x.csv y.npy", r"expected a \.safetensors or \.npy file, got 'x\.csv'"),
    ],
)
def test_files_that_do_not_fit(step: TrainingStep, files: Path, names: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        open_data(names.split(), step.batch_inputs)


def test_numbers_of_rows(step: TrainingStep) -> None:
    with pytest.raises(DataError, match=r"at least one batch of 8 rows, got 7 rows"):
        Batches(step, rows(7))
    with pytest.raises(DataError, match=r"equal numbers of rows, got '0': 20, '1': 19"):
        Batches(step, {"0": rows(20)["0"], "1": rows(19)["1"]})


def test_rows_in_order_and_the_last_partial_batch_is_dropped(step: TrainingStep) -> None:
    arrays = rows(30)
    batches = Batches(step, arrays)
    assert (batches.per_epoch, batches.dropped, batches.position(7)) == (3, 6, (2, 1))
    for at in range(7):
        x, y = batches.batch(at)
        start = at % 3 * 8
        np.testing.assert_array_equal(x, arrays["0"][start : start + 8])
        np.testing.assert_array_equal(y, arrays["1"][start : start + 8])
        assert len(x.sharding.device_set) == 4


def test_shuffling_takes_every_row_once_in_an_order_of_its_own(step: TrainingStep) -> None:
    # Each row is its own number, so that batches show their rows.
    arrays = {"0": np.arange(32, dtype=np.float32)[:, None].repeat(6, 1), "1": np.zeros((32, 4), np.float32)}
    orders = []
    for seed in (0, 1, 2**64 - 1):
        batches = Batches(step, arrays, seed)
        for epoch in range(3):
            order = [int(row) for at in range(4) for row in np.asarray(batches.batch(4 * epoch + at)[0])[:, 0]]
            assert sorted(order) == list(range(32))
            assert order == permutation(seed, epoch, 32).tolist()
            orders.append(tuple(order))
    assert len(set(orders)) == 9


def test_the_order_is_stated() -> None:
    # From the definition: stable order of Philox4x64-10 outputs. The key is (seed, epoch), the first counter is 1.
    def philox(key: tuple[int, int], block: int) -> list[int]:
        counter, mask = [block, 0, 0, 0], 2**64 - 1
        for _ in range(10):
            a, b = counter[0] * 0xD2E7470EE14C6C93, counter[2] * 0xCA5A826395121157
            counter = [b >> 64 ^ counter[1] ^ key[0], b & mask, a >> 64 ^ counter[3] ^ key[1], a & mask]
            key = ((key[0] + 0x9E3779B97F4A7C15) & mask, (key[1] + 0xBB67AE8584CAA73B) & mask)
        return counter

    bits = [each for block in range(1, 6) for each in philox((7, 3), block)]
    assert permutation(7, 3, 20).tolist() == sorted(range(20), key=lambda at: bits[at])


class Spy(np.ndarray):
    """An array that remembers how many rows each access took."""

    taken: list[int]

    def __getitem__(self, index: Any) -> Any:
        part = np.asarray(self)[index]
        self.taken.append(len(part))
        return part


def test_only_rows_of_a_device_are_read_at_once(step: TrainingStep) -> None:
    arrays = {name: each.view(Spy) for name, each in rows(30).items()}
    for each in arrays.values():
        each.taken = []
    for shuffle in (None, 5):
        Batches(step, arrays, shuffle).batch(1)
    # 4 devices, 2 rows each, twice.
    assert arrays["0"].taken == arrays["1"].taken == [2] * 8


def test_batch_inputs_that_are_not_batched(tmp_path: Path) -> None:
    def scaled(model: Any, state: Any, constants: Any, batch: Any) -> Any:
        x, scale = batch
        return (x * scale[0]).sum(), model, state, {}

    batch = {"x": np.ones((4, 2), np.float32), "scale": np.array([2, 3], np.float32)}
    folder = write_training(tmp_path / "b", scaled, {"w": np.ones(2, np.float32)}, {}, batch, 4)
    step = load(folder)
    assert isinstance(step, TrainingStep)
    model, state = step.init(make_mesh({"data": 2}))
    np.save(tmp_path / "x.npy", np.arange(16, dtype=np.float32).reshape(8, 2))
    np.save(tmp_path / "scale.npy", batch["scale"])
    arrays = open_data([f"{tmp_path}/x.npy", f"{tmp_path}/scale.npy"], step.batch_inputs)
    loss = step(model, state, *Batches(step, arrays).batch(1))[2]
    assert float(loss) == 2 * sum(range(8, 16))
