"""A turn is heard in parts, each settled once the window is full; this makes one transcript of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from models.stt import Transcript, Word
from models.whisper.guards import Rejection
from models.whisper.segment import Hypothesis
from models.whisper.windows import SAMPLE_RATE

# What was not speech leaves the words beside it as they are; what was not understood may have turned their meaning.
_NOT_SPEECH: Final = frozenset({Rejection.NO_SPEECH, Rejection.HALLUCINATION})


@dataclass(frozen=True, slots=True)
class Heard:
    """A hypothesis and why it is not believed, if it is not."""

    hypothesis: Hypothesis
    rejection: Rejection | None


@dataclass(frozen=True, slots=True)
class Part:
    """What was heard in so many samples of a turn; None where nothing sounds."""

    samples: int
    heard: Heard | None


def joined(parts: Sequence[Part]) -> Transcript:
    """The transcript of a turn: of the parts in which somebody spoke, all of which must be believed."""
    spoken: list[tuple[int, Heard]] = []
    reason, silent = Rejection.NO_SPEECH, None
    began = 0
    for part in parts:
        if part.heard is not None and part.heard.rejection in _NOT_SPEECH:
            reason, silent = part.heard.rejection, part.heard.hypothesis
        elif part.heard is not None:
            spoken.append((began, part.heard))
        began += part.samples
    for _, heard in spoken:
        if heard.rejection is not None:
            return _rejected(heard.rejection, heard.hypothesis)
    if not spoken:
        return _rejected(reason, silent)
    return _all_of([(began, heard.hypothesis) for began, heard in spoken])


def transcript_of(text: str, hypothesis: Hypothesis, words: tuple[Word, ...] = ()) -> Transcript:
    """A transcript of that text with the hypothesis' figures."""
    return Transcript(
        text,
        hypothesis.confidence,
        language=hypothesis.language.assumed,
        average_log_probability=hypothesis.average_log_probability,
        no_speech_probability=hypothesis.no_speech_probability,
        words=words,
    )


def _all_of(spoken: list[tuple[int, Hypothesis]]) -> Transcript:
    tokens = sum(hypothesis.tokens for _, hypothesis in spoken) or 1
    average = sum(hypothesis.average_log_probability * hypothesis.tokens for _, hypothesis in spoken) / tokens
    whole = replace(
        spoken[-1][1],
        average_log_probability=average,
        no_speech_probability=max(hypothesis.no_speech_probability for _, hypothesis in spoken),
    )
    words = tuple(_later(word, began) for began, hypothesis in spoken for word in hypothesis.words)
    return transcript_of(" ".join(hypothesis.text for _, hypothesis in spoken), whole, words)


def _later(word: Word, samples: int) -> Word:
    by = samples * 1000 // SAMPLE_RATE
    return replace(word, start_ms=word.start_ms + by, end_ms=word.end_ms + by)


def _rejected(reason: Rejection, hypothesis: Hypothesis | None) -> Transcript:
    if hypothesis is None:
        return Transcript("", 0.0, str(reason))
    return replace(transcript_of("", hypothesis), rejected=str(reason))
