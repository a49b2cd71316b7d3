"""A call as a picture (SVG): both sides' waveforms over time, with speech, turns, interruptions and holds marked."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Final

import numpy as np
from numpy.typing import NDArray

_WIDTH: Final = 1600
_LEFT: Final = 78
# Room for a label that begins at the last moment of a row.
_RIGHT: Final = 76
_HEAD: Final = 74
_BAND: Final = 22
_LANE: Final = 92
_MARKS: Final = 22
_AXIS: Final = 26
_GAP: Final = 22
_ROW: Final = _BAND + 2 * _LANE + _MARKS + _AXIS + _GAP
_LONGEST_SINGLE_ROW_MS: Final = 75_000
_ROW_MS: Final = 60_000
_TICK_SECONDS: Final = (0.5, 1, 2, 5, 10)
_TICK_PIXELS: Final = 70
_CHARACTER_PIXELS: Final = 6.5

_INK: Final = "#3d4450"
_FAINT: Final = "#8b929d"
_GRID: Final = "#e9ebee"
_CALLER: Final = "#4a78a6"
_AGENT: Final = "#5d9077"
_TURN: Final = ("#eef2f7", "#f7f1e8")
_STOP: Final = "#bf4f45"
_HOLD: Final = "#c98a1b"


@dataclass(frozen=True, slots=True)
class SpeechSpan:
    """The caller was heard to speak, in ms since the call began."""

    start_ms: float
    end_ms: float


@dataclass(frozen=True, slots=True)
class TurnBand:
    """A turn of the caller, from first to last sound; the answer began `response_ms` later, None if there was none."""

    number: int
    start_ms: float
    end_ms: float
    response_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Interruption:
    """The caller broke in at `at_ms`; the agent was silent `silent_after_ms` later, None if that is not known."""

    at_ms: float
    silent_after_ms: float | None = None


@dataclass(frozen=True, slots=True)
class HeldBackchannel:
    """The agent was held at `held_ms` for what proved to be no interruption, and went on at `resumed_ms`."""

    held_ms: float
    resumed_ms: float


@dataclass(frozen=True, slots=True)
class CallPicture:
    """What to draw: both sides from the beginning of the call, mono 16-bit at `sample_rate` Hz, and the marks.

    `title` names the call and nobody in it.
    """

    title: str
    sample_rate: int
    caller: NDArray[np.int16]
    agent: NDArray[np.int16]
    speech: tuple[SpeechSpan, ...] = ()
    turns: tuple[TurnBand, ...] = ()
    interruptions: tuple[Interruption, ...] = ()
    backchannels: tuple[HeldBackchannel, ...] = ()

    @property
    def duration_ms(self) -> float:
        """How long the longer side is."""
        return 1000 * max(self.caller.size, self.agent.size) / self.sample_rate


def draw_call(picture: CallPicture) -> str:
    """The SVG of a call, 1600 pixels wide: one row up to 75 seconds, else one row a minute."""
    duration = max(1000.0, picture.duration_ms)
    row_ms = duration if duration <= _LONGEST_SINGLE_ROW_MS else float(_ROW_MS)
    rows = math.ceil(duration / row_ms)
    height = _HEAD + rows * _ROW
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}" '
        f'font-family="DejaVu Sans, Helvetica, Arial, sans-serif" font-size="12" fill="{_INK}">',
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        *_head(picture),
    ]
    for number in range(rows):
        start = number * row_ms
        parts += _Row(picture, _HEAD + number * _ROW, start, min(duration, start + row_ms), row_ms).draw()
    return "\n".join([*parts, "</svg>\n"])


def _head(picture: CallPicture) -> Iterator[str]:
    seconds = picture.duration_ms / 1000
    yield f'<text x="{_LEFT}" y="28" font-size="17" font-weight="600">{escape(picture.title)}</text>'
    yield (
        f'<text x="{_WIDTH - _RIGHT}" y="28" text-anchor="end" fill="{_FAINT}">{seconds:.1f} s · '
        f"{_count(len(picture.turns), 'turn')} · {_count(len(picture.interruptions), 'interruption')} · "
        f"{_count(len(picture.backchannels), 'backchannel')}</text>"
    )
    x = float(_LEFT)
    for symbol, text in (
        (f'<rect x="{{x}}" y="41" width="14" height="12" fill="{_TURN[0]}" stroke="#c9d3df"/>', "turn, answer after"),
        (f'<rect x="{{x}}" y="41" width="14" height="12" fill="{_CALLER}" fill-opacity=".22"/>', "caller speech (VAD)"),
        (f'<path d="M{{x}} 42h12l-6 10z" fill="{_STOP}"/>', "interruption, silence after"),
        (f'<path d="M{{x}} 42h4v10h-4zm7 0h4v10h-4z" fill="{_HOLD}"/>', "backchannel, held for"),
    ):
        yield symbol.replace("{x}", f"{x:.0f}")
        yield f'<text x="{x + 20:.0f}" y="51" fill="{_FAINT}">{text}</text>'
        x += 50 + _CHARACTER_PIXELS * len(text)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


class _Row:
    """One stretch of the call, from `start` to `end` ms; `row_ms` would fill the width."""

    def __init__(self, picture: CallPicture, top: float, start: float, end: float, row_ms: float) -> None:
        self._picture = picture
        self._start = start
        self._end = end
        self._scale = (_WIDTH - _LEFT - _RIGHT) / row_ms
        self._band = top
        self._caller = top + _BAND
        self._agent = self._caller + _LANE
        self._marks = self._agent + _LANE
        self._axis = self._marks + _MARKS

    def draw(self) -> Iterator[str]:
        """Background first."""
        yield from self._grid()
        yield from self._turns()
        yield from self._speech()
        yield from self._side("caller", self._picture.caller, self._caller, _CALLER)
        yield from self._side("agent", self._picture.agent, self._agent, _AGENT)
        yield from self._backchannels()
        yield from self._interruptions()

    def _x(self, ms: float) -> float:
        return round(_LEFT + (min(max(ms, self._start), self._end) - self._start) * self._scale, 1)

    def _shows(self, start: float, end: float) -> bool:
        return start < self._end and end >= self._start

    def _grid(self) -> Iterator[str]:
        step = next((s for s in _TICK_SECONDS if s * 1000 * self._scale >= _TICK_PIXELS), _TICK_SECONDS[-1])
        for tick in range(math.ceil(self._start / 1000 / step), math.floor(self._end / 1000 / step) + 1):
            seconds = tick * step
            x = self._x(seconds * 1000)
            text = f"{seconds:g} s" if seconds < 60 else f"{int(seconds // 60)}:{seconds % 60:04.1f}".removesuffix(".0")
            yield f'<path d="M{x} {self._caller}V{self._axis}" stroke="{_GRID}"/>'
            y = self._axis + 16
            yield f'<text x="{x}" y="{y}" text-anchor="middle" font-size="11" fill="{_FAINT}">{text}</text>'
        yield f'<path d="M{_LEFT} {self._axis}H{self._x(self._end)}" stroke="{_FAINT}"/>'

    def _turns(self) -> Iterator[str]:
        for turn in self._picture.turns:
            answered = turn.end_ms + (turn.response_ms or 0)
            if not self._shows(turn.start_ms, answered):
                continue
            x, end = self._x(turn.start_ms), self._x(answered)
            colour = _TURN[turn.number % 2]
            yield (
                f'<rect x="{x}" y="{self._band}" width="{max(2.0, end - x):.1f}" '
                f'height="{self._marks - self._band}" fill="{colour}"/>'
            )
            if turn.response_ms is not None and self._shows(turn.end_ms, answered):
                ended = self._x(turn.end_ms)
                yield f'<path d="M{ended} {self._agent}H{end}" stroke="{_INK}" stroke-width="3"/>'
            if turn.start_ms >= self._start:
                y = self._band + 15
                yield f'<text x="{x + 3}" y="{y}" font-weight="600">{turn.number}</text>'
                if turn.response_ms is not None:
                    after = x + 10 + 9 * len(str(turn.number))
                    yield f'<text x="{after:.1f}" y="{y}" fill="{_FAINT}">{turn.response_ms:.0f} ms</text>'

    def _speech(self) -> Iterator[str]:
        for span in self._picture.speech:
            if self._shows(span.start_ms, span.end_ms):
                x, width = self._x(span.start_ms), self._x(span.end_ms) - self._x(span.start_ms)
                yield (
                    f'<rect x="{x}" y="{self._caller + 4}" width="{max(1.0, width):.1f}" height="{_LANE - 8}" rx="3" '
                    f'fill="{_CALLER}" fill-opacity=".16"/>'
                )

    def _side(self, name: str, samples: NDArray[np.int16], top: float, colour: str) -> Iterator[str]:
        middle = top + _LANE / 2
        label = f'x="{_LEFT - 12}" y="{middle + 4}" text-anchor="end" font-weight="600" fill="{colour}"'
        yield f"<text {label}>{name}</text>"
        yield f'<path d="M{_LEFT} {middle}H{self._x(self._end)}" stroke="{colour}" stroke-opacity=".45"/>'
        rate = self._picture.sample_rate
        part = samples[int(self._start * rate / 1000) : int(self._end * rate / 1000)].astype(np.float32)
        columns = min(part.size, round(part.size / rate * 1000 * self._scale))
        if columns < 2:
            return
        # The loudest thousandth may be clipped, so that a click does not flatten the voice.
        loudest = max(800.0, float(np.quantile(np.abs(samples.astype(np.float32)), 0.999)))
        edges = np.linspace(0, part.size, columns, endpoint=False).astype(int)
        reach = (_LANE / 2 - 6) / loudest
        upper = middle - np.clip(np.maximum.reduceat(part, edges) * reach, 0, _LANE / 2 - 3)
        lower = middle - np.clip(np.minimum.reduceat(part, edges) * reach, 3 - _LANE / 2, 0)
        outline = [f"{_LEFT + n} {y:.1f}" for n, y in enumerate(upper)]
        outline += [f"{_LEFT + n} {lower[n]:.1f}" for n in range(columns - 1, -1, -1)]
        yield f'<path d="M{"L".join(outline)}Z" fill="{colour}"/>'

    def _backchannels(self) -> Iterator[str]:
        for mark in self._picture.backchannels:
            if self._shows(mark.held_ms, mark.resumed_ms):
                x, end = self._x(mark.held_ms), self._x(mark.resumed_ms)
                yield (
                    f'<rect x="{x}" y="{self._agent + 4}" width="{max(2.0, end - x):.1f}" height="{_LANE - 8}" '
                    f'fill="{_HOLD}" fill-opacity=".2" stroke="{_HOLD}" stroke-dasharray="3 3"/>'
                )
                # To the left, because an interruption often follows, and has its label on the right.
                held_for = f"{mark.resumed_ms - mark.held_ms:.0f} ms"
                symbol = f'<path d="M{x} {self._marks + 6}h4v10h-4zm7 0h4v10h-4z" fill="{_HOLD}"/>'
                yield symbol + self._label(x - 4, "end", held_for, _HOLD)

    def _interruptions(self) -> Iterator[str]:
        for mark in self._picture.interruptions:
            if self._shows(mark.at_ms, mark.at_ms):
                x = self._x(mark.at_ms)
                yield f'<path d="M{x} {self._band}V{self._marks + 6}" stroke="{_STOP}" stroke-width="1.5"/>'
                if mark.silent_after_ms is not None:
                    end = self._x(mark.at_ms + mark.silent_after_ms)
                    yield f'<path d="M{x} {self._marks - 2}H{end}" stroke="{_STOP}" stroke-width="3"/>'
                text = "" if mark.silent_after_ms is None else f"{mark.silent_after_ms:.0f} ms"
                symbol = f'<path d="M{x - 6} {self._marks + 6}h12l-6 10z" fill="{_STOP}"/>'
                yield symbol + self._label(x + 10, "start", text, _STOP)

    def _label(self, x: float, anchor: str, text: str, colour: str) -> str:
        place = f'x="{x:.1f}" y="{self._marks + 15}" text-anchor="{anchor}"'
        return f'<text {place} font-size="11" fill="{colour}">{text}</text>'
