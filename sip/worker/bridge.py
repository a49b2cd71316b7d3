"""pjsua's conference bridge: ports that are made when a call needs one, and a clock that runs while there are calls."""

import functools
import logging
from collections.abc import Callable
from typing import Any

from sip.settings import CALLS_PER_WORKER
from sip.worker.port import CallPort
from sip.worker.vector_memory import choose_reader, read_slowly

_log = logging.getLogger(__name__)
_MOST_PORTS = 2 * CALLS_PER_WORKER
"""Twice the calls: a port rests for some ticks between two calls."""
_REST_AFTER_S = 2.0
"""Bridge operations of ended calls are carried out by the clock, so it outlives them by far."""


class Bridge:
    """Only used on the main thread; `freed` is called on the media thread when a port can be used again.

    The clock calls into Python fifty times a second for every port that there is: no more of them than were needed at
    once, and none of it while nobody calls.
    """

    def __init__(self, devices: Any, sample_rate: int, freed: Callable[[], None]) -> None:
        reader = choose_reader()
        if reader is read_slowly:
            _log.warning("this pjsua2 keeps frames in an unknown layout: copying them the slow way")
        self._devices = devices
        self._new_port = functools.partial(CallPort, sample_rate=sample_rate, read=reader, freed=freed)
        self._ports: list[CallPort] = []
        self._used_at = 0.0
        self._running = False
        devices.setNoDev()

    @property
    def running(self) -> bool:
        """Whether the clock ticks."""
        return self._running

    def free_port(self, now: float) -> CallPort | None:
        """A port that no call has, on a running clock; None while all of them rest."""
        self._used_at = now
        if not self._running:
            self._devices.setNullDev()
            self._running = True
        port = next((port for port in self._ports if port.is_free), None)
        if port is None and len(self._ports) < _MOST_PORTS:
            port = self._new_port(f"call-{len(self._ports)}")
            self._ports.append(port)
        return port

    def tick(self, now: float, *, busy: bool) -> None:
        """Stop the clock once nobody has been `busy` with a call for a while; `now` in monotonic seconds."""
        if busy or not all(port.is_free for port in self._ports):
            self._used_at = now
        elif self._running and now - self._used_at >= _REST_AFTER_S:
            self._devices.setNoDev()
            self._running = False

    def close(self) -> None:
        """Stop the clock and let the ports go, before the library is destroyed."""
        self._devices.setNoDev()
        self._running = False
        self._ports.clear()
