"""What systemd hears from us (sd_notify(3)): ready, stopping, status, and a sign of life from our own event loop."""

import asyncio
import logging
import os
import socket
from collections.abc import Mapping

logger = logging.getLogger(__name__)


class ServiceManager:
    """The service manager that started us, found in its environment; without one, everything here does nothing.

    `NOTIFY_SOCKET` names a Unix datagram socket, "@" in front meaning the abstract namespace. `WATCHDOG_USEC` is how
    long we may be silent, `WATCHDOG_PID` whom it is meant for.
    """

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        name = environment.get("NOTIFY_SOCKET", "")
        self._address = "\0" + name[1:] if name.startswith("@") else name
        meant_for_us = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        limit_us = environment.get("WATCHDOG_USEC", "") if meant_for_us else ""
        self._watchdog_s = int(limit_us) / 1e6 if limit_us.isdecimal() else 0.0

    @property
    def keep_alive_interval_s(self) -> float:
        """Seconds between signs of life, half of what is allowed; 0 when nobody watches."""
        return self._watchdog_s / 2 if self._address else 0.0

    def ready(self, status: str) -> None:
        """Calls are accepted from now on."""
        self._send("READY=1", f"STATUS={_one_line(status)}")

    def stopping(self, status: str, limit_s: float) -> None:
        """No more calls; the process ends within `limit_s` seconds, and systemd is to wait for that long."""
        self._send("STOPPING=1", f"STATUS={_one_line(status)}", f"EXTEND_TIMEOUT_USEC={int(limit_s * 1e6)}")

    def status(self, status: str) -> None:
        """One line that `systemctl status` shows. Nothing about callers."""
        self._send(f"STATUS={_one_line(status)}")

    async def keep_alive(self) -> None:
        """Show life until cancelled. Run by the orchestrator's own loop: when that hangs, systemd restarts us."""
        interval = self.keep_alive_interval_s
        if not interval:
            return
        while True:
            self._send("WATCHDOG=1")
            await asyncio.sleep(interval)

    def _send(self, *lines: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                sender.settimeout(0)
                sender.connect(self._address)
                sender.send("\n".join(lines).encode())
        except OSError as error:
            logger.warning("the service manager cannot be told: %s", error.strerror or type(error).__name__)


def _one_line(text: str) -> str:
    return " ".join(text.split())
