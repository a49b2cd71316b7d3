"""The JSON beside a Piper voice is read, or refused with the key that is wrong."""

import json
from pathlib import Path
from typing import Any

import pytest

from models.errors import EngineError
from models.piper.voice_config import VoiceConfig, read_voice_config

GOOD: dict[str, Any] = {
    "audio": {"sample_rate": 22050, "quality": "medium"},
    "espeak": {"voice": "en-us"},
    "inference": {"noise_scale": 0.333, "length_scale": 1, "noise_w": 0.5},
    "phoneme_type": "espeak",
    "phoneme_id_map": {"_": [0], "^": [1], "$": [2], "a": [3]},
    "num_symbols": 256,
    "num_speakers": 2,
    "speaker_id_map": {"anna": 0, "bert": 1},
    "language": {"code": "en_US"},
}


def read(tmp_path: Path, **changes: Any) -> VoiceConfig:
    path = tmp_path / "voice.onnx.json"
    path.write_text(json.dumps({key: value for key, value in (GOOD | changes).items() if value is not ...}))
    return read_voice_config(path)


def test_a_real_one_is_read(tmp_path: Path) -> None:
    config = read(tmp_path)
    assert config.audio.sample_rate == 22050
    assert config.inference.noise_scale == pytest.approx(0.333)
    assert config.phoneme_id_map["a"] == [3]


def test_what_older_voices_leave_out_has_pipers_defaults(tmp_path: Path) -> None:
    config = read(tmp_path, inference=..., phoneme_type=..., speaker_id_map=...)
    assert (config.inference.noise_scale, config.inference.length_scale, config.inference.noise_w) == (0.667, 1.0, 0.8)


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"audio": ...}, "audio"),
        ({"audio": {"sample_rate": 1}}, "audio.sample_rate"),
        ({"espeak": {}}, "espeak.voice"),
        ({"phoneme_type": "pinyin"}, "phoneme_type"),
        ({"phoneme_id_map": {"a": [3]}}, "_"),
        ({"phoneme_id_map": {"_": [0], "^": [1], "$": [300]}}, "num_symbols"),
        ({"phoneme_id_map": {"_": [0], "^": [1], "$": []}}, r"phoneme_id_map\.\$"),
        ({"inference": {"length_scale": 0}}, "inference.length_scale"),
        ({"num_speakers": 0}, "num_speakers"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, changes: dict[str, Any], key: str) -> None:
    with pytest.raises(EngineError, match=f"voice.onnx.json is no Piper voice: .*{key}"):
        read(tmp_path, **changes)


def test_a_file_that_is_no_json_or_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{")
    with pytest.raises(EngineError, match=r"a\.json is no Piper voice"):
        read_voice_config(tmp_path / "a.json")
    with pytest.raises(EngineError, match=r"b\.json cannot be read"):
        read_voice_config(tmp_path / "b.json")


def test_a_speaker_has_a_name_or_a_number(tmp_path: Path) -> None:
    config = read(tmp_path, default_speaker_id=1)
    assert [config.speaker(name) for name in ("", "anna", "bert", "0")] == [1, 0, 1, 0]
    for unknown in ("carla", "2", "-1", "²"):
        with pytest.raises(EngineError, match="anna, bert"):
            config.speaker(unknown)
