"""One simulated call as it is written down: what the caller does, what the engines do, and what is expected of us.

Times are ms on the line; the file has them in seconds (docs/simulator.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from typing import Any

from appliance.turn.facts import Afterwards, Expectation, Language


@dataclass(frozen=True, slots=True)
class Stretch:
    """Sound of the caller without a pause. No `words`: a noise. `score`: the end-of-turn model's, after it."""

    begins: int
    ends: int
    words: tuple[str, ...]
    partial_words: tuple[str, ...]
    transcript_delay: int
    score: float
    score_delay: int

    def spoken_by(self, word: int, of: int) -> float:
        """When word number `word` (from 0) of `of` has been said."""
        return self.begins + (word + 1) / of * (self.ends - self.begins)


@dataclass(frozen=True, slots=True)
class Utterance:
    """The caller makes a sound from `at` to `until`, with `pauses` (from, to) in it; `stretches` is all of it.

    Nothing said: a noise. Words lie evenly over the sound unless `say` marked where the pauses are.
    """

    at: int
    until: int
    say: str
    pauses: tuple[tuple[int, int], ...]
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class KeyPress:
    """The caller presses `digit`."""

    at: int
    digit: str


@dataclass(frozen=True, slots=True)
class LineHold:
    """The other side has the call on hold from `at` to `until`: nothing is heard either way."""

    at: int
    until: int


@dataclass(frozen=True, slots=True)
class CallerHangUp:
    """The caller hangs up."""

    at: int


CallerEntry = Utterance | KeyPress | LineHold | CallerHangUp


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool that the reply calls: how long it takes, and the reason when it fails."""

    name: str
    duration: int
    changes: bool = False
    filler: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    fails: str | None = None


@dataclass(frozen=True, slots=True)
class AgentEntry:
    """What the language model would answer to `when` (None: to anything else), and how fast model and voice are.

    `first_token`: from the start of the draft, and again from the last tool's result; `text_complete`: likewise, for
    the last word; `first_audio`: from a clause's text to its first audio; `audio`: how long the whole reply sounds.
    """

    when: str | None
    reply: str
    first_token: int = 100
    text_complete: int = 300
    first_audio: int = 100
    audio: int = 0
    tools: tuple[ToolCall, ...] = ()
    expects: Expectation = Expectation.OPEN
    afterwards: Afterwards = None


class Engine(StrEnum):
    """An engine that can fail."""

    STT = "stt"
    END_OF_TURN = "end_of_turn"
    LLM = "llm"
    TTS = "tts"


class Fault(StrEnum):
    """How it fails: with an error, by never answering, or by taking longer."""

    FAILS = "fails"
    HANGS = "hangs"
    STALLS = "stalls"


@dataclass(frozen=True, slots=True)
class Failure:
    """Requests to `engine` from `at` to `until` go wrong, but for the first `after` of them.

    `after` counts requests; a voice is asked once a clause, a language model once a draft. `stall` is what `STALLS`
    adds.
    """

    at: int
    until: int | None
    engine: Engine
    fault: Fault
    after: int = 0
    stall: int = 0

    def covers(self, engine: Engine, at: float) -> bool:
        """Whether a request to `engine` made `at` meets this failure."""
        return self.engine is engine and self.at <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class Expected:
    """One entry of `expect`: `kind` is its main key, `value` what it says, `options` the other keys.

    `written` is the entry as the file has it.
    """

    kind: str
    value: Any
    written: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Scenario:
    """One call. `ends` None: when everything is said and answered. `transfer_refused`: nobody takes a transfer.

    `language`: what speech-to-text hears the caller speak; None when it does not tell.
    """

    name: str
    caller: tuple[CallerEntry, ...]
    agent: tuple[AgentEntry, ...] = ()
    expect: tuple[Expected, ...] = ()
    failures: tuple[Failure, ...] = ()
    greeting: str = ""
    ends: int | None = None
    transfer_refused: bool = False
    language: Language | None = None

    @cached_property
    def holds(self) -> tuple[LineHold, ...]:
        """When the line is on hold."""
        return tuple(entry for entry in self.caller if isinstance(entry, LineHold))

    @cached_property
    def utterances(self) -> tuple[Utterance, ...]:
        """What the caller says, in order."""
        return tuple(entry for entry in self.caller if isinstance(entry, Utterance))

    @cached_property
    def stretches(self) -> tuple[Stretch, ...]:
        """Every sound of the caller, in order."""
        return tuple(stretch for utterance in self.utterances for stretch in utterance.stretches)

    @cached_property
    def keys(self) -> tuple[KeyPress, ...]:
        """The keys that the caller presses, in order."""
        return tuple(entry for entry in self.caller if isinstance(entry, KeyPress))

    @cached_property
    def hang_up_at(self) -> int | None:
        """When the caller hangs up."""
        times = [entry.at for entry in self.caller if isinstance(entry, CallerHangUp)]
        return min([*times, *([] if self.ends is None else [self.ends])], default=None)

    @cached_property
    def last_caller_event(self) -> int:
        """When the caller has done everything there is in the plan."""
        return max(
            (entry.until if isinstance(entry, Utterance | LineHold) else entry.at for entry in self.caller), default=0
        )

    def on_hold(self, at: float) -> bool:
        """Whether the line is on hold `at` that time."""
        return any(hold.at <= at < hold.until for hold in self.holds)


def utterance(
    at: int,
    until: int,
    say: str = "",
    *,
    partial: str | None = None,
    transcript_delay: int = 100,
    scores: tuple[float, ...] = (),
    score_delay: int = 50,
    pauses: tuple[tuple[int, int], ...] = (),
) -> Utterance:
    """An utterance with its stretches worked out.

    `say` may mark with "|" where each pause falls. `partial` is what the partial transcripts say when that is not what
    the final one does. Of `scores`, the last holds for all further pauses. Raises `ValueError` when the marks of
    `say` and `pauses` differ in number.
    """
    bounds = [at, *(time for pause in pauses for time in pause), until]
    sounds = list(pairwise(bounds))[::2]
    heard = _words_by_sound(say, sounds)
    guessed = heard if partial is None else _words_by_sound(partial, sounds)
    scores = scores or ((0.5,) if not say else (*(0.2 for _ in pauses), 0.9))
    stretches = tuple(
        Stretch(
            begins, ends, heard[number], guessed[number], transcript_delay,
            scores[min(number, len(scores) - 1)], score_delay,
        )
        for number, (begins, ends) in enumerate(sounds)
    )  # fmt: skip
    return Utterance(at, until, " ".join(say.replace("|", " ").split()), pauses, stretches)


def _words_by_sound(text: str, sounds: list[tuple[int, int]]) -> list[tuple[str, ...]]:
    if "|" in text:
        parts = [tuple(part.split()) for part in text.split("|")]
        if len(parts) != len(sounds):
            raise ValueError(f"{len(parts) - 1} marks for {len(sounds) - 1} pauses")
        return parts
    words = text.split()
    total = sum(ends - begins for begins, ends in sounds) or 1
    shares, done, sounded = [], 0, 0
    for begins, ends in sounds:
        sounded += ends - begins
        upto = round(len(words) * sounded / total)
        shares.append(tuple(words[done:upto]))
        done = upto
    return shares
