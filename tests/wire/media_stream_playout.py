"""What a peer of a media stream plays: one piece after another in real time, until it is told to drop the rest.

Times are ns of CLOCK_MONOTONIC. A piece counts from when it is played, which is when it comes or when what came before
it has been played.
"""

from dataclasses import dataclass, field

from sip.caller.rtp import RtpPacket

FRAME_NS = 20_000_000
SILENCE = b"\xff" * 160
_CODE_NS = 125_000


@dataclass
class PeerPlayout:
    """`played` has what was played or waits for it; `most_buffered_ms` the most that ever waited."""

    played: list[RtpPacket] = field(default_factory=list)
    plays_until_ns: int = 0
    most_buffered_ms: float = 0.0
    _marks: list[tuple[int, str]] = field(default_factory=list)

    def play(self, now_ns: int, codes: bytes) -> None:
        """Play µ-law after what waits."""
        begins = max(now_ns, self.plays_until_ns)
        self.plays_until_ns = begins + len(codes) * _CODE_NS
        self.most_buffered_ms = max(self.most_buffered_ms, (self.plays_until_ns - now_ns) / 1e6)
        self.played.append(RtpPacket(begins, 0, len(self.played), 0, 0, codes))

    def mark(self, now_ns: int, name: str) -> None:
        """Remember a mark until all before it has been played."""
        self._marks.append((max(now_ns, self.plays_until_ns), name))

    def clear(self, now_ns: int) -> None:
        """Drop what has not been played."""
        self.plays_until_ns = min(self.plays_until_ns, now_ns)
        while self.played and self.played[-1].time_ns >= now_ns:
            self.played.pop()
        if self.played and (over := self.played[-1].time_ns + FRAME_NS - now_ns) > 0:
            packet = self.played.pop()
            keep = len(packet.payload) - over // _CODE_NS
            self.played.append(RtpPacket(packet.time_ns, 0, packet.sequence, 0, 0, packet.payload[:keep]))
        self._marks = [(now_ns, name) for _, name in self._marks]

    def due_marks(self, now_ns: int) -> list[str]:
        """The marks to return now, each once."""
        due = [name for at, name in self._marks if at <= now_ns]
        self._marks = [mark for mark in self._marks if mark[0] > now_ns]
        return due

    def stream(self, started_ns: int, until_ns: int) -> list[RtpPacket]:
        """What was played, and silence wherever nothing was: measuring wants a stream without gaps."""
        stream: list[RtpPacket] = []

        def add(at_ns: int, payload: bytes) -> None:
            stream.append(RtpPacket(at_ns, 0, len(stream), 0, 0, payload))

        at_ns = started_ns
        for packet in self.played:
            while packet.time_ns - at_ns >= FRAME_NS:
                add(at_ns, SILENCE)
                at_ns += FRAME_NS
            add(packet.time_ns, packet.payload)
            at_ns = packet.time_ns + len(packet.payload) * _CODE_NS
        while at_ns < until_ns:
            add(at_ns, SILENCE)
            at_ns += FRAME_NS
        return stream
