"""The command line: `cotangent-xla train` and `cotangent-xla inspect`."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import jax
from jax.sharding import NamedSharding

from . import Function, TrainingStep, load
from .collectives import collectives_of
from .data import open_data
from .devices import connect, make_mesh, parse_mesh, use_virtual_devices
from .dtypes import describe
from .errors import BundleError, CotangentXlaError, DeviceError, problem
from .manifest import Tensor
from .placement import DATA_AXIS, Placement, place
from .rules import parse_rules
from .train import Options, train


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"expected a number of at least 1, got {text!r}")
    return int(text)


def _seed(text: str) -> int:
    if not text.isdecimal() or int(text) >= 2**64:
        raise argparse.ArgumentTypeError(f"expected a seed from 0 to 2^64 - 1, got {text!r}")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("cotangent-xla", description="Runs bundles of @cotangent/export in JAX.")
    commands = parser.add_subparsers(dest="command", required=True)
    inspect = commands.add_parser("inspect", help="print signature, roles, shardings and collectives of a bundle")
    run = commands.add_parser("train", help="train a bundle")
    for each in (inspect, run):
        each.add_argument("bundle", type=Path, help="folder of the bundle")
        each.add_argument("--mesh", help="axes and sizes, such as data=8 or data=4,model=2; default: all of --devices")
        each.add_argument(
            "--shardings",
            nargs="+",
            default=[],
            metavar="RULE",
            help="rules before those of the bundle: 'layers.*.weight=,model' splits axis 1, '**=data' splits the "
            "longest axis, '**=' replicates",
        )
        each.add_argument("--data-axis", help=f"mesh axis that splits batches; default {DATA_AXIS}, if the mesh has it")
        each.add_argument("--devices", type=_positive, help="number of virtual CPU devices in this process")
    run.add_argument("--data", nargs="+", required=True, metavar="FILE", help="safetensors, .npy or NAME=FILE.npy")
    run.add_argument("--steps", type=_positive, required=True, help="steps in total, with those of earlier runs")
    run.add_argument("--shuffle", type=_seed, metavar="SEED", help="another order of the rows in each epoch")
    run.add_argument("--checkpoint", type=Path, metavar="DIR", help="folder of checkpoints")
    run.add_argument("--every", type=_positive, metavar="K", help="steps between checkpoints; default: at the end")
    run.add_argument("--keep", type=_positive, metavar="K", help="keep the newest K checkpoints; default: all")
    run.add_argument(
        "--resume",
        choices=["auto", "must", "never"],
        default="auto",
        help="auto (default): from the newest checkpoint if there is one; must: error if there is none; never: error "
        "if there is one",
    )
    run.add_argument("--log", type=Path, metavar="FILE.jsonl", help="append a JSON line for each step")
    run.add_argument("--report", type=_positive, default=10, metavar="K", help="steps between plain lines; default 10")
    run.add_argument("--coordinator", metavar="HOST:PORT", help="address of process 0, if there are several")
    run.add_argument("--processes", type=_positive, metavar="N", help="number of processes")
    run.add_argument("--process", type=int, metavar="I", help="number of this process, from 0")
    heartbeat = "seconds after which a silent process counts as dead; default 30"
    run.add_argument("--heartbeat", type=_positive, default=30, metavar="S", help=heartbeat)
    wait = "seconds to wait for all processes at the start; default 300"
    run.add_argument("--wait", type=_positive, default=300, metavar="S", help=wait)
    return parser


def _step(folder: Path) -> TrainingStep:
    loaded = load(folder)
    if isinstance(loaded, Function):
        remedy = "call it from Python: cotangent_xla.load(folder)(...)"
        raise BundleError(problem(str(folder), "a bundle of kind training", "kind function", remedy))
    return loaded


def _train(arguments: argparse.Namespace) -> int:
    several = (arguments.coordinator, arguments.processes, arguments.process)
    if None in several and several != (None, None, None):
        remedy = "pass all three or none"
        raise DeviceError(problem("processes", "--coordinator, --processes and --process", "some of them", remedy))
    step = _step(arguments.bundle)
    arrays = open_data(arguments.data, step.batch_inputs)
    if arguments.devices is not None:
        use_virtual_devices(arguments.devices)
    if arguments.coordinator is not None:
        where = f"at {arguments.coordinator}, for at most {arguments.wait} s"
        print(f"process {arguments.process} waits for all {arguments.processes} {where}", file=sys.stderr, flush=True)
        connect(arguments.coordinator, arguments.processes, arguments.process, arguments.heartbeat, arguments.wait)
    sizes = {DATA_AXIS: jax.device_count()} if arguments.devices is not None else None
    sizes = parse_mesh(arguments.mesh) if arguments.mesh is not None else sizes
    stop = train(
        step,
        arrays,
        Options(
            steps=arguments.steps,
            checkpoint=arguments.checkpoint,
            every=arguments.every,
            keep=arguments.keep,
            resume=arguments.resume,
            report=arguments.report,
            log=arguments.log,
        ),
        arguments.shuffle,
        mesh=make_mesh(sizes) if sizes else None,
        shardings=parse_rules(arguments.shardings),
        data_axis=arguments.data_axis,
    )
    return 0 if stop is None else 128 + stop


def _print_tensors(title: str, tensors: Sequence[Tensor], shardings: Sequence[NamedSharding] | None) -> None:
    print(f"{title}:")
    for at, each in enumerate(tensors):
        spec = tuple(shardings[at].spec) if shardings else ()
        split = f"  split {', '.join(map(str, spec))}" if any(spec) else ""
        print(f"  {each.role:<8} {each.name:<32} {describe(each.dtype, each.shape)}{split}")


def _inspect(arguments: argparse.Namespace) -> int:
    loaded = load(arguments.bundle)
    manifest = loaded.bundle.manifest
    print(f"{manifest.kind} bundle by {manifest.producer}, SHA-256 of bundle.json {loaded.bundle.digest}")
    placement: Placement | None = None
    if isinstance(loaded, TrainingStep):
        print(f"batch size {loaded.batch_size}")
        sizes = parse_mesh(arguments.mesh) if arguments.mesh is not None else {DATA_AXIS: arguments.devices or 1}
        use_virtual_devices(arguments.devices or _product(sizes))
        mesh = make_mesh(sizes)
        placement = place(manifest, mesh, parse_rules(arguments.shardings), arguments.data_axis)
    _print_tensors("inputs", manifest.inputs, placement.inputs if placement else None)
    _print_tensors("outputs", manifest.outputs, placement.outputs if placement else None)
    if isinstance(loaded, TrainingStep) and placement is not None:
        compiled = loaded.compile_for(placement)
        found = ", ".join(f"{count} {name}" for name, count in collectives_of(compiled.as_text() or "").items())
        print(f"mesh {dict(placement.mesh.shape)}, batch split by {placement.data_axis or 'nothing'}")
        for axis in placement.idle_axes():
            print(f"mesh axis {axis!r} splits nothing: its devices repeat the same work")
        print(f"collectives: {found or 'none'}")
        memory = compiled.memory_analysis()
        if memory is not None:
            parts = f"{memory.argument_size_in_bytes} bytes of arguments, {memory.temp_size_in_bytes} temporary"
            print(f"memory per device: {parts}")
    return 0


def _product(sizes: dict[str, int]) -> int:
    count = 1
    for each in sizes.values():
        count *= each
    return count


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line, and returns the exit code: 0, 1 for an error, 130 or 143 after Ctrl-C or SIGTERM."""
    parsed = _parser().parse_args(arguments)
    try:
        return _train(parsed) if parsed.command == "train" else _inspect(parsed)
    except KeyboardInterrupt:
        _end_at_once("interrupted outside of a step", 130)
    except CotangentXlaError as error:
        message = str(error)
    except jax.errors.JaxRuntimeError as error:
        if getattr(parsed, "processes", None) is None:
            raise
        expected, got = "all processes to take part", str(error).splitlines()[0]
        remedy = "start all processes again with the same command: they resume from the newest checkpoint"
        message = problem(f"process {parsed.process}", expected, got, remedy)
    if getattr(parsed, "processes", None) is not None:
        # A normal exit would wait for the other processes, which may wait for this one.
        _end_at_once(message, 1)
    print(f"cotangent-xla: {message}", file=sys.stderr, flush=True)
    return 1


def _end_at_once(message: str, code: int) -> NoReturn:
    """Ends the process without the clean-up of JAX, which crashes if it interrupts a compilation."""
    print(f"cotangent-xla: {message}", file=sys.stderr, flush=True)
    sys.stdout.flush()
    os._exit(code)
