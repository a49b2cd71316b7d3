"""Carries out a caller's steps, 20 ms at a time. Pure: time and what was heard come in, audio and commands go out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sip.caller.activity import BLOCK_NS, BLOCK_SAMPLES, LOUD_DBFS, Heard
from sip.caller.rtp import TelephoneEvent
from sip.caller.script import (
    Background,
    DigitMethod,
    HangUp,
    Hold,
    Pause,
    Play,
    PlayNoise,
    PlayOver,
    Purpose,
    Resume,
    SendDigits,
    Step,
    Vanish,
    Wait,
    WaitForAgentSilence,
)
from sip.caller.sdp import Direction
from sip.g711 import SAMPLE_RATE, Samples

FRAME_SAMPLES = 160
FRAME_MS = 20
FRAME_NS = FRAME_MS * 1_000_000
NOISE_BACKGROUND_DBFS = -45.0
_EVENT_END_PACKETS = 3  # RFC 4733 section 2.5.1.4: the end is sent three times

Outgoing = Samples | TelephoneEvent | None
"""What one tick sends: 160 samples, a piece of a pressed key, or nothing."""


@dataclass(frozen=True, slots=True)
class ChangeHold:
    """Send a re-INVITE with this direction; call `Performer.signalled` once it is answered."""

    direction: Direction


@dataclass(frozen=True, slots=True)
class SendInfoDigit:
    """Send a key by INFO; call `Performer.signalled` once it is answered."""

    digit: str
    tone_ms: int


@dataclass(frozen=True, slots=True)
class EndCall:
    """The script is over: end the call, politely or without a word."""

    vanish: bool = False


Command = ChangeHold | SendInfoDigit | EndCall


@dataclass(frozen=True, slots=True)
class Tick:
    """What to do in one 20 ms tick."""

    outgoing: Outgoing
    commands: tuple[Command, ...] = ()


@dataclass(frozen=True, slots=True)
class Performed:
    """A step and when it was carried out, ns of CLOCK_MONOTONIC; `gave_up`: the agent did not do what it waited for."""

    index: int
    step: Step
    start_ns: int
    end_ns: int
    gave_up: bool = False


def splice_pauses(samples: Samples, pauses: Sequence[Pause]) -> Samples:
    """The samples with silence put in; positions count from the beginning of the unspliced audio."""
    spliced = samples
    for pause in sorted(pauses, key=lambda pause: pause.at_s, reverse=True):
        position = min(round(pause.at_s * SAMPLE_RATE), samples.size)
        silence = np.zeros(round(pause.for_s * SAMPLE_RATE), dtype=np.int16)
        spliced = np.concatenate([spliced[:position], silence, spliced[position:]])
    return spliced


def white_noise(samples: int, level_dbfs: float, seed: int = 1) -> Samples:
    """Seeded Gaussian noise with an RMS of `level_dbfs`."""
    rms = 32768.0 * 10 ** (level_dbfs / 20)
    return np.clip(np.random.default_rng(seed).normal(0.0, rms, samples), -32768, 32767).astype(np.int16)


@dataclass(frozen=True, slots=True)
class _Clip:
    """What one step says: whole frames, and where its last sound ends."""

    samples: Samples
    last_sound_ns: int

    @classmethod
    def of(cls, step: Step, sounds: Mapping[Path, Samples]) -> "_Clip | None":
        match step:
            case Play():
                samples = splice_pauses(sounds[step.file], step.pauses)
            case PlayOver():
                samples = sounds[step.file]
            case PlayNoise():
                samples = white_noise(round(step.seconds * SAMPLE_RATE), step.level_dbfs)
            case _:
                return None
        return cls(np.pad(samples, (0, -samples.size % FRAME_SAMPLES)), _last_sound_ns(samples))


def _last_sound_ns(samples: Samples) -> int:
    """Where the last 10 ms block above -38 dBFS ends, from the beginning of the samples."""
    whole = samples[: samples.size - samples.size % BLOCK_SAMPLES].astype(np.float64).reshape(-1, BLOCK_SAMPLES)
    loud = np.flatnonzero((whole**2).mean(axis=1) > (32768.0 * 10 ** (LOUD_DBFS / 20)) ** 2)
    return int(loud[-1] + 1) * BLOCK_NS if loud.size else 0


class Performer:
    """Call `tick` every 20 ms. `sounds` holds 8 kHz mono samples for each file that a step names."""

    def __init__(self, steps: Sequence[Step], sounds: Mapping[Path, Samples], background: Background) -> None:
        self.performed: list[Performed] = []
        self._steps = steps
        self._clips = [_Clip.of(step, sounds) for step in steps]  # now, because a tick has no time for it
        self._background = background
        self._noise = white_noise(2 * SAMPLE_RATE, NOISE_BACKGROUND_DBFS) if background is Background.NOISE else None
        self._noise_position = 0
        self._now_ns = 0
        self._heard = Heard()
        self._words_ended_ns = 0
        self._held: Direction | None = None
        self._commands: list[Command] = []
        self._signalled = 0
        self._gave_up = False
        self._performance = self._perform()

    def tick(self, now_ns: int, heard: Heard) -> Tick:
        """The next 20 ms, at `now_ns` and with `heard` of the agent so far."""
        self._now_ns, self._heard = now_ns, heard
        outgoing = next(self._performance)
        commands, self._commands = tuple(self._commands), []
        return Tick(outgoing, commands)

    def signalled(self) -> None:
        """A command that asked for signalling has been carried out, or has failed. May be called from any thread."""
        self._signalled += 1

    def _perform(self) -> Iterator[Outgoing]:
        for index, step in enumerate(self._steps):
            start_ns, self._gave_up = self._now_ns, False
            if isinstance(step, HangUp | Vanish):
                self.performed.append(Performed(index, step, start_ns, start_ns))
                self._commands.append(EndCall(vanish=isinstance(step, Vanish)))
                break
            yield from self._act(step, self._clips[index])
            self.performed.append(Performed(index, step, start_ns, self._now_ns, self._gave_up))
        else:
            self._commands.append(EndCall())
        while True:
            yield self._idle()

    def _act(self, step: Step, clip: _Clip | None) -> Iterator[Outgoing]:
        match step:
            case WaitForAgentSilence():
                yield from self._wait_for_agent_silence(step)
            case PlayOver() if clip is not None:
                yield from self._play_over(step, clip)
            case Play() | PlayNoise() if clip is not None:
                yield from self._say(clip)
            case SendDigits():
                yield from self._send_digits(step)
            case Wait():
                yield from self._wait(step.seconds)
            case Hold():
                yield from self._signal(ChangeHold(step.direction))
                self._held = step.direction
            case Resume():
                yield from self._signal(ChangeHold(Direction.SENDRECV))
                self._held = None

    def _wait_for_agent_silence(self, step: WaitForAgentSilence) -> Iterator[Outgoing]:
        until_ns = self._now_ns + round(step.patience_s * 1e9)
        while not self._agent_has_been_silent(step.silence_ms):
            if self._now_ns >= until_ns:
                self._gave_up = True
                return
            yield self._idle()

    def _agent_has_been_silent(self, silence_ms: float) -> bool:
        latest = self._heard.latest
        if latest is None or latest.end_ns <= self._words_ended_ns:
            return False
        return self._now_ns - latest.end_ns >= silence_ms * 1e6

    def _play_over(self, step: PlayOver, clip: _Clip) -> Iterator[Outgoing]:
        began_ns, until_ns = self._now_ns, self._now_ns + round(step.patience_s * 1e9)
        while (onset_ns := self._agent_onset_ns(began_ns)) is None:
            if self._now_ns >= until_ns:
                self._gave_up = True
                return
            yield self._idle()
        while self._now_ns < onset_ns + step.after_s * 1e9:
            yield self._idle()
        yield from self._say(clip, counts_as_words=step.purpose is Purpose.INTERRUPT)

    def _agent_onset_ns(self, began_ns: int) -> int | None:
        latest = self._heard.latest
        if latest is None or not (self._heard.speaking(self._now_ns) or latest.start_ns >= began_ns):
            return None
        return latest.start_ns

    def _say(self, clip: _Clip, *, counts_as_words: bool = True) -> Iterator[Outgoing]:
        if counts_as_words:
            self._words_ended_ns = self._now_ns + clip.last_sound_ns
        for start in range(0, clip.samples.size, FRAME_SAMPLES):
            yield clip.samples[start : start + FRAME_SAMPLES]

    def _send_digits(self, step: SendDigits) -> Iterator[Outgoing]:
        for digit in step.digits.upper():
            if step.method is DigitMethod.INFO:
                yield from self._signal(SendInfoDigit(digit, step.tone_ms))
                yield from self._wait(step.tone_ms / 1000)
            else:
                yield from self._press(digit, step.tone_ms)
            yield from self._wait(step.gap_ms / 1000)
            self._words_ended_ns = self._now_ns

    def _press(self, digit: str, tone_ms: int) -> Iterator[Outgoing]:
        frames = max(1, round(tone_ms / FRAME_MS))
        for frame in range(1, frames + 1):
            yield TelephoneEvent(digit, frame * FRAME_SAMPLES)
        for _ in range(_EVENT_END_PACKETS):
            yield TelephoneEvent(digit, frames * FRAME_SAMPLES, ended=True)

    def _wait(self, seconds: float) -> Iterator[Outgoing]:
        until_ns = self._now_ns + round(seconds * 1e9)
        while self._now_ns < until_ns:
            yield self._idle()

    def _signal(self, command: Command) -> Iterator[Outgoing]:
        awaited = self._signalled + 1
        self._commands.append(command)
        while self._signalled < awaited:
            yield self._idle()

    def _idle(self) -> Outgoing:
        if self._background is Background.NOTHING or self._held is Direction.INACTIVE:
            return None
        if self._noise is None or self._held is not None:
            return np.zeros(FRAME_SAMPLES, dtype=np.int16)
        start = self._noise_position
        self._noise_position = (start + FRAME_SAMPLES) % self._noise.size
        return self._noise[start : start + FRAME_SAMPLES]
