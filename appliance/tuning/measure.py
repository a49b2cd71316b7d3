"""One way of endpointing on heard turns: how often it cuts in, how long callers wait."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from appliance.tuning.evidence import HeardTurn, SoftEnd
from appliance.turn.endpointing import silence_that_ends_the_turn
from appliance.turn.facts import Expectation, Language
from appliance.turn.settings import EndpointingSettings
from models.sentence_ends import SentenceEnds


@dataclass(frozen=True, slots=True)
class Silence:
    """What a policy may go by: the soft end, the words so far, the question asked, the caller's pauses so far in ms."""

    soft_end: SoftEnd
    text: str
    asked: Expectation
    own_pauses: tuple[int, ...]


Policy = Callable[[Silence], int]
"""Milliseconds of silence after the last sound at which the turn is over."""


def ours(
    settings: EndpointingSettings, language: Language = Language.ENGLISH, sentence_ends: SentenceEnds | None = None
) -> Policy:
    """The appliance's endpointing, with callers who speak `language`, whose sentences end as `sentence_ends` knows."""

    def wait(silence: Silence) -> int:
        soft_end = silence.soft_end
        return silence_that_ends_the_turn(
            soft_end.score,
            silence.text,
            silence.asked,
            silence.own_pauses,
            settings,
            language,
            sentence_end=sentence_ends.probability_after(silence.text) if sentence_ends is not None else None,
        )

    return wait


def silence_only(silence_ms: int) -> Policy:
    """Always the same silence."""
    return lambda silence: silence_ms


def model_only(threshold: float, fallback_ms: int) -> Policy:
    """At once from `threshold` on, else after `fallback_ms` of silence."""
    return lambda silence: 0 if silence.soft_end.score >= threshold else fallback_ms


@dataclass(frozen=True, slots=True)
class Prepared:
    """One turn as every policy meets it: the silences of its pauses, one by one, and those after its end."""

    pauses: tuple[tuple[Silence, ...], ...]
    elsewhere: tuple[Silence, ...]
    final: tuple[Silence, ...]
    end_ms: int


def prepare(turns: Sequence[HeardTurn], shortest_ms: int = 0, longest_ms: int = 100_000) -> tuple[Prepared, ...]:
    """The turns with their pauses of `shortest_ms` to `longest_ms`; a pause in which no soft end came counts as kept.

    Soft ends in mid-speech, where no pause is labelled, are `elsewhere`.
    """
    return tuple(_prepare(heard, shortest_ms, longest_ms) for heard in turns)


# The VAD may find the silence a little before its label, and speech after the label's end.
_EARLY_MS = 60
_LATE_MS = 250


def _prepare(heard: HeardTurn, shortest_ms: int, longest_ms: int) -> Prepared:
    turn = heard.turn
    own_pauses: tuple[int, ...] = ()
    pauses: list[list[Silence]] = [[] for _ in turn.pauses]
    elsewhere: list[Silence] = []
    final: list[Silence] = []
    for soft_end in heard.soft_ends:
        silence = Silence(soft_end, heard.text_at(soft_end), turn.asked, own_pauses)
        if heard.is_final(soft_end):
            final.append(silence)
            continue
        assert soft_end.resumed_ms is not None
        own_pauses = (*own_pauses, soft_end.resumed_ms - soft_end.ended_ms)
        for pause, silences in zip(turn.pauses, pauses, strict=True):
            if pause.start_ms - _EARLY_MS <= soft_end.at_ms <= pause.end_ms + _LATE_MS:
                silences.append(silence)
                break
        else:
            elsewhere.append(silence)
    chosen = zip(turn.pauses, pauses, strict=True)
    return Prepared(
        tuple(tuple(silences) for pause, silences in chosen if shortest_ms <= pause.length_ms <= longest_ms),
        tuple(elsewhere),
        tuple(final),
        turn.end_ms,
    )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a policy did. Latencies in ms from the true end to the moment at which the answer may sound, sorted.

    `unanswered` turns (the VAD heard no end) count in none of the latencies.
    """

    pauses: int
    cut_ins: int
    cut_in_speech: int
    unanswered: int
    latencies_ms: tuple[int, ...]

    @property
    def cut_in_rate(self) -> float:
        """Share of pauses answered into, 0..1."""
        return self.cut_ins / self.pauses if self.pauses else 0.0

    def latency_ms(self, share: float) -> int:
        """The latency that `share` (0..1) of the turns keep, nearest rank; 0 when none was answered."""
        if not self.latencies_ms:
            return 0
        return self.latencies_ms[min(len(self.latencies_ms) - 1, int(share * len(self.latencies_ms)))]

    @property
    def mean_ms(self) -> float:
        """The mean latency."""
        return sum(self.latencies_ms) / max(1, len(self.latencies_ms))


def measure(turns: Sequence[Prepared], policy: Policy, ready_ms: int) -> Outcome:
    """Answer every turn by `policy`.

    The answer sounds when the silence is long enough and it is ready, `ready_ms` after the soft end (score, words and
    first audio), unless the caller is heard again before. A pause that was cut into does not change what follows.
    """
    pauses = cut_ins = cut_in_speech = unanswered = 0
    latencies: list[int] = []
    for turn in turns:
        pauses += len(turn.pauses)
        cut_ins += sum(any(_answered(s, policy, ready_ms) is not None for s in pause) for pause in turn.pauses)
        cut_in_speech += sum(_answered(s, policy, ready_ms) is not None for s in turn.elsewhere)
        answers = (_answered(silence, policy, ready_ms) for silence in turn.final)
        answered = next((at for at in answers if at is not None), None)
        if answered is None:
            unanswered += 1
        else:
            latencies.append(answered - turn.end_ms)
    return Outcome(pauses, cut_ins, cut_in_speech, unanswered, tuple(sorted(latencies)))


def _answered(silence: Silence, policy: Policy, ready_ms: int) -> int | None:
    soft_end = silence.soft_end
    at = max(soft_end.at_ms + ready_ms, soft_end.ended_ms + policy(silence))
    return at if soft_end.resumed_ms is None or at < soft_end.resumed_ms else None
