"""What the timestamped packets of a call say. Pure: packets in, figures out. The ruler is `sip.caller.activity`.

The caller's *last sound* is the end of the last 10 ms block above -38 dBFS that it sent, at its packet's send time
plus its offset in the packet; the agent's *first sound* is the start of its first such block (two in a row) at its
packet's receive time plus offset. So both ends are on this machine's wire, and neither the peer's nor our own
packetisation is hidden: a block inside a packet counts where it will be heard at the earliest.

Response latency: caller's last sound to the start of the agent's first sound after it. An agent that cuts in, and
still speaks at the caller's last sound, has no response latency; the cut-in is reported instead.
Time to silence: caller's first sound over the agent to the end of the agent's last sound, where at least 300 ms of
agent silence follow. Shorter pauses are part of speech, with one exception: an agent that falls silent during an
interruption and is next heard at or after the caller's last sound has stopped for it and answers, if the silence was
at least 240 ms. (An agent that never stops may happen to be between two words then: it is found silent less than 300
ms before the caller's last sound, which only for a short word is soon.)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np

from sip.caller.activity import BLOCK_NS, PAUSE_NS, Sound, SoundDetector, loud_blocks
from sip.caller.rtp import RtpPacket, decode_event
from sip.g711 import Companding

GAP_LIMIT_MS = 60.0
# Longer than the stops within words, and than an agent is silent for a sound that is no voice.
_SHORTEST_SILENCE_NS = 240_000_000
_SEQUENCE_NUMBERS = 1 << 16
_TIMESTAMPS = 1 << 32
_SAMPLE_NS = 125_000


class Kind(StrEnum):
    """What the caller meant by an utterance."""

    SPEECH = "speech"
    INTERRUPT = "interrupt"
    BACKCHANNEL = "backchannel"


@dataclass(frozen=True, slots=True)
class Utterance:
    """A stretch in which the caller played something, ns of CLOCK_MONOTONIC; `name` says what, for the report."""

    kind: Kind
    name: str
    start_ns: int
    end_ns: int


@dataclass(frozen=True, slots=True)
class Turn:
    """One utterance of the caller and what the agent did about it; positions in ms since the call's start.

    `agent_was_speaking`: at the caller's first sound. `time_to_silence_ms` and `agent_silent_for_ms` (from there to
    the agent's next sound) are None unless it was. `cut_in_ms`: how long before the caller's last sound the agent
    began to speak over it, None if it did not.
    """

    kind: Kind
    name: str
    start_ms: float
    end_ms: float
    response_latency_ms: float | None
    agent_was_speaking: bool
    time_to_silence_ms: float | None
    agent_silent_for_ms: float | None
    cut_in_ms: float | None


@dataclass(frozen=True, slots=True)
class Gap:
    """A wait between two packets that was too long."""

    at_ms: float
    length_ms: float


@dataclass(frozen=True, slots=True)
class StreamReport:
    """The RTP stream as it arrived. `timestamp_jumps`: steps that do not fit the samples sent, without a marker bit."""

    packets: int
    lost: int
    duplicates: int
    reordered: int
    max_gap_ms: float
    gaps_over_60_ms: tuple[Gap, ...]
    timestamp_jumps: int
    jitter_ms: float


@dataclass(frozen=True, slots=True)
class Percentiles:
    """p50, p95 and the largest of some durations in ms, and how many there were."""

    count: int
    p50_ms: float
    p95_ms: float
    max_ms: float


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures over many turns; None where nothing was measured. Time to silence counts interruptions only."""

    response_latency: Percentiles | None
    time_to_silence: Percentiles | None


def percentiles(values: Sequence[float]) -> Percentiles | None:
    """The percentiles (linear interpolation) of some durations in ms; None of nothing."""
    if not values:
        return None
    p50, p95 = np.percentile(values, [50, 95])
    return Percentiles(len(values), round(float(p50), 1), round(float(p95), 1), round(max(values), 1))


def summarise(turns: Sequence[Turn]) -> Summary:
    """The figures over these turns."""
    return Summary(
        percentiles([turn.response_latency_ms for turn in turns if turn.response_latency_ms is not None]),
        percentiles(
            [
                turn.time_to_silence_ms
                for turn in turns
                if turn.kind is Kind.INTERRUPT and turn.time_to_silence_ms is not None
            ]
        ),
    )


def sounds(packets: Sequence[RtpPacket], law: Companding, payload_type: int, pause_ns: int = PAUSE_NS) -> list[Sound]:
    """The sounds in a stream, by order of packet time; repeated packets count once. `pause_ns` of silence end one."""
    detector = SoundDetector(pause_ns)
    seen: set[tuple[int, int, int]] = set()
    for packet in sorted(packets, key=lambda packet: packet.time_ns):
        identity = (packet.ssrc, packet.sequence, packet.timestamp)
        if packet.payload_type != payload_type or identity in seen:
            continue
        seen.add(identity)
        for number, is_loud in enumerate(loud_blocks(packet.payload, law)):
            detector.block(packet.time_ns + number * BLOCK_NS, is_loud=is_loud)
    return detector.sounds()


def caller_sound(utterance: Utterance, sent: Sequence[RtpPacket], law: Companding, payload_type: int) -> Sound | None:
    """From the first to the last loud block that was sent within an utterance; None when there was none."""
    loud = [
        packet.time_ns + number * BLOCK_NS
        for packet in sent
        if utterance.start_ns <= packet.time_ns < utterance.end_ns and packet.payload_type == payload_type
        for number, is_loud in enumerate(loud_blocks(packet.payload, law))
        if is_loud
    ]
    return Sound(loud[0], loud[-1] + BLOCK_NS) if loud else None


def measure_turns(
    utterances: Sequence[Utterance],
    sent: Sequence[RtpPacket],
    received: Sequence[RtpPacket],
    *,
    law: Companding,
    payload_type: int,
    started_ns: int,
) -> list[Turn]:
    """What the agent did about each utterance that has sound in it."""
    agent = sounds(received, law, payload_type)
    finely = sounds(received, law, payload_type, _SHORTEST_SILENCE_NS)
    observed_until_ns = max((packet.time_ns for packet in received), default=started_ns)
    spoken = [
        (utterance, sound)
        for utterance in utterances
        if (sound := caller_sound(utterance, sent, law, payload_type)) is not None
    ]
    turns = []
    for number, (utterance, sound) in enumerate(spoken):
        following = next(
            (later.start_ns for kind, later in spoken[number + 1 :] if kind.kind is not Kind.BACKCHANNEL), None
        )
        heard = _apart_from_the_answer(agent, finely, sound) if utterance.kind is Kind.INTERRUPT else agent
        turns.append(_measure_turn(utterance, sound, following, heard, observed_until_ns, started_ns))
    return turns


def _apart_from_the_answer(agent: Sequence[Sound], finely: Sequence[Sound], caller: Sound) -> list[Sound]:
    """The agent's sounds; one that stopped while the caller spoke and goes on when the caller does not is two.

    `finely`: the same sounds with shorter pauses told apart. A pause that begins before the caller's first sound, or
    ends before or begins after the last one, may well be one between two words.
    """
    answers = {
        later.start_ns: earlier.end_ns
        for earlier, later in pairwise(finely)
        if caller.start_ns < earlier.end_ns <= caller.end_ns <= later.start_ns
    }
    told_apart = []
    for sound in agent:
        answer_ns = next((start_ns for start_ns in answers if sound.start_ns < start_ns < sound.end_ns), None)
        if answer_ns is None:
            told_apart.append(sound)
        else:
            told_apart += [Sound(sound.start_ns, answers[answer_ns]), Sound(answer_ns, sound.end_ns)]
    return told_apart


def _measure_turn(
    utterance: Utterance,
    caller: Sound,
    next_caller_ns: int | None,
    agent: Sequence[Sound],
    observed_until_ns: int,
    started_ns: int,
) -> Turn:
    over = next((sound for sound in agent if sound.start_ns <= caller.start_ns < sound.end_ns), None)
    after_over = [sound for sound in agent if over is not None and sound.start_ns >= over.end_ns]
    fell_silent = over is not None and (bool(after_over) or observed_until_ns - over.end_ns >= PAUSE_NS)
    cut_in = next((sound for sound in agent if caller.start_ns < sound.start_ns < caller.end_ns), None)
    response = next((sound for sound in agent if sound.start_ns >= caller.end_ns), None)
    if response is not None and next_caller_ns is not None and response.start_ns >= next_caller_ns:
        response = None
    spoke_on = any(sound.start_ns < caller.end_ns < sound.end_ns for sound in agent)
    if utterance.kind is Kind.BACKCHANNEL or spoke_on:
        response = None
    return Turn(
        kind=utterance.kind,
        name=utterance.name,
        start_ms=_ms(caller.start_ns - started_ns),
        end_ms=_ms(caller.end_ns - started_ns),
        response_latency_ms=_ms(response.start_ns - caller.end_ns) if response is not None else None,
        agent_was_speaking=over is not None,
        time_to_silence_ms=_ms(over.end_ns - caller.start_ns) if over is not None and fell_silent else None,
        agent_silent_for_ms=_ms(after_over[0].start_ns - over.end_ns) if over is not None and after_over else None,
        cut_in_ms=_ms(caller.end_ns - cut_in.start_ns) if cut_in is not None else None,
    )


def describe_stream(
    received: Sequence[RtpPacket], *, started_ns: int, quiet: Sequence[tuple[int, int]] = ()
) -> StreamReport:
    """Gaps, losses and order of a received stream. Gaps that touch a `quiet` stretch (a hold; ns) are not counted."""
    packets = sorted(received, key=lambda packet: packet.time_ns)
    gaps = [
        (earlier.time_ns, later.time_ns - earlier.time_ns)
        for earlier, later in pairwise(packets)
        if not any(start < later.time_ns and earlier.time_ns < end for start, end in quiet)
    ]
    streams: dict[int, list[RtpPacket]] = {}
    for packet in packets:
        streams.setdefault(packet.ssrc, []).append(packet)
    orders = [_Order.of(stream) for stream in streams.values()]
    return StreamReport(
        packets=len(packets),
        lost=sum(order.lost for order in orders),
        duplicates=sum(order.duplicates for order in orders),
        reordered=sum(order.reordered for order in orders),
        max_gap_ms=_ms(max((length for _, length in gaps), default=0)),
        gaps_over_60_ms=tuple(
            Gap(_ms(at - started_ns), _ms(length)) for at, length in gaps if _ms(length) > GAP_LIMIT_MS
        ),
        timestamp_jumps=sum(_timestamp_jumps(stream) for stream in streams.values()),
        jitter_ms=round(max((_jitter_ms(stream) for stream in streams.values()), default=0.0), 2),
    )


@dataclass(frozen=True, slots=True)
class _Order:
    lost: int
    duplicates: int
    reordered: int

    @classmethod
    def of(cls, stream: Sequence[RtpPacket]) -> "_Order":
        extended = highest = stream[0].sequence
        seen, reordered = {extended}, 0
        duplicates = 0
        for packet in stream[1:]:
            step = (packet.sequence - highest + _SEQUENCE_NUMBERS // 2) % _SEQUENCE_NUMBERS - _SEQUENCE_NUMBERS // 2
            extended = highest + step
            if extended in seen:
                duplicates += 1
                continue
            seen.add(extended)
            reordered += extended < highest
            highest = max(highest, extended)
        return cls(highest - min(seen) + 1 - len(seen), duplicates, reordered)


def _timestamp_jumps(stream: Sequence[RtpPacket]) -> int:
    audio = [packet for packet in stream if packet.payload_type in (0, 8)]
    return sum(
        (earlier.timestamp + len(earlier.payload)) % _TIMESTAMPS != later.timestamp
        for earlier, later in pairwise(audio)
        if later.sequence == (earlier.sequence + 1) % _SEQUENCE_NUMBERS and not later.marker
    )


def _jitter_ms(stream: Sequence[RtpPacket]) -> float:
    """RFC 3550 section 6.4.1, at the end of the stream."""
    jitter_ns = 0.0
    for earlier, later in pairwise(stream):
        spacing_ns = ((later.timestamp - earlier.timestamp) % _TIMESTAMPS) * _SAMPLE_NS
        if spacing_ns < PAUSE_NS:
            jitter_ns += (abs(later.time_ns - earlier.time_ns - spacing_ns) - jitter_ns) / 16
    return jitter_ns / 1e6


def digits_in(received: Sequence[RtpPacket], events_payload_type: int | None) -> str:
    """The keys that arrived as telephone-events, each once."""
    keys: dict[tuple[int, int], str] = {}
    for packet in received:
        event = decode_event(packet.payload) if packet.payload_type == events_payload_type else None
        if event is not None:
            keys.setdefault((packet.ssrc, packet.timestamp), event.digit)
    return "".join(keys.values())


def _ms(duration_ns: int) -> float:
    return round(duration_ns / 1e6, 1)
