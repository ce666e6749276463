"""Damaged bundles: every damage is a BundleError that names the file and says what to do."""

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bundles import write_function, write_network
from safetensors.numpy import load_file, save_file

from cotangent_xla import BundleError, VersionError, load
from cotangent_xla.private_jax import check_jax

FILES = ["bundle.json", "step.mlir", "model.safetensors", "state.safetensors", "constants.safetensors"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_network(tmp_path_factory.mktemp("whole") / "bundle")


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "copy"))


def change(folder: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    """Edits bundle.json, and brings sizes and hashes of the files up to date."""
    manifest = json.loads((folder / "bundle.json").read_text())
    for name in manifest["files"]:
        contents = (folder / name).read_bytes()
        manifest["files"][name] = {"bytes": len(contents), "sha256": hashlib.sha256(contents).hexdigest()}
    edit(manifest)
    (folder / "bundle.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize("name", FILES)
def test_truncated_files(folder: Path, name: str) -> None:
    contents = (folder / name).read_bytes()
    for length in (0, len(contents) // 2, len(contents) - 1):
        (folder / name).write_bytes(contents[:length])
        with pytest.raises(BundleError, match=rf"\[{name}.*expected .*got .*; "):
            load(folder)


@pytest.mark.parametrize("name", FILES[1:])
def test_flipped_bits(folder: Path, name: str) -> None:
    contents = bytearray((folder / name).read_bytes())
    draw = np.random.default_rng(5)
    for _ in range(10):
        at, bit = int(draw.integers(len(contents))), 1 << int(draw.integers(8))
        contents[at] ^= bit
        (folder / name).write_bytes(contents)
        with pytest.raises(BundleError, match=rf"\[{name}\] expected SHA-256 \w+, got \w+; copy"):
            load(folder)
        contents[at] ^= bit


def test_flipped_bits_in_the_manifest_load_or_are_an_error(folder: Path) -> None:
    contents = bytearray((folder / "bundle.json").read_bytes())
    draw = np.random.default_rng(6)
    errors = 0
    for _ in range(200):
        at, bit = int(draw.integers(len(contents))), 1 << int(draw.integers(8))
        contents[at] ^= bit
        (folder / "bundle.json").write_bytes(contents)
        # A flip in a free text, such as the producer, is no contradiction.
        try:
            load(folder)
        except BundleError:
            errors += 1
        contents[at] ^= bit
    assert errors > 150


@pytest.mark.parametrize("name", FILES)
def test_missing_files(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(BundleError, match=rf"expected .*{'No such file' if name == FILES[0] else 'missing ' + name}"):
        load(folder)


def test_unexpected_files_and_links(folder: Path) -> None:
    (folder / ".hidden").touch()
    load(folder)
    (folder / "more.safetensors").touch()
    with pytest.raises(BundleError, match=r"only files that bundle\.json lists, got unexpected more\.safetensors"):
        load(folder)
    (folder / "more.safetensors").unlink()
    (folder / "step.mlir").rename(folder.parent / "step.mlir")
    (folder / "step.mlir").symlink_to(folder.parent / "step.mlir")
    with pytest.raises(BundleError, match=r"step\.mlir\] expected a regular file, got a link"):
        load(folder)


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="expected the folder of a bundle, got no such folder; pass the folder"):
        load(tmp_path / "none")


def inputs(manifest: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in manifest["inputs"] if each["name"] == name)
    return found


def rename_input(manifest: dict[str, Any], name: str) -> None:
    """Makes an output replace an input of another name, whose dtype and shape are the same."""
    inputs(manifest, name)["name"] = f"{name}.other"


EDITS: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (lambda m: m.update(format="x"), r"expected 'cotangent-bundle' version 1, got 'x' version 1"),
    (lambda m: m.update(version=2), r"got 'cotangent-bundle' version 2; use the version of cotangent_xla"),
    (lambda m: m.update(kind="other"), r"kind\] expected one of function, training, got 'other'"),
    (lambda m: m.pop("producer"), r"producer\] expected a string, got nothing"),
    (lambda m: m.update(module="../step.mlir"), r"module\] expected a file name, got '\.\./step\.mlir'"),
    (lambda m: m.update(batchSize=0), r"batchSize\] expected a size of at least 1, got 0"),
    (lambda m: m.update(inputs={}), r"inputs\] expected a list, got \{\}"),
    (lambda m: m.update(files=[]), r"files\] expected an object, got \[\]"),
    (lambda m: m["files"].update({"a/b": {}}), r"names of files in the folder itself, got 'a/b'"),
    (lambda m: m["files"].update({"..": {}}), r"names of files in the folder itself, got '\.\.'"),
    (lambda m: m["files"].pop("state.safetensors"), r"files\] expected .*state\.safetensors, step\.mlir, got"),
    (lambda m: m["files"]["step.mlir"].update(bytes=-1), r"bytes\] expected a size, got -1"),
    (lambda m: m["files"]["step.mlir"].update(sha256="x"), r"sha256\] expected 64 hexadecimal digits, got 'x'"),
    (lambda m: m["inputs"][0].update(role="x"), r"inputs\[0\]\.role\] expected one of batch, constant, model, state"),
    (lambda m: m["inputs"][0].update(dtype="int8"), r"dtype\] expected one of bool, float32, float64, int32"),
    (lambda m: m["inputs"][0].update(shape=[1.5]), r"inputs\[0\]\.shape\] expected a list of sizes, got \[1\.5\]"),
    (lambda m: m["inputs"][0].update(batched=True), r"batched\] expected true only for a batch input"),
    (
        lambda m: (m["inputs"].append(inputs(m, "rate")), m["outputs"].append(m["outputs"][0])),
        r"inputs\] expected names used once, got constant 'rate' 2 times",
    ),
    (lambda m: m["outputs"].append(m["outputs"][-1]), r"outputs\] expected names used once, got metric .* 2 times"),
    (
        lambda m: rename_input(m, "velocity.layers.0.bias"),
        r"expected the input of the same name, 'velocity\.layers\.0\.bias', got",
    ),
    (lambda m: m.update(version=True), r"got 'cotangent-bundle' version True"),
    (lambda m: m.update(producer="\ud800"), r"producer\] expected a string, got '.ud800'"),
    (lambda m: inputs(m, "0").pop("batched"), r"batched\] expected true or false, got nothing"),
    (lambda m: m["inputs"][0].update(batched="a" * 9999), r"got 'a{79} for model"),
    (lambda m: m["outputs"][1].update(input=99), r"outputs\[1\]\.input\] expected the index of a model input"),
    (lambda m: m["outputs"].pop(1), r"one output for each model and state input, got 0 for model"),
    (lambda m: m["outputs"].pop(0), r"outputs\] expected one float scalar with role loss, got none"),
    (lambda m: m["shardings"][0].update(spec=3), r"shardings\[0\]\.spec\] expected the name of a mesh axis"),
    (lambda m: inputs(m, "rate").update(name="speed"), r"constants\.safetensors\] .*got missing 'speed'; copy"),
    (
        lambda m: inputs(m, "rate").update(shape=[1]),
        r"constants\.safetensors: rate\] expected float32\[1\], got float32\[\]",
    ),
    (lambda m: inputs(m, "rate").update(dtype="int32"), r"rate\] expected int32\[\], got float32\[\]"),
    (
        lambda m: inputs(m, "0").update(dtype="int32"),
        r"argument \d+\] expected i32\[8, 6\], got f32\[8, 6\]",
    ),
    (lambda m: m["outputs"].pop(), r"step\.mlir: result\] expected 11 as in bundle\.json, got 12"),
]


@pytest.mark.parametrize(("edit", "message"), EDITS)
def test_contradictions_in_the_manifest(folder: Path, edit: Callable[[dict[str, Any]], object], message: str) -> None:
    change(folder, edit)
    with pytest.raises(BundleError, match=message):
        load(folder)


@pytest.mark.parametrize("text", ["", "[]", "[" * 100_000, '{"a":' * 100_000, "NaN", "9" * 5000])
def test_manifests_that_are_no_object(folder: Path, text: str) -> None:
    (folder / "bundle.json").write_text(text)
    with pytest.raises(
        BundleError, match=r"\[bundle\.json\] expected (JSON|an object), got .*; export the bundle again"
    ):
        load(folder)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda text: text.replace("func.func", "fun.func"), r"step\.mlir\] expected a valid StableHLO module, got "),
        (lambda text: text.replace("@main", "@other"), r"step\.mlir\] expected a function main, got a module without"),
        (lambda text: text.replace("%arg0", "%arg00", 1), r"step\.mlir\] expected a valid StableHLO module, got "),
        (lambda text: "func.func @main(%x: tensor<?xf32>) { return }", r"expected tensors of static shapes, got "),
        (lambda text: "func.func @main(%x: f32) { return }", r"expected tensors of static shapes, got "),
        (
            lambda text: text.replace(
                "    return ",
                '    %custom = "stablehlo.custom_call"() {call_target_name = "x"} : () -> tensor<f32>\n    return ',
                1,
            ),
            r"expected operations of StableHLO, without custom calls, got stablehlo\.custom_call; export",
        ),
    ],
)
def test_modules_that_are_wrong(folder: Path, edit: Callable[[str], str], message: str) -> None:
    path = folder / "step.mlir"
    path.write_text(edit(path.read_text()))
    change(folder, lambda _: None)
    with pytest.raises(BundleError, match=message):
        load(folder)


def test_tensor_files_that_are_wrong(folder: Path) -> None:
    path = folder / "model.safetensors"
    tensors = load_file(path)
    save_file({**tensors, "more": np.zeros(2, np.float32)}, path)
    change(folder, lambda _: None)
    with pytest.raises(BundleError, match=r"model\.safetensors\] expected 4 named tensors, got unexpected 'more'"):
        load(folder)
    save_file({**tensors, "layers.0.bias": np.zeros(16, np.int64)}, path)
    change(folder, lambda _: None)
    with pytest.raises(BundleError, match=r"layers\.0\.bias\] expected float32\[16\], got I64\[16\]"):
        load(folder)
    path.write_bytes(b"\x08\0\0\0\0\0\0\0not json")
    change(folder, lambda _: None)
    with pytest.raises(BundleError, match=r"model\.safetensors\] expected a whole safetensors file, got .*; copy"):
        load(folder)


def test_a_backward_module_of_another_signature(tmp_path: Path) -> None:
    folder = write_function(
        tmp_path / "f", lambda x, n: x * n, {"x": np.ones(3, np.float32), "n": np.asarray(2, np.int32)}
    )
    (folder / "vjp.mlir").write_text((folder / "forward.mlir").read_text())
    change(folder, lambda _: None)
    with pytest.raises(BundleError, match=r"vjp\.mlir: argument\] expected 3 as in bundle\.json, got 2"):
        load(folder)


@pytest.mark.parametrize("version", ["0.10.1", "0.11.0", "0.9.9", "1.0", "0.11.0rc1"])
def test_other_versions_of_jax(version: str) -> None:
    with pytest.raises(VersionError, match=rf"expected jax>=0\.10\.2,<0\.11, got jax {re.escape(version)}; install"):
        check_jax(version)
    check_jax("0.10.3")
