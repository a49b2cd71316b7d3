"""The picture of a call: well-formed, complete, and everything where it belongs in time."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.records.picture import (
    CallPicture,
    HeldBackchannel,
    Interruption,
    SpeechSpan,
    TurnBand,
    draw_call,
)

SVG = "{http://www.w3.org/2000/svg}"


def silence_with_tone(
    seconds: float, tone_from: float = 0, tone_to: float = 0
) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    samples = np.zeros(int(seconds * 8000), np.int16)
    samples[int(tone_from * 8000) : int(tone_to * 8000)] = 8000
    return samples


def parsed(picture: CallPicture) -> ElementTree.Element:
    return ElementTree.fromstring(draw_call(picture))


def texts(root: ElementTree.Element) -> list[str]:
    return [element.text or "" for element in root.iter(f"{SVG}text")]


EXAMPLE = CallPicture(
    title="Call c-1 <test>",
    sample_rate=8000,
    caller=silence_with_tone(20, 2, 4),
    agent=silence_with_tone(20, 5, 10),
    speech=(SpeechSpan(2000, 4000),),
    turns=(TurnBand(1, 2000, 4000, 380), TurnBand(2, 12000, 13000)),
    interruptions=(Interruption(10000, 120),),
    backchannels=(HeldBackchannel(6000, 6320),),
)


def test_every_mark_is_in_the_picture_with_its_figure() -> None:
    shown = texts(parsed(EXAMPLE))
    assert "Call c-1 <test>" in shown
    assert "20.0 s · 2 turns · 1 interruption · 1 backchannel" in shown
    for label in ("caller", "agent", "1", "2", "380 ms", "120 ms", "320 ms", "0 s", "20 s"):
        assert label in shown


def test_the_waveform_stands_where_the_sound_was() -> None:
    picture = draw_call(EXAMPLE)
    outline = next(d for d in re.findall(r'd="(M[^"]+Z)"', picture) if d.count("L") > 100)
    points = [tuple(map(float, point.split())) for point in outline[1:-1].split("L")]
    middle = max(y for _, y in points)
    loud = [x for x, y in points if y < middle - 10]
    left, width = 78, 1600 - 78 - 76
    assert min(loud) == pytest.approx(left + width * 2 / 20, abs=2)
    assert max(loud) == pytest.approx(left + width * 4 / 20, abs=2)


@pytest.mark.parametrize(("seconds", "rows"), [(10, 1), (75, 1), (90, 2), (300, 5)])
def test_a_long_call_takes_a_row_a_minute(seconds: int, rows: int) -> None:
    root = parsed(CallPicture("c", 8000, silence_with_tone(seconds), silence_with_tone(seconds)))
    assert texts(root).count("caller") == rows
    assert root.get("width") == "1600"


def test_the_size_of_the_file_does_not_grow_with_the_sound() -> None:
    noise = np.random.default_rng(1).integers(-9000, 9000, 300 * 8000).astype(np.int16)
    assert len(draw_call(CallPicture("c", 8000, noise, noise))) < 500_000


milliseconds = st.floats(-1000, 130_000)


@settings(max_examples=40, deadline=None)
@given(
    caller=st.integers(0, 1_000_000),
    agent=st.integers(0, 1_000_000),
    spans=st.lists(st.tuples(milliseconds, milliseconds).map(sorted), max_size=5),
)
def test_whatever_the_marks_the_picture_is_well_formed_and_inside_its_frame(
    caller: int, agent: int, spans: list[list[float]]
) -> None:
    picture = CallPicture(
        "c",
        8000,
        np.zeros(caller, np.int16),
        np.zeros(agent, np.int16),
        tuple(SpeechSpan(a, b) for a, b in spans),
        tuple(TurnBand(number, a, b, b - a) for number, (a, b) in enumerate(spans)),
        tuple(Interruption(a, None) for a, _ in spans),
        tuple(HeldBackchannel(a, b) for a, b in spans),
    )
    root = parsed(picture)
    for box in root.iter(f"{SVG}rect"):
        x, width = float(box.get("x", 0)), float(box.get("width", 0))
        assert 0 <= x <= x + width <= 1600
