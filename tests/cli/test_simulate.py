"""`appliance simulate` on scenario files."""

import json
from pathlib import Path

import pytest

from appliance.cli.main import main

STORY = {
    "name": "a story",
    "caller": [
        {"at": 0.5, "until": 2.5, "say": "Tell me a story.", "stt_delay": 0.2, "end_of_turn": 0.9},
        {"at": 5.0, "until": 6.0, "say": "Stop!"},
    ],
    "agent": [
        {"when": "tell me a story", "reply": "Here is a long story ... the end.", "ttft": 0.1, "until_done": 0.3,
         "tts_first_audio": 0.2, "audio": 10.0},
        {"reply": "All right."},
    ],
    "expect": [
        {"audio_starts_at_most": 3.2}, {"interrupted": True}, {"silence_at_most": 0.12},
        {"history": ["Tell me a story.", "Here …", "Stop!", "All right."]},
    ],
}  # fmt: skip


@pytest.fixture
def story(tmp_path: Path) -> Path:
    path = tmp_path / "story.json"
    path.write_text(json.dumps(STORY))
    return path


def test_what_was_expected_exits_0(story: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", str(story)]) == 0
    said = capsys.readouterr().out
    assert 'turn 1: "Tell me a story."' in said
    assert "FAILED" not in said


def test_what_was_not_exits_1_and_is_named(story: Path, capsys: pytest.CaptureFixture[str]) -> None:
    story.write_text(json.dumps({**STORY, "expect": [{"turns": ["Tell me a story."]}]}))
    assert main(["simulate", str(story)]) == 1
    assert 'FAILED  {"turns": ["Tell me a story."]}: turns: ' in capsys.readouterr().out


def test_json_holds_turns_and_timeline(story: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", str(story), "--json", "--timeline"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is True
    call = told["scenarios"][0]
    assert [turn["text"] for turn in call["turns"]] == ["Tell me a story.", "Stop!"]
    assert call["turns"][0]["response_latency"] <= 700
    assert call["held"][0]["time_to_silence"] <= 120
    assert any(entry["who"] == "agent" for entry in call["timeline"])


def test_the_settings_come_from_the_configuration(
    story: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    slow = tmp_path / "slow.toml"
    slow.write_text("[turn.voice]\npause_windows = 20\n")

    def latency(*options: str) -> float:
        main(["simulate", str(story), "--json", *options])
        first: float = json.loads(capsys.readouterr().out)["scenarios"][0]["turns"][0]["response_latency"]
        return first

    assert latency("--config", str(slow)) > latency() + 300


def test_a_folder_and_a_mistake(story: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", str(tmp_path)]) == 0
    (tmp_path / "wrong.json").write_text('{"caller": [{"at": 1}]}')
    assert main(["simulate", str(tmp_path)]) == 2
    assert "wrong.json: caller[0].until is missing — add it" in capsys.readouterr().err
