"""`appliance tune` from recordings and words to figures and a picture, with the real VAD and end-of-turn model."""

import json
from pathlib import Path

import numpy as np
import pytest

from appliance.audio import read_wav, write_wav
from appliance.cli.main import main

VOICE = Path(__file__).parents[2] / "appliance" / "cli" / "demo_voice"


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """The demo caller's two halves of a sentence, 0.7 s apart, and a turn of words only."""
    first, second = (read_wav(VOICE / f"book_{half}.wav").samples for half in (1, 2))
    gap = np.zeros(5600, np.int16)
    write_wav(tmp_path / "a.wav", np.concatenate((gap, first, gap, second)), 8000)
    start = (gap.size + first.size) / 8000
    entry = {
        "audio": "a.wav",
        "end": round(start + 0.7 + second.size / 8000, 3),
        "text": "I'd like to book an appointment with [] doctor Patel please",
        "pauses": [{"start": start, "end": start + 0.7}],
    }
    turns = [entry, {"text": "my number is [0.6] five five five", "asked": "digits"}]
    (tmp_path / "turns.json").write_text(json.dumps({"turns": turns}), encoding="utf-8")
    return tmp_path


def test_tune_measures_recommends_and_draws(labelled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cache, plot = labelled / "cache", labelled / "curve.svg"
    command = ["tune", "--audio", str(labelled), "--json", "--plot", str(plot), "--cache", str(cache)]
    assert main(command) == 0
    first = capsys.readouterr().out
    document = json.loads(first)
    assert (document["turns"], document["turns_without_audio"], document["ends_not_heard"]) == (2, 1, 0)
    assert document["present"]["cut_ins"] == 0
    assert 0 < document["present"]["response_p50_ms"] < 1500
    assert plot.read_text(encoding="utf-8").startswith("<svg")
    assert "Patel" not in cache.read_text(encoding="utf-8")
    assert main(command) == 0
    assert capsys.readouterr().out == first


def test_tune_prints_a_table(labelled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tune", "--audio", str(labelled), "--pauses", "400-900", "--budget", "5"]) == 0
    assert "present settings" in capsys.readouterr().out


def test_tune_names_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tune", "--audio", str(tmp_path)]) == 2
    assert "no labelled turns" in capsys.readouterr().err
