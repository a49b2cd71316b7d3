"""The thread on which pjsua reads the network and its timers run."""

import logging
import threading
from collections.abc import Callable
from typing import Any, Final

_log = logging.getLogger(__name__)

# What arrives, and every timer that is set by then, ends a wait: only a timer that another thread sets meanwhile waits
# for the rest of it. pjsua's own thread wakes up every 10 ms, calls or not, which was half of an idle worker's CPU.
_BUSY_WAIT_MS: Final = 20
_IDLE_WAIT_MS: Final = 500
_STOP_S: Final = 5.0


class SipThread:
    """Lets pjsua work from `start` to `stop`. `busy` tells whether there are calls, and is asked on this thread."""

    def __init__(self, endpoint: Any, busy: Callable[[], bool]) -> None:
        self._endpoint = endpoint
        self._busy = busy
        self._running = True
        # A daemon: pjsua is never waited for when the process has to end without it.
        self._thread = threading.Thread(target=self._run, name="sip", daemon=True)

    def start(self) -> None:
        """Begin; pjsua must have been started with no thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """End after the callback in progress, before the library is destroyed."""
        self._running = False
        self._thread.join(_STOP_S)

    def _run(self) -> None:
        self._endpoint.libRegisterThread("sip")
        failed = 0
        while self._running:
            handled = self._endpoint.libHandleEvents(_BUSY_WAIT_MS if self._busy() else _IDLE_WAIT_MS)
            if handled < 0 and handled != failed:
                _log.error("pjsua cannot read the network (status %d)", -handled)
            failed = min(handled, 0)
