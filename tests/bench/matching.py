"""Brings together what the caller measured on the wire and what the appliance wrote into the trace. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from appliance.trace import MEASURED, RESPONSE_LATENCY, CallTrace, Stage, TurnTrace
from sip.caller.analysis import Kind, Turn

# The call begins at the 200 OK for the caller and when the session starts for the trace: some tens of ms apart. The
# trace's end of speech is the VAD's estimate.
_FURTHEST_MS = 600.0


@dataclass(frozen=True, slots=True)
class MatchedTurn:
    """An utterance of the caller and, if one was found, the turn that the appliance took it for."""

    wire: Turn
    trace: TurnTrace | None


def match(turns: Sequence[Turn], traced: Sequence[TurnTrace]) -> list[MatchedTurn]:
    """Each utterance that was no backchannel with the turn whose speech ended nearest to it, at most 600 ms off."""
    return [MatchedTurn(turn, _nearest(turn, traced)) for turn in turns if turn.kind is not Kind.BACKCHANNEL]


def _nearest(turn: Turn, traced: Sequence[TurnTrace]) -> TurnTrace | None:
    def distance(trace: TurnTrace) -> float:
        ended = trace.at_ms.get(Stage.SPEECH_ENDED)
        return abs(ended - turn.end_ms) if ended is not None else float("inf")

    nearest = min(traced, key=distance, default=None)
    return nearest if nearest is not None and distance(nearest) <= _FURTHEST_MS else None


def survived(backchannel: Turn, trace: CallTrace) -> bool | None:
    """Whether what the agent was saying at a backchannel's first sound was heard to its end; None if it said nothing.

    By the trace: on the wire the agent may have been between two words.
    """
    said = [spoken for spoken in trace.utterances if spoken.began_ms <= backchannel.start_ms < spoken.ended_ms]
    return not any(spoken.cut for spoken in said) if said else None


def words(text: str) -> list[str]:
    """The words of a text without case and punctuation, as far as they can be heard."""
    return re.findall(r"[a-z0-9']+", text.lower())


def understood(matched: MatchedTurn, said: str) -> bool:
    """Whether the transcript has exactly the words that were said."""
    return matched.trace is not None and words(matched.trace.text) == words(said)


def stage_durations(traced: Sequence[TurnTrace]) -> Mapping[str, list[float]]:
    """Every duration of every turn by stage, ms; see `TurnTrace.durations_ms`."""
    durations: dict[str, list[float]] = {name: [] for name in MEASURED}
    for turn in traced:
        for name, duration in turn.durations_ms().items():
            durations[name].append(duration)
    return durations


def outside_the_session(matched: Sequence[MatchedTurn]) -> list[float]:
    """Per turn: how much later than in the trace the answer came on the wire, ms (SIP worker, codec, packets, VAD's
    estimate of the last sound)."""
    return [
        turn.wire.response_latency_ms - turn.trace.durations_ms()[RESPONSE_LATENCY]
        for turn in matched
        if turn.wire.response_latency_ms is not None
        and turn.trace is not None
        and RESPONSE_LATENCY in turn.trace.durations_ms()
    ]
