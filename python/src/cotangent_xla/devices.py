"""Devices: virtual ones, several processes, meshes."""

import math
import os
import socket
from collections.abc import Mapping
from numbers import Integral

import jax
from jax.sharding import AxisType, Mesh

from .errors import DeviceError, problem

VIRTUAL = (
    "for virtual CPU devices pass --devices N, or call "
    'jax.config.update("jax_num_cpu_devices", N) before the first JAX computation'
)


def parse_mesh(text: str) -> dict[str, int]:
    """Parses a mesh of the command line, such as `data=4,model=2`, into sizes by axis name.

    Raises:
        DeviceError: the text has another form, or names an axis twice.
    """
    sizes: dict[str, int] = {}
    for part in text.split(","):
        name, _, size = part.partition("=")
        if not name or name in sizes or not size.isdecimal() or int(size) == 0:
            remedy = "write 'data=8' or 'data=4,model=2'"
            raise DeviceError(problem("--mesh", "AXIS=SIZE, each axis once", repr(text), remedy))
        sizes[name] = int(size)
    return sizes


def use_virtual_devices(count: int) -> None:
    """Asks JAX for this number of CPU devices in this process. Call it before the first JAX computation.

    Raises:
        DeviceError: JAX has already chosen its devices.
    """
    try:
        jax.config.update("jax_num_cpu_devices", count)
    except RuntimeError as reason:
        remedy = "call it before the first JAX computation"
        raise DeviceError(problem("devices", f"{count} CPU devices", str(reason), remedy)) from None


def make_mesh(sizes: Mapping[str, int]) -> Mesh:
    """Returns a mesh of the first devices, with named axes. Several processes must use all of their devices.

    Raises:
        DeviceError: a size is no integer of at least 1; there are fewer devices; or devices of some process would stay
            unused.
    """
    if not isinstance(sizes, Mapping) or not all(
        isinstance(name, str) and isinstance(size, Integral) and size >= 1 for name, size in sizes.items()
    ):
        expected, remedy = "sizes of at least 1 by the names of axes", 'pass for example {"data": 4, "model": 2}'
        raise DeviceError(problem("make_mesh", expected, repr(sizes)[:80], remedy))
    wanted, devices = math.prod(sizes.values()), jax.devices()
    shown = ",".join(f"{name}={size}" for name, size in sizes.items())
    there = f"{len(devices)} {devices[0].platform} device{'s' if len(devices) > 1 else ''}"
    if wanted > len(devices):
        raise DeviceError(problem(f"mesh {shown}", f"{wanted} devices", there, VIRTUAL))
    if wanted < len(devices) and jax.process_count() > 1:
        remedy = "use a mesh of all devices of all processes"
        raise DeviceError(problem(f"mesh {shown}", f"{wanted} devices", there, remedy))
    names = tuple(sizes)
    return jax.make_mesh(
        tuple(sizes.values()), names, devices=devices[:wanted], axis_types=(AxisType.Auto,) * len(names)
    )


def automatic(mesh: Mesh) -> Mesh:
    """Returns the mesh with axes along which XLA partitions by itself, as modules without annotations need it."""
    return Mesh(mesh.devices, mesh.axis_names, axis_types=(AxisType.Auto,) * len(mesh.axis_names))


def _check_port(host: str, port: int) -> None:
    """JAX crashes if it cannot listen."""
    with socket.socket() as probe:
        if os.name != "nt":
            # A port of a run that has ended is free, though the system still waits for late packets.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as reason:
            remedy = "end what uses it, such as an earlier run, or choose another port for all processes"
            raise DeviceError(problem("--coordinator", f"the free port {port}", str(reason), remedy)) from None


def connect(coordinator: str, processes: int, process: int, heartbeat: int, wait: int = 300) -> None:
    """Joins the processes of one run. On CPUs they exchange data with gloo. Call it before any JAX computation.

    `coordinator` is HOST:PORT of process 0, where it listens. A process that gives no sign of life for `heartbeat`
    seconds counts as dead: JAX then ends the others with an error. JAX also ends this process, with the message
    DEADLINE_EXCEEDED, if not all processes are here within `wait` seconds.

    Raises:
        DeviceError: numbers that contradict each other; a port that is not free.
    """
    host, _, port = coordinator.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 2**16:
        raise DeviceError(problem("--coordinator", "HOST:PORT", repr(coordinator), "write for example 10.0.0.1:1234"))
    if not 0 <= process < processes:
        remedy = "number the processes from 0"
        raise DeviceError(problem("--process", f"a number from 0 to {processes - 1}", f"{process}", remedy))
    loopback = host in ("localhost", "127.0.0.1")
    if process == 0:
        _check_port(host if loopback else "", int(port))
    try:
        jax.distributed.initialize(
            coordinator,
            processes,
            process,
            coordinator_bind_address=coordinator if loopback else None,
            initialization_timeout=wait,
            heartbeat_timeout_seconds=heartbeat,
            shutdown_timeout_seconds=heartbeat,
        )
    except Exception as reason:  # JAX's errors here have no common class
        remedy = "start all processes with the same --coordinator and --processes, on a free port"
        raise DeviceError(problem(f"process {process}", f"{processes} processes", str(reason), remedy)) from None
