"""Labelled turns are read as docs/tuning.md says, and mistakes are named."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from appliance.audio import write_wav
from appliance.tuning.turns import LabelError, LabelledPause, load_turns
from appliance.turn.facts import Expectation


def write(directory: Path, *turns: dict[str, Any]) -> Path:
    (directory / "turns.json").write_text(json.dumps({"turns": turns}), encoding="utf-8")
    write_wav(directory / "a.wav", np.zeros(40_000, np.int16), 8000)
    return directory


def test_a_recording_with_pauses_and_words(tmp_path: Path) -> None:
    entry = {
        "audio": "a.wav",
        "end": 3.21,
        "text": "I would like [] an appointment",
        "pauses": [{"start": 1.2, "end": 1.9}],
        "asked": "date",
        "voice": "someone",
    }
    (turn,) = load_turns(write(tmp_path, entry))
    assert turn.audio == tmp_path / "a.wav"
    assert (turn.end_ms, turn.asked, turn.voice) == (3210, Expectation.DATE, "someone")
    assert turn.text == "I would like an appointment"
    assert turn.pauses == (LabelledPause(1200, 1900, "I would like"),)


def test_words_before_each_pause_may_stand_with_the_pause(tmp_path: Path) -> None:
    pause = {"start": 1.2, "end": 1.9, "text": "I would like"}
    (turn,) = load_turns(write(tmp_path, {"audio": "a.wav", "end": 3, "text": "whole", "pauses": [pause]}))
    assert turn.pauses[0].text == "I would like"


def test_without_audio_the_marks_give_the_length_of_each_pause(tmp_path: Path) -> None:
    (turn,) = load_turns(write(tmp_path, {"text": "I'd like to [0.8] um [1.2] see a doctor"}))
    assert turn.audio is None
    assert [(pause.length_ms, pause.text) for pause in turn.pauses] == [(800, "I'd like to"), (1200, "I'd like to um")]
    assert turn.text == "I'd like to um see a doctor"


def test_a_file_for_each_recording(tmp_path: Path) -> None:
    write_wav(tmp_path / "b.wav", np.zeros(40_000, np.int16), 8000)
    (tmp_path / "b.json").write_text('{"end": 2.5}', encoding="utf-8")
    (turn,) = load_turns(tmp_path)
    assert (turn.audio, turn.end_ms, turn.pauses) == (tmp_path / "b.wav", 2500, ())


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"audio": "missing.wav", "end": 1}, "no recording"),
        ({"audio": "a.wav"}, "end is not a time"),
        ({"audio": "a.wav", "end": "late"}, "end is not a time"),
        ({"audio": "a.wav", "end": 3, "asked": "mood"}, "asked is not a kind of question"),
        ({"audio": "a.wav", "end": 3, "speaker": "x"}, "unknown key speaker"),
        ({"audio": "a.wav", "end": 1, "pauses": [{"start": 1.2, "end": 1.9}]}, "not in order"),
        ({"audio": "a.wav", "end": 3, "pauses": [{"start": 1.9, "end": 1.2}]}, "not in order"),
        ({"audio": "a.wav", "end": 3, "text": "a [] b"}, "1 marks [ ] for 0 pauses"),
        ({"audio": "a.wav", "end": 3, "pauses": [{"start": 1}]}, "end is not a time"),
        ({"text": "a [] b"}, "neither audio nor words"),
        ({"text": "[0.5] b"}, "without words on both sides"),
        ({}, "neither audio nor words"),
    ],
)
def test_mistakes_are_named_with_their_place(tmp_path: Path, entry: dict[str, Any], said: str) -> None:
    with pytest.raises(LabelError) as caught:
        load_turns(write(tmp_path, entry))
    assert said in caught.value.message
    assert "turn 1" in caught.value.message
    assert caught.value.remedy


@pytest.mark.parametrize("content", ["{", "[1]", '{"turns": 3}', '{"turns": []}'])
def test_a_broken_index_is_an_error_of_ours(tmp_path: Path, content: str) -> None:
    (tmp_path / "turns.json").write_text(content, encoding="utf-8")
    with pytest.raises(LabelError):
        load_turns(tmp_path)


def test_an_empty_directory_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(LabelError):
        load_turns(tmp_path)
    with pytest.raises(LabelError):
        load_turns(tmp_path / "nowhere")
