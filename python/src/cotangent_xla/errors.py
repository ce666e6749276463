"""The errors of this package. Each message says where, what was expected, what was found and what to do."""


class CotangentXlaError(Exception):
    """Base class of every error that this package raises on purpose."""


class VersionError(CotangentXlaError):
    """The installed JAX is outside of the tested range, or lacks a private part that this package uses."""


class BundleError(CotangentXlaError):
    """A bundle is damaged, incomplete, or of a format that this package does not read."""


class CallError(CotangentXlaError):
    """A function or step was called with wrong arguments, or transformed in a way that it does not support."""


class DeviceError(CotangentXlaError):
    """Devices, a mesh or shardings do not fit the machine or the bundle."""


class DataError(CotangentXlaError):
    """Training data do not fit the batch inputs of the bundle."""


class CheckpointError(CotangentXlaError):
    """A checkpoint folder cannot be used for this run."""


class LogError(CotangentXlaError):
    """The log of a run cannot be written."""


def problem(where: str, expected: str, got: str, remedy: str) -> str:
    """Returns the message of an error in the one form that this package uses."""
    return f"[{where}] expected {expected}, got {got}; {remedy}"
