"""A mistake in a scenario is told with file, entry, key, value and what to do."""

import json
from pathlib import Path
from typing import Any

import pytest

from appliance.simulator.fields import ScenarioError
from appliance.simulator.reading import parse_scenario, read_scenario
from appliance.simulator.scenario import KeyPress, LineHold

SPEECH = {"at": 0.5, "until": 2.5, "say": "Tell me a story."}


def mistake(data: object) -> tuple[str, str]:
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(data, "story.json")
    return caught.value.message, caught.value.remedy


@pytest.mark.parametrize(
    ("entry", "message", "remedy"),
    [
        ({**SPEECH, "untl": 3}, "story.json: caller[0].untl = 3 is not known here", "did you mean until?"),
        ({"at": 0.5, "say": "Hi"}, "story.json: caller[0].until is missing", "add it"),
        ({**SPEECH, "at": "soon"}, 'story.json: caller[0].at = "soon" is not a time', "give seconds"),
        ({**SPEECH, "at": -1}, "story.json: caller[0].at = -1 is not a time", "give seconds"),
        ({**SPEECH, "at": True}, "story.json: caller[0].at = true is not a time", "give seconds"),
        ({**SPEECH, "at": float("nan")}, "story.json: caller[0].at = NaN is not a time", "give seconds"),
        (
            {**SPEECH, "until": 0.5},
            "story.json: caller[0].until = 0.5 is not after at = 0.5",
            "the time at which it ends",
        ),
        ({**SPEECH, "say": 3}, "story.json: caller[0].say = 3 is not a text", "quotes"),
        ({**SPEECH, "say": "a | b"}, 'marks a pause with "|"', '"pauses"'),
        ({**SPEECH, "say": "a | b | c", "pauses": [[1, 1.5]]}, "has 2 marks for 1 pauses", "one"),
        ({**SPEECH, "pauses": [[2, 3]]}, "caller[0].pauses = [[2, 3]] do not lie in order", "[from, to]"),
        ({**SPEECH, "pauses": [2, 3]}, "caller[0].pauses = [2, 3] is not a list of pauses", "[[from, to], …]"),
        ({**SPEECH, "end_of_turn": 1.5}, "caller[0].end_of_turn = 1.5 is not a score", "from 0 to 1"),
        ({**SPEECH, "end_of_turn": []}, "caller[0].end_of_turn = [] is not a score", "from 0 to 1"),
        ({"at": 1, "digits": "1x"}, 'caller[0].digits = "1x" are not keys', "0-9"),
        ({"at": 1, "until": 2, "hold": "yes"}, 'caller[0].hold = "yes" is neither true nor false', "without quotes"),
        (7, "story.json: caller[0] = 7 is not a table", "{key: value, …}"),
    ],
)
def test_mistakes_of_the_caller(entry: Any, message: str, remedy: str) -> None:
    said, what_to_do = mistake({"caller": [entry]})
    assert message in said
    assert remedy in what_to_do


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "story.json:  = [] is not a table"),
        ({"caller": "x"}, 'story.json: .caller = "x" is not a list'),
        ({"caller": [SPEECH], "calls": []}, "calls = [] is not known here"),
        ({"caller": []}, "caller is empty"),
        ({"caller": [SPEECH, {**SPEECH, "at": 2}]}, "while another sound lasts until 2.5 s"),
        ({"caller": [SPEECH], "agent": [{"when": "x"}]}, "agent[0].reply is missing"),
        ({"caller": [SPEECH], "agent": [{"reply": "x", "ttft": 1, "until_done": 0.5}]}, "is before ttft = 1"),
        ({"caller": [SPEECH], "agent": [{"reply": "x", "expects": "money"}]}, 'expects = "money" is not known'),
        ({"caller": [SPEECH], "agent": [{"reply": "x", "afterwards": "leave"}]}, 'afterwards = "leave" is not known'),
        ({"caller": [SPEECH], "agent": [{"reply": "x", "tools": [{"name": "t"}]}]}, "tools[0].duration is missing"),
        ({"caller": [SPEECH], "failures": [{"engine": "ear", "fault": "fails"}]}, 'engine = "ear" is not known'),
        ({"caller": [SPEECH], "failures": [{"engine": "llm", "fault": "stalls"}]}, "stall is missing"),
        ({"caller": [SPEECH], "expect": [{}]}, "expect[0] names no expectation"),
        ({"caller": [SPEECH], "expect": [{"resumed": 1, "turns": 1}]}, "expect[0] names 2 expectations"),
        ({"caller": [SPEECH], "expect": [{"turns": 1, "after": 2}]}, "expect[0].after = 2 is not known here"),
        ({"caller": [SPEECH], "expect": [{"ends": "badly"}]}, 'ends = "badly" is not known'),
        ({"caller": [SPEECH], "expect": [{"no_audio_between": [3, 1]}]}, "is not a span of time"),
        ({"caller": [SPEECH], "expect": [{"prompts": ["hello"]}]}, "has a prompt that is not known"),
        ({"caller": [SPEECH], "language": "de"}, 'language = "de" is not known'),
    ],
)
def test_mistakes_elsewhere(data: Any, message: str) -> None:
    assert message in mistake(data)[0]


def test_a_tool_has_one_description() -> None:
    tools = [{"name": "t", "duration": duration} for duration in (1, 2)]
    agent = [{"when": "x", "reply": "x", "tools": [tools[0]]}, {"reply": "y", "tools": [tools[1]]}]
    assert "the tool t is described in two ways" in mistake({"caller": [SPEECH], "agent": agent})[0]


def test_files_that_are_not_there_or_not_json(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"none\.json: No such file"):
        read_scenario(tmp_path / "none.json")
    (tmp_path / "half.json").write_text('{"name": ')
    with pytest.raises(ScenarioError, match=r"half\.json:1:10: is not JSON"):
        read_scenario(tmp_path / "half.json")
    (tmp_path / "half.toml").write_text("name = ")
    with pytest.raises(ScenarioError, match=r"half\.toml: is not TOML"):
        read_scenario(tmp_path / "half.toml")


def test_json_and_toml_say_the_same(tmp_path: Path) -> None:
    data = {"name": "n", "caller": [{**SPEECH, "end_of_turn": [0.2, 0.9], "pauses": [[1.0, 1.5]]}]}
    (tmp_path / "a.json").write_text(json.dumps(data))
    (tmp_path / "a.toml").write_text(
        'name = "n"\n[[caller]]\nat = 0.5\nuntil = 2.5\nsay = "Tell me a story."\n'
        "end_of_turn = [0.2, 0.9]\npauses = [[1.0, 1.5]]\n"
    )
    assert read_scenario(tmp_path / "a.json") == read_scenario(tmp_path / "a.toml")


def test_words_lie_where_the_marks_say() -> None:
    scenario = parse_scenario(
        {"caller": [{"at": 0, "until": 4, "say": "one two | three", "pauses": [[1, 3.5]], "end_of_turn": [0.1, 0.8]}]},
        "x",
    )
    first, second = scenario.stretches
    assert (first.words, first.ends, first.score) == (("one", "two"), 1000, 0.1)
    assert (second.words, second.begins, second.score) == (("three",), 3500, 0.8)
    assert scenario.utterances[0].say == "one two three"


def test_keys_and_holds() -> None:
    scenario = parse_scenario({"caller": [{"at": 3, "until": 5, "hold": True}, {"at": 1, "digits": "1#"}]}, "x")
    assert scenario.caller == (KeyPress(1000, "1"), KeyPress(1200, "#"), LineHold(3000, 5000))
