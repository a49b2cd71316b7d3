"""Calls that are over and wait for their pjsua objects to be destroyed."""

import threading
import time
from collections.abc import Collection
from dataclasses import dataclass

from sip.worker.call import SipCall
from sip.worker.conversation import Conversation

_LAST_MESSAGES_S = 0.5
_REST_S = 1.0


@dataclass(frozen=True)
class _EndedCall:
    at: float
    call: SipCall
    conversation: Conversation | None


class EndedCalls:
    """A pjsua2 call keeps its number (0 to 3) to the end, and its destructor hangs up whoever has that number then.

    So an ended call is destroyed only while no live call has its number, on pjsua's SIP thread, where new calls get
    theirs; and not before a second has passed, when its own last callback and the media thread are done with it.
    """

    def __init__(self) -> None:
        self._waiting: list[_EndedCall] = []
        self._lock = threading.Lock()

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, call: SipCall, conversation: Conversation | None) -> None:
        """Keep `call`, and the conversation that used it if there was one."""
        with self._lock:
            self._waiting.append(_EndedCall(time.monotonic(), call, conversation))

    def disconnect(self) -> None:
        """Close the links of those whose last messages have had their time. Only on the main thread."""
        with self._lock:
            waiting = list(self._waiting)
        now = time.monotonic()
        for ended in waiting:
            if ended.conversation and now - ended.at >= _LAST_MESSAGES_S:
                ended.conversation.disconnect()

    def destroy(self, live: Collection[SipCall]) -> None:
        """Destroy those that can be. Only on the SIP thread."""
        numbers = {call.pjsua_id for call in tuple(live)}
        now = time.monotonic()
        with self._lock:
            kept = [ended for ended in self._waiting if now - ended.at < _REST_S or ended.call.pjsua_id in numbers]
            going = [ended for ended in self._waiting if ended not in kept]
            self._waiting = kept
        for ended in going:
            if ended.conversation:
                ended.conversation.release()

    def clear(self) -> None:
        """Let all go, when there are no live calls."""
        self._waiting.clear()
