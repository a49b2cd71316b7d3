"""What endpointing had to go by at each silence of a labelled turn: heard by the real ear, or drawn."""

import bisect
import hashlib
import json
import random
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from appliance.audio import FrameCutter, Samples, read_wav, resample
from appliance.errors import ApplianceError
from appliance.listening.ear import Ear
from appliance.listening.voice import VoiceBegan, VoicePaused, VoiceSettings
from appliance.tuning.turns import LabelledTurn
from models.end_of_turn import EndOfTurnModel
from models.stt import PartialHandler, Transcript
from models.vad import VoiceActivityDetector
from sip.g711 import Companding, decode, encode

_LINE_RATE: Final = 8000
_SILENCE_AFTER_MS: Final = 2500
# A soft end whose last sound lies this close to the labelled end is the end: a faint last syllable.
_FAINT_END_MS: Final = 250
# Scores of true ends and of pauses at which the share still above them is known: Smart Turn v3.2 as the appliance asks
# it, on 298 ends and 171 pauses of human 8 kHz sentences, at the first silent window. Between the points, straight
# lines.
_SCORES: Final = (0.0, 0.3, 0.4, 0.5, 0.6, 0.75, 0.9, 0.98, 1.0)
_ENDS_ABOVE: Final = (1.0, 1.0, 0.98, 0.95, 0.89, 0.81, 0.61, 0.35, 0.0)
_PAUSES_ABOVE: Final = (1.0, 1.0, 0.70, 0.31, 0.19, 0.11, 0.04, 0.02, 0.0)
# Without audio: soft end after the last sound and voice found after the first, as in `appliance.listening.voice`.
_SOFT_END_AFTER_MS: Final = 82
_DRAWS: Final = 20


@dataclass(frozen=True, slots=True)
class SoftEnd:
    """The VAD found silence at `at_ms`; the last sound was about `ended_ms`; the end-of-turn model said `score`.

    The caller was heard again at `resumed_ms` (None: never).
    """

    at_ms: int
    ended_ms: int
    score: float
    resumed_ms: int | None


@dataclass(frozen=True, slots=True)
class HeardTurn:
    """A labelled turn and its soft ends in order of time."""

    turn: LabelledTurn
    soft_ends: tuple[SoftEnd, ...]

    def is_final(self, soft_end: SoftEnd) -> bool:
        """Whether the caller had really finished when this silence began."""
        return soft_end.resumed_ms is None or soft_end.ended_ms >= self.turn.end_ms - _FAINT_END_MS

    def text_at(self, soft_end: SoftEnd) -> str:
        """The words so far, as far as they are labelled; in a silence that is not, by the share of time spoken."""
        turn = self.turn
        if self.is_final(soft_end):
            return turn.text
        began_ms, before = 0, ""
        for pause in turn.pauses:
            if soft_end.at_ms <= pause.start_ms:
                return _part_of(before, pause.text, (soft_end.ended_ms - began_ms) / (pause.start_ms - began_ms))
            if soft_end.at_ms <= pause.end_ms + _FAINT_END_MS:
                return pause.text
            began_ms, before = pause.end_ms, pause.text
        return _part_of(before, turn.text, (soft_end.ended_ms - began_ms) / (turn.end_ms - began_ms))


def _part_of(before: str, after: str, share: float) -> str:
    words = after.split()
    known = len(before.split())
    return " ".join(words[: known + round(max(0.0, min(1.0, share)) * (len(words) - known))])


class _NoTranscripts:
    """Speech to text that hears nothing: the words are labelled."""

    def __init__(self, sample_rate: int) -> None:
        self.sample_rate = sample_rate

    def open_stream(self, on_partial: PartialHandler) -> "_NoTranscripts":
        return self

    def feed(self, samples: NDArray[np.int16]) -> None:
        pass

    async def finalise(self) -> Transcript:
        return Transcript("")

    def reset(self) -> None:
        pass

    async def aclose(self) -> None:
        pass

    async def warm_up(self) -> None:
        pass

    def close(self) -> None:
        pass


class Listener:
    """Plays recordings to the ear of a call as the phone line would: 8 kHz, u-law, 20 ms frames.

    A turn comes after the one before it of the same voice, as in a call; the first of each voice, and turns whose voice
    is not labelled, come as a caller's first words. `kept` is what earlier runs found, by recording and settings;
    `found` is what is known after this one.
    """

    def __init__(
        self,
        vad: VoiceActivityDetector,
        end_of_turn: EndOfTurnModel,
        settings: VoiceSettings,
        kept: Mapping[str, Any] | None = None,
    ) -> None:
        self._vad = vad
        self._end_of_turn = end_of_turn
        self._settings = settings
        self._said_before: dict[str, Samples] = {}
        self._score_of_nothing: float | None = None
        self.found: dict[str, Any] = dict(kept or {})

    async def listen(self, turn: LabelledTurn) -> HeardTurn:
        """The soft ends of a turn with audio. Raises `ApplianceError` or `models.errors.EngineError`."""
        assert turn.audio is not None
        line = _on_the_line(turn.audio)
        if line.size * 1000 < turn.end_ms * _LINE_RATE:
            raise ApplianceError(
                f"{turn.audio} is shorter than its labelled end, {turn.end_ms / 1000:g} s", "correct the label"
            )
        before = self._said_before.get(turn.voice, np.zeros(0, np.int16))
        if self._score_of_nothing is None:
            # Another version of the model, or of what is made of its scores, has another one.
            self._score_of_nothing = await self._end_of_turn.score(np.zeros(0, np.int16))
        parts = (before.tobytes(), line.tobytes(), repr((before.size, self._heard_with)).encode())
        key = hashlib.sha256(b"".join(parts)).hexdigest()
        if turn.voice:
            self._said_before[turn.voice] = line
        # The recording may end with the caller's last word: the line then stays silent, longer than any wait.
        silence = np.zeros(_SILENCE_AFTER_MS * _LINE_RATE // 1000, np.int16)
        if key not in self.found:
            heard = await self._hear(np.concatenate((line, silence)), np.concatenate((before, silence)))
            self.found[key] = [asdict(soft_end) for soft_end in heard]
        return HeardTurn(turn, tuple(SoftEnd(**soft_end) for soft_end in self.found[key]))

    @property
    def _heard_with(self) -> tuple[object, ...]:
        return self._settings, self._score_of_nothing, self._end_of_turn.context_seconds

    async def _hear(self, line: Samples, before: Samples) -> list[SoftEnd]:
        stt = _NoTranscripts(self._end_of_turn.sample_rate)
        ear = Ear(self._vad.sample_rate, self._vad, stt, self._end_of_turn, lambda partial: None, self._settings)
        for frame in self._frames(before):
            ear.hear(frame)
        ear.forget(was_a_turn=True)
        began_ms = ear.now_ms
        soft_ends: list[SoftEnd] = []
        for frame in self._frames(line):
            for change in ear.hear(frame):
                at = change.at - began_ms
                match change:
                    case VoicePaused(ended=ended):
                        soft_ends.append(SoftEnd(at, ended - began_ms, round(await ear.score(), 4), None))
                    case VoiceBegan() if soft_ends and soft_ends[-1].resumed_ms is None:
                        soft_ends[-1] = replace(soft_ends[-1], resumed_ms=at)
                    case _:
                        pass
        return soft_ends

    def _frames(self, line: Samples) -> Iterable[bytes]:
        rate = self._vad.sample_rate
        return FrameCutter(rate).push(resample(line, _LINE_RATE, rate))


def _on_the_line(path: Path) -> Samples:
    sound = read_wav(path)
    narrow = resample(sound.samples, sound.sample_rate, _LINE_RATE)
    return decode(encode(narrow, Companding.ULAW), Companding.ULAW)


def imagine(turn: LabelledTurn, seed: str = "") -> tuple[HeardTurn, ...]:
    """A turn without audio, heard 20 times: the VAD as it usually is, scores drawn from those of human prompts.

    The same turn and seed give the same scores.
    """
    heard = []
    for number in range(_DRAWS):
        draw = random.Random(f"{seed} {turn.name} {turn.text} {number}")  # noqa: S311 (no secret)
        soft_ends = [
            SoftEnd(p.start_ms + _SOFT_END_AFTER_MS, p.start_ms, _drawn(draw, _PAUSES_ABOVE), p.end_ms + 71)
            for p in turn.pauses
        ]
        last = SoftEnd(turn.end_ms + _SOFT_END_AFTER_MS, turn.end_ms, _drawn(draw, _ENDS_ABOVE), None)
        heard.append(HeardTurn(turn, (*soft_ends, last)))
    return tuple(heard)


def _drawn(draw: random.Random, above: tuple[float, ...]) -> float:
    share = draw.random()
    # `above` falls from 1 to 0: find the two points between which this share lies.
    right = bisect.bisect_left([-value for value in above], -share)
    right = min(max(right, 1), len(above) - 1)
    high, low = above[right - 1], above[right]
    within = (high - share) / (high - low)
    return round(_SCORES[right - 1] + within * (_SCORES[right] - _SCORES[right - 1]), 4)


def read_kept(path: Path) -> dict[str, Any]:
    """What an earlier run kept; nothing when there is no such file. Raises `ApplianceError`."""
    if not path.exists():
        return {}
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ApplianceError(f"cannot read {path}", "delete it, or name another file") from error
    if not isinstance(kept, dict):
        raise ApplianceError(f"{path} is not what an earlier run kept", "name another file")
    return kept


def keep(path: Path, found: Mapping[str, Any]) -> None:
    """Keep what was found for another run: times and scores by checksum, no sound and no words."""
    try:
        path.write_text(json.dumps(found), encoding="utf-8")
    except OSError as error:
        raise ApplianceError(f"cannot write {path}: {error.strerror}", "name another file") from error
