"""A SIP call as a `Line`."""

from collections.abc import AsyncIterator

from appliance.line import (
    CallInfo,
    DigitReceived,
    FrameReceived,
    HangUpReason,
    HoldChanged,
    HungUp,
    LineEvent,
    MediaStatistics,
    TransferFailed,
)
from sip import messages
from sip.link import CallLink


async def answer(link: CallLink) -> "SipLine | None":
    """Answer the call; None when the caller had gone before the line was up."""
    link.answer()
    while True:
        message = await link.receive()
        if isinstance(message, messages.Answered):
            return SipLine(link, message)
        if isinstance(message, messages.Ended):
            return None


class SipLine:
    """One answered call; implements `appliance.line.Line`."""

    def __init__(self, link: CallLink, answered: messages.Answered) -> None:
        self._link = link
        incoming = link.incoming
        self._info = CallInfo(
            call_id=incoming.call_id,
            caller=incoming.caller,
            called=incoming.called,
            sample_rate=answered.sample_rate,
            codec=answered.codec,
            headers=incoming.headers,
            playout_frames=messages.PLAYOUT_FRAMES,
        )

    @property
    def info(self) -> CallInfo:
        """Who calls whom, and how."""
        return self._info

    async def events(self) -> AsyncIterator[LineEvent]:
        """Everything that happens, ending with `HungUp`."""
        while True:
            event = _event(await self._link.receive())
            if event is not None:
                yield event
            if isinstance(event, HungUp):
                return

    def play(self, pcm: bytes) -> None:
        """Queue one 20 ms frame; the worker's queue holds three and drops what comes when it is full."""
        self._link.send_audio(pcm)

    def flush(self) -> None:
        """Drop what is queued."""
        self._link.send(messages.Flush())

    def next_deadline(self, line_ms: int | None) -> None:
        """Frames always come one by one."""

    def send_digits(self, digits: str) -> None:
        """Send DTMF, any number of digits. Raises `sip.messages.MessageError` for what is no digit."""
        for start in range(0, len(digits), messages.MAX_DIGITS):
            self._link.send(messages.SendDigits(digits[start : start + messages.MAX_DIGITS]))

    def transfer(self, target: str) -> None:
        """Blind transfer. Raises `sip.messages.MessageError` for what is neither a SIP URI nor an extension."""
        self._link.send(messages.Transfer(target))

    def hang_up(self, reason: HangUpReason = HangUpReason.AGENT_HUNG_UP) -> None:
        """End the call once what was queued has been sent."""
        self._link.send(messages.HangUp(messages.EndReason(reason.value)))


def _event(message: messages.FromWorkerCall) -> LineEvent | None:
    match message:
        case messages.CallerAudio(_, played, pcm):
            return FrameReceived(pcm, played)
        case messages.DigitReceived(digit):
            return DigitReceived(digit)
        case messages.HoldChanged(held):
            return HoldChanged(held)
        case messages.TransferFailed(code):
            return TransferFailed(code)
        case messages.Statistics(received, lost, jitter_ms, round_trip_ms, codec):
            return MediaStatistics(received, lost, jitter_ms, round_trip_ms, codec)
        case messages.Ended(reason):
            return HungUp(HangUpReason(reason.value))
        case _:
            return None
