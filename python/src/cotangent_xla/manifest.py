"""Reads `bundle.json`: a typed form of it, in which every field has been checked."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from .dtypes import KINDS, describe
from .errors import BundleError, problem
from .rules import Rule, spec_of

FORMAT = "cotangent-bundle"
VERSION = 1
REEXPORT = "export the bundle again with @cotangent/export"

INPUT_ROLES = {"training": {"model", "state", "batch", "constant"}, "function": {"argument", "constant"}}
OUTPUT_ROLES = {"training": {"loss", "model", "state", "metric"}, "function": {"result"}}

T = TypeVar("T")


@dataclass(frozen=True)
class Input:
    """An input of the module. `batched`: its first axis is the batch."""

    role: str
    name: str
    dtype: str
    shape: tuple[int, ...]
    batched: bool

    def __str__(self) -> str:
        return f"{self.role} {self.name!r} {describe(self.dtype, self.shape)}"


@dataclass(frozen=True)
class Output:
    """An output of the module. `input`: the index of the input that it replaces in the next step."""

    role: str
    name: str
    dtype: str
    shape: tuple[int, ...]
    input: int | None

    def __str__(self) -> str:
        return f"{self.role} {self.name!r} {describe(self.dtype, self.shape)}"


Tensor = Input | Output


@dataclass(frozen=True)
class FileFacts:
    """Size in bytes and SHA-256 of a file of the bundle."""

    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """The contents of `bundle.json`."""

    kind: str
    producer: str
    module: str
    vjp: str | None
    files: dict[str, FileFacts]
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    batch_size: int | None
    shardings: tuple[Rule, ...]

    def inputs_of(self, role: str) -> tuple[Input, ...]:
        """Returns the inputs of a role, in the order of the module."""
        return tuple(each for each in self.inputs if each.role == role)


class _Fields:
    """The fields of one JSON object, with its place in the file for messages."""

    def __init__(self, value: Any, place: str) -> None:
        if not isinstance(value, dict):
            where = f"bundle.json: {place}" if place else "bundle.json"
            raise BundleError(problem(where, "an object", repr(value)[:80], REEXPORT))
        self.value: dict[str, Any] = value
        self.place = place

    def get(self, name: str, expected: str, accept: Callable[[Any], T | None]) -> T:
        """Returns the field as `accept` turns it; `accept` returns None for what it refuses."""
        accepted = accept(self.value.get(name))
        if accepted is None:
            got = repr(self.value[name])[:80] if name in self.value else "nothing"
            raise BundleError(problem(f"bundle.json: {self.place}{name}", expected, got, REEXPORT))
        return accepted

    def text(self, name: str) -> str:
        return self.get(name, "a string", lambda x: x if isinstance(x, str) and _is_text(x) else None)

    def one_of(self, name: str, choices: set[str]) -> str:
        listed = "one of " + ", ".join(sorted(choices))
        return self.get(name, listed, lambda x: x if isinstance(x, str) and x in choices else None)

    def items(self, name: str) -> list[Any]:
        return self.get(name, "a list", lambda x: x if isinstance(x, list) else None)

    def shape(self) -> tuple[int, ...]:
        def accept(x: Any) -> tuple[int, ...] | None:
            return tuple(x) if isinstance(x, list) and all(_is_count(each) for each in x) else None

        return self.get("shape", "a list of sizes", accept)


def _is_text(x: str) -> bool:
    """Half of a surrogate pair can stand in JSON, but not in UTF-8: messages and files cannot hold it."""
    return not any("\ud800" <= each <= "\udfff" for each in x)


def _is_count(x: Any) -> bool:
    return isinstance(x, int) and not isinstance(x, bool) and x >= 0


def _count(x: Any) -> int | None:
    return x if _is_count(x) else None


def _file_name(x: Any) -> str | None:
    """Accepts a plain file name, so that no path leaves the folder."""
    if not isinstance(x, str) or x in ("", ".", "..", "bundle.json"):
        return None
    return None if any(each in x for each in "/\\:\0") else x


def _files(value: Any) -> dict[str, FileFacts]:
    files = {}
    for name, facts in _Fields(value, "files").value.items():
        if _file_name(name) is None:
            expected = "names of files in the folder itself"
            raise BundleError(problem("bundle.json: files", expected, repr(name), REEXPORT))
        fields = _Fields(facts, f"files[{name!r}].")
        sha256 = fields.get(
            "sha256",
            "64 hexadecimal digits",
            lambda x: x if isinstance(x, str) and len(x) == 64 and set(x) <= set("0123456789abcdef") else None,
        )
        files[name] = FileFacts(fields.get("bytes", "a size", _count), sha256)
    return files


def _input(value: Any, place: str, kind: str, batch_size: int | None) -> Input:
    fields = _Fields(value, place)
    role, shape = fields.one_of("role", INPUT_ROLES[kind]), fields.shape()
    batched = fields.value.get("batched", False)
    if role == "batch" and "batched" not in fields.value:
        raise BundleError(problem(f"bundle.json: {place}batched", "true or false", "nothing", REEXPORT))
    if not isinstance(batched, bool) or (batched and (role != "batch" or shape[:1] != (batch_size,))):
        expected = f"true only for a batch input whose first axis has batchSize {batch_size}"
        got = f"{repr(batched)[:80]} for {role} {list(shape)}"
        raise BundleError(problem(f"bundle.json: {place}batched", expected, got, REEXPORT))
    return Input(role, fields.text("name"), fields.one_of("dtype", set(KINDS)), shape, batched)


def _output(value: Any, place: str, kind: str, inputs: tuple[Input, ...]) -> Output:
    fields = _Fields(value, place)
    role, dtype, shape = fields.one_of("role", OUTPUT_ROLES[kind]), fields.one_of("dtype", set(KINDS)), fields.shape()
    name, at = fields.text("name"), None
    if role in ("model", "state"):

        def accept(x: Any) -> int | None:
            fits = _is_count(x) and x < len(inputs)
            return x if fits and (inputs[x].role, inputs[x].dtype, inputs[x].shape) == (role, dtype, shape) else None

        at = fields.get("input", f"the index of a {role} input {describe(dtype, shape)}", accept)
        if inputs[at].name != name:
            expected = f"the input of the same name, {name!r}"
            raise BundleError(problem(f"bundle.json: {place}input", expected, f"{at}, {inputs[at]}", REEXPORT))
    return Output(role, name, dtype, shape, at)


def _rule(value: Any, place: str) -> Rule:
    fields = _Fields(value, place)

    def accept(x: Any) -> Rule | None:
        try:
            return Rule(fields.text("pattern"), spec_of(x), False) if x is not None else None
        except ValueError:
            return None

    expected = "the name of a mesh axis, or for each axis a name, a list of names or null"
    return fields.get("spec", expected, accept)


def _check_consistency(manifest: Manifest) -> None:
    """Checks what involves several fields: listed files, unique names, one output for each model and state input."""
    modules = [each for each in (manifest.module, manifest.vjp) if each is not None]
    roles = {"model": "model.safetensors", "state": "state.safetensors", "constant": "constants.safetensors"}
    expected = {*modules, *(file for role, file in roles.items() if manifest.inputs_of(role))}
    if expected != set(manifest.files):
        got = ", ".join(sorted(manifest.files)) or "none"
        raise BundleError(problem("bundle.json: files", ", ".join(sorted(expected)), got, REEXPORT))
    for place, tensors in (("inputs", manifest.inputs), ("outputs", manifest.outputs)):
        names = Counter((each.role, each.name) for each in tensors)
        for (role, name), count in names.items():
            if count > 1:
                got = f"{role} {name!r} {count} times"
                raise BundleError(problem(f"bundle.json: {place}", "names used once", got, REEXPORT))
    if manifest.kind == "function":
        return
    updates = Counter(each.input for each in manifest.outputs if each.input is not None)
    for at, each in enumerate(manifest.inputs):
        if each.role in ("model", "state") and updates[at] != 1:
            got = f"{updates[at]} for {each}"
            raise BundleError(
                problem("bundle.json: outputs", "one output for each model and state input", got, REEXPORT)
            )
    losses = [each for each in manifest.outputs if each.role == "loss"]
    if len(losses) != 1 or losses[0].shape != () or not KINDS[losses[0].dtype].is_float:
        got = ", ".join(map(str, losses)) or "none"
        raise BundleError(problem("bundle.json: outputs", "one float scalar with role loss", got, REEXPORT))


def parse_manifest(text: str) -> Manifest:
    """Parses `bundle.json`.

    Raises:
        BundleError: text is not JSON; another format or version; a field is missing, of a wrong type, or contradicts
            another field.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BundleError(problem("bundle.json", "JSON", str(error), REEXPORT)) from None
    fields = _Fields(value, "")
    # In Python true and 1.0 equal 1.
    if fields.value.get("format") != FORMAT or repr(fields.value.get("version")) != repr(VERSION):
        got = f"{fields.value.get('format')!r} version {fields.value.get('version')!r}"
        remedy = "use the version of cotangent_xla that belongs to your @cotangent/export"
        raise BundleError(problem("bundle.json", f"{FORMAT!r} version {VERSION}", got, remedy))
    kind = fields.one_of("kind", {"training", "function"})
    batch_size = None
    if kind == "training":
        batch_size = fields.get("batchSize", "a size of at least 1", lambda x: _count(x) or None)
    inputs = tuple(_input(x, f"inputs[{i}].", kind, batch_size) for i, x in enumerate(fields.items("inputs")))
    outputs = tuple(_output(x, f"outputs[{i}].", kind, inputs) for i, x in enumerate(fields.items("outputs")))
    rules = fields.items("shardings") if "shardings" in fields.value else []
    has_vjp = kind == "function" and fields.value.get("vjp") is not None
    manifest = Manifest(
        kind=kind,
        producer=fields.text("producer"),
        module=fields.get("module", "a file name", _file_name),
        vjp=fields.get("vjp", "a file name", _file_name) if has_vjp else None,
        files=_files(fields.value.get("files")),
        inputs=inputs,
        outputs=outputs,
        batch_size=batch_size,
        shardings=tuple(_rule(x, f"shardings[{i}].") for i, x in enumerate(rules)),
    )
    _check_consistency(manifest)
    return manifest
