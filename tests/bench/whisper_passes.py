"""What passes of Whisper over 4 s cost on one core: short, padded, one by one and together.

The network has the shape of whisper-base and random weights: speed does not depend on the values. Every transcript has
as many tokens as 4 s of conversation are assumed to have: at 160 words a minute and 1.3 tokens a word, with two for
punctuation, 16.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.whisper.batching import Urgency
from models.whisper.guards import GuardSettings
from models.whisper.language import CallLanguage
from models.whisper.log_mel import LogMel
from models.whisper.recogniser import CTranslate2Recogniser
from models.whisper.segment import Segment
from models.whisper.settings import WhisperSettings
from models.whisper.windows import SAMPLE_RATE, window_frames
from tests.bench.bench import NotPossibleError

UTTERANCE_S: Final = 4
LINES: Final = 8
TOKENS: Final = 16
REPEATS: Final = 5
THREADS: Final = 1
# <|startoftranscript|>, language, task, <|notimestamps|>; the first token is written at the last of them.
_MARKS: Final = 4
_ENGLISH: Final = CallLanguage(("en",))
SETTINGS: Final = WhisperSettings(
    threads=THREADS,
    prompts={"en": "A phone call to the clinic."},
    hotwords=("Doctor Patel", "Doctor Garcia", "cardiology", "dermatology"),
    guards=GuardSettings(min_confidence=0.0, no_speech=1.0, max_compression=1e9, max_letters_a_second=1e9),
)


def loaded(settings: WhisperSettings, tokens: int = TOKENS) -> CTranslate2Recogniser:
    """The network, every transcript of which has so many tokens, the end not counted."""
    from tests.engines.random_whisper import random_whisper

    context = CTranslate2Recogniser(random_whisper("micro"), settings).context_tokens
    recogniser = CTranslate2Recogniser(random_whisper("base", ends_at=context + _MARKS - 1 + tokens), settings)
    (heard,) = recogniser.decode([segment(0)])
    if heard.tokens != tokens:
        raise NotPossibleError(f"the random network wrote {heard.tokens} tokens instead of {tokens}")
    return recogniser


def segment(
    seed: int, seconds: float = UTTERANCE_S, urgency: Urgency = Urgency.FINAL, *, padded: bool = False
) -> Segment:
    """Noise of that length as a segment."""
    samples = speech(seed, seconds)
    features = LogMel(80).features(samples, window_frames(samples.size, padded=padded))
    return Segment(features, samples.size, urgency, _ENGLISH)


def speech(seed: int, seconds: float) -> NDArray[np.int16]:
    """Noise, 16 kHz."""
    return np.random.default_rng(seed).normal(0, 2000, round(seconds * SAMPLE_RATE)).astype(np.int16)


@dataclass(frozen=True, slots=True)
class Costs:
    """CPU ms of final passes over 4 s: just that, padded to 30 s, and 8 of them one by one and together.

    Medians of rounds in which each has its turn, and `of_padded`, `of_one_by_one` medians of what a round gave. The
    `first_` ones write a single token: what is left of the others is the writing of the further ones.
    """

    short: float
    padded: float
    one_by_one: float
    together: float
    first_one_by_one: float
    first_together: float
    of_padded: float
    of_one_by_one: float


def costs(compute_type: str) -> Costs:
    """Measured."""
    settings = replace(SETTINGS, compute_type=compute_type)
    whole, first = loaded(settings), loaded(settings, tokens=1)
    batch = [segment(seed) for seed in range(LINES)]
    padded = segment(0, padded=True)
    works: tuple[Callable[[], object], ...] = (
        lambda: whole.decode(batch[:1]),
        lambda: whole.decode([padded]),
        lambda: _one_by_one(whole, batch),
        lambda: whole.decode(batch),
        lambda: _one_by_one(first, batch),
        lambda: first.decode(batch),
    )
    rounds = np.array([[_cpu_ms(work) for work in works] for _ in range(1 + REPEATS)])[1:]
    short, of_30_s, one_by_one, together, first_one_by_one, first_together = rounds.T
    return Costs(
        short=float(np.median(short)),
        padded=float(np.median(of_30_s)),
        one_by_one=float(np.median(one_by_one)),
        together=float(np.median(together)),
        first_one_by_one=float(np.median(first_one_by_one)),
        first_together=float(np.median(first_together)),
        of_padded=float(np.median(short / of_30_s)),
        of_one_by_one=float(np.median(together / one_by_one)),
    )


def _one_by_one(recogniser: CTranslate2Recogniser, batch: Sequence[Segment]) -> None:
    for one in batch:
        recogniser.decode([one])


def _cpu_ms(work: Callable[[], object]) -> float:
    """CPU time: on one thread that is what it takes on an idle core, even where the core is shared."""
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000
