"""`appliance call`, as an admin types it, against a peer that answers."""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from appliance.cli.call import add_parser, run
from sip.caller.script import Play, Step, WaitForAgentSilence
from sip.errors import SipError
from sip.wav import read_wav, write_wav
from tests.caller.answering_peer import steps_json
from tests.caller.packets import sound_at


def arguments(*argv: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_parser(parser.add_subparsers())
    return parser.parse_args(["call", *argv])


@contextmanager
def peer(behaviour: str, *steps: Step) -> Iterator[str]:
    asked = json.dumps({"behaviour": behaviour, "steps": steps_json(*steps)})
    command = [sys.executable, "-m", "tests.caller.answering_peer", asked]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield f"sip:desk@127.0.0.1:{process.stdout.readline().strip()}"
        process.communicate("")


@pytest.fixture
def words(tmp_path: Path) -> Path:
    path = tmp_path / "words.wav"
    write_wav(path, [sound_at([(60, 560)], 600)], 8000)
    return path


@pytest.mark.wire
def test_each_turn_is_printed_with_its_latency(words: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.wav"
    with peer("answer", Play(words), WaitForAgentSilence(300), Play(words)) as uri:
        assert run(arguments(uri, "--play", str(words), "--silence-ms", "400", "--record", str(out))) == 0
    printed = capsys.readouterr().out
    assert "call 1: completed, PCMU" in printed
    assert "answer after" in printed
    assert "response latency: p50" in printed
    assert "time to silence: not measured" in printed
    assert read_wav(out)[0].shape[1] == 2


@pytest.mark.wire
def test_a_line_that_is_busy_fails_with_its_status_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    with peer("busy") as uri:
        assert run(arguments(uri, "--json", "--calls", "2")) == 1
    result = json.loads(capsys.readouterr().out)
    assert [(call["status"], call["retry_after_s"]) for call in result["calls"]] == [(486, 17), (486, 17)]


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["127.0.0.1:5060"], "is not a SIP address"),
        (["sip:a@127.0.0.1", "--play", "none.wav"], "there is no WAV file"),
        (["sip:a@127.0.0.1", "--interrupt", "none.wav"], "does not say when"),
        (["sip:a@127.0.0.1", "--digits", "12x"], "no key"),
        (["sip:a@127.0.0.1", "--calls", "0"], "no number of calls"),
        (["sip:a@127.0.0.1", "--caller", "a b"], "no SIP user"),
        (["sip:a@127.0.0.1", "--silence-ms", "-1"], "--silence-ms"),
    ],
)
def test_wrong_arguments_are_said_in_one_line_with_a_remedy(argv: list[str], message: str) -> None:
    with pytest.raises(SipError, match=message) as caught:
        run(arguments(*argv))
    assert caught.value.remedy
    assert "\n" not in str(caught.value)


def test_what_is_asked_is_done_in_the_order_of_the_command_line() -> None:
    asked = arguments("sip:a@h", "--digits", "1", "--play", "a.wav", "--interrupt", "b.wav@1.5").asked
    assert asked == [("digits", "1"), ("play", "a.wav"), ("interrupt", "b.wav@1.5")]
