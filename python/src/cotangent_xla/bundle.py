"""Opens a bundle's folder: checks every file against `bundle.json` before anything runs."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import jax
import numpy as np

from .dtypes import KINDS, describe
from .errors import BundleError, problem
from .manifest import Input, Manifest, Tensor, parse_manifest
from .private_jax import Module, Signature, backends_are_initialized, check_jax, parse_module
from .tensorfile import TensorFile

COPY_AGAIN = "copy or export the bundle again"

TENSOR_FILES = {"model": "model.safetensors", "state": "state.safetensors", "constant": "constants.safetensors"}


@dataclass(frozen=True)
class Bundle:
    """A checked bundle. `digest` is the SHA-256 of `bundle.json`, which holds those of all other files."""

    folder: Path
    manifest: Manifest
    digest: str
    module: Module
    vjp: Module | None
    tensor_files: dict[str, TensorFile] = field(repr=False)

    def array(self, given: Input) -> np.ndarray:
        """Returns the stored tensor of a model, state or constant input, backed by the file."""
        return self.tensor_files[given.role].array(given.name)


def spec_of(given: Tensor) -> jax.ShapeDtypeStruct:
    """Returns shape and dtype as JAX describes them."""
    return jax.ShapeDtypeStruct(given.shape, KINDS[given.dtype].numpy)


def sha256_of(path: Path) -> str:
    """Returns the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as reason:
        raise BundleError(problem(path.name, f"a file in {path.parent}", str(reason), COPY_AGAIN)) from None


def _text(path: Path) -> str:
    try:
        return _read(path).decode("utf-8")
    except UnicodeDecodeError as reason:
        raise BundleError(problem(path.name, "UTF-8 text", str(reason), COPY_AGAIN)) from None


def _check_files(folder: Path, manifest: Manifest) -> None:
    # Hidden files, such as those of file managers, are never read.
    present = {each.name for each in folder.iterdir() if not each.name.startswith(".")}
    for names, expected, got in (
        (manifest.files.keys() - present, "all files that bundle.json lists", "missing"),
        (present - manifest.files.keys() - {"bundle.json"}, "only files that bundle.json lists", "unexpected"),
    ):
        if names:
            raise BundleError(problem(str(folder), expected, f"{got} {', '.join(sorted(names))}", COPY_AGAIN))
    for name, facts in manifest.files.items():
        path = folder / name
        # A link may point outside of the folder.
        if path.is_symlink() or not path.is_file():
            raise BundleError(problem(name, "a regular file", "a link or a folder", COPY_AGAIN))
        size = path.stat().st_size
        if size != facts.bytes:
            raise BundleError(problem(name, f"{facts.bytes} bytes", f"{size}", COPY_AGAIN))
        digest = sha256_of(path)
        if digest != facts.sha256:
            raise BundleError(problem(name, f"SHA-256 {facts.sha256}", digest, COPY_AGAIN))


def _types(tensors: Sequence[Tensor]) -> Signature:
    return [(KINDS[each.dtype].mlir, each.shape) for each in tensors]


def _check_signature(where: str, expected: Signature, got: Signature) -> None:
    if len(expected) != len(got):
        raise BundleError(problem(where, f"{len(expected)} as in bundle.json", f"{len(got)}", COPY_AGAIN))
    for at, (a, b) in enumerate(zip(expected, got, strict=True)):
        if a != b:
            raise BundleError(problem(f"{where} {at}", describe(*a), describe(*b), COPY_AGAIN))


def _vjp_module(folder: Path, manifest: Manifest) -> Module | None:
    """Returns the backward module: from inputs and cotangents of float outputs to cotangents of float arguments."""
    if manifest.vjp is None:
        return None
    module = parse_module(_text(folder / manifest.vjp), manifest.vjp)
    cotangents = [each for each in manifest.outputs if KINDS[each.dtype].is_float]
    results = [each for each in manifest.inputs_of("argument") if KINDS[each.dtype].is_float]
    _check_signature(f"{manifest.vjp}: argument", _types([*manifest.inputs, *cotangents]), module.inputs)
    _check_signature(f"{manifest.vjp}: result", _types(results), module.outputs)
    return module


def _enable_float64(manifest: Manifest) -> None:
    """Without `jax_enable_x64`, JAX turns float64 arguments into float32."""
    tensors: list[Tensor] = [*manifest.inputs, *manifest.outputs]
    wide = [each for each in tensors if each.dtype == "float64"]
    if not wide or jax.dtypes.canonicalize_dtype(np.float64) == np.float64:
        return
    if backends_are_initialized():
        remedy = 'call load before any JAX computation, or first jax.config.update("jax_enable_x64", True)'
        raise BundleError(problem(str(wide[0]), "jax_enable_x64", "float64 switched off in JAX", remedy))
    jax.config.update("jax_enable_x64", True)


def open_bundle(folder: str | Path) -> Bundle:
    """Opens a bundle and checks it: files, sizes, SHA-256, tensors by name, signatures of the modules.

    Switches `jax_enable_x64` on if an input or output is float64. Parameters stay in their file until they are used.

    Raises:
        BundleError: a damage of any kind; it names the file, what was expected, what was found.
        VersionError: JAX is outside of the tested range.
    """
    check_jax()
    folder = Path(folder)
    if not folder.is_dir():
        remedy = "pass the folder that bundle.write made"
        raise BundleError(problem(str(folder), "the folder of a bundle", "no such folder", remedy))
    contents = _read(folder / "bundle.json")
    manifest = parse_manifest(_text(folder / "bundle.json"))
    _check_files(folder, manifest)
    files = {}
    for role, name in TENSOR_FILES.items():
        inputs = manifest.inputs_of(role)
        if inputs:
            files[role] = TensorFile(folder / name, BundleError, COPY_AGAIN)
            files[role].check({each.name: (each.dtype, each.shape) for each in inputs})
    module = parse_module(_text(folder / manifest.module), manifest.module)
    _check_signature(f"{manifest.module}: argument", _types(manifest.inputs), module.inputs)
    _check_signature(f"{manifest.module}: result", _types(manifest.outputs), module.outputs)
    vjp = _vjp_module(folder, manifest)
    _enable_float64(manifest)
    return Bundle(folder, manifest, hashlib.sha256(contents).hexdigest(), module, vjp, files)
