"""How long each engine takes for a piece of work: what was measured, and straight lines between and beyond. Pure."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.bench_gpu.results import FinalPass, Generation, Sharing, Speech

Points = Sequence[tuple[float, float]]


def along(points: Points, x: float) -> float:
    """The value at `x` of the line through `points` (in order of x): level before the first, onwards after the last.

    Beyond the last point the last two give the slope, and it never falls: noise must not make more work cheaper.
    """
    if x <= points[0][0]:
        return points[0][1]
    for (left, low), (right, high) in itertools.pairwise(points):
        if x <= right:
            return low + (high - low) * (x - left) / (right - left)
    (before, low), (last, high) = points[-2:] if len(points) > 1 else (points[0], points[0])
    slope = max(0.0, (high - low) / (last - before)) if last > before else high / last
    return high + slope * (x - last)


@dataclass(frozen=True, slots=True)
class ServiceTimes:
    """The medians of one stack of engines, in ms, each engine alone on the machine.

    `final_pass` has by batch the time by seconds of audio; `first_token` and `per_token` go by requests at once.
    Speech takes `first_audio_ms` for the first window of a reply and `speech_ms_per_s` for a second of audio, on the
    GPU or on `speech_threads` threads of the CPU. `slowed` is how much slower a GPU engine is beside another one.
    """

    stack: str
    features_ms: float
    final_pass: Mapping[int, Points]
    first_token: Points
    per_token: Points
    first_audio_ms: float
    speech_ms_per_s: float
    speech_on_gpu: bool
    speech_threads: int
    slowed: float

    def whisper_ms(self, audio_s: float, batch: int) -> float:
        """A pass over `batch` stretches of `audio_s` seconds."""
        return along([(count, along(points, audio_s)) for count, points in sorted(self.final_pass.items())], batch)

    def first_token_ms(self, requests: int) -> float:
        """From the start of a step to the first token of `requests` that begin in it."""
        return along(self.first_token, requests)

    def per_token_ms(self, requests: int) -> float:
        """A step in which each of `requests` gets its next token."""
        return along(self.per_token, requests)


def service_times(
    final_passes: Sequence[FinalPass],
    generations: Sequence[Generation],
    speech: Speech,
    sharing: Sharing | None,
    speech_threads: int,
) -> ServiceTimes:
    """Of one Whisper model, one language model and one voice, all their rows by the same engine.

    Where sharing was not measured, two engines at once are taken to halve the GPU between them.
    """
    whisper, language_model = final_passes[0], generations[0]
    on_gpu = speech.device != "cpu"
    batches = sorted({row.batch for row in final_passes})
    ordered = sorted(generations, key=lambda row: row.lines)
    return ServiceTimes(
        stack=f"{whisper.model} ({whisper.engine}), {language_model.model} ({language_model.engine}), "
        f"{speech.voice} on {'the GPU' if on_gpu else 'the CPU'} ({speech.engine})",
        features_ms=max(row.features_ms for row in final_passes),
        final_pass={
            batch: sorted((row.audio_s, row.p50_ms) for row in final_passes if row.batch == batch) for batch in batches
        },
        first_token=[(row.lines, row.first_token_p50_ms) for row in ordered],
        per_token=[(row.lines, row.per_token_p50_ms) for row in ordered],
        first_audio_ms=speech.first_audio_p50_ms,
        speech_ms_per_s=speech.real_time_factor * 1000,
        speech_on_gpu=on_gpu,
        speech_threads=speech_threads,
        slowed=max(1.0, sharing.whisper, sharing.language_model) if sharing else 2.0,
    )
