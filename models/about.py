"""What an engine may tell about itself besides doing its work."""

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
