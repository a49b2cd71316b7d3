"""What an engine may tell about itself besides doing its work."""

from importlib.metadata import version
from pathlib import Path
from typing import Protocol, runtime_checkable

from prometheus_client.registry import Collector


@runtime_checkable
class Described(Protocol):
    """An engine that says what it is."""

    @property
    def description(self) -> str:
        """Model, revision and device, for people."""
        ...


@runtime_checkable
class Measured(Protocol):
    """An engine that counts and times its work."""

    @property
    def measurements(self) -> Collector:
        """What Prometheus collects; fixed label values only."""
        ...


def packaged_model(name: str, distribution: str, model_file: Path | None) -> str:
    """The description of a model that runs on the CPU and comes in a package, unless `model_file` takes its place."""
    source = str(model_file) if model_file else f"{distribution} {version(distribution)}"
    return f"{name} of {source} on the CPU"
