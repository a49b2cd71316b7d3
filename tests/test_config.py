"""One TOML file: what holds without it, and what is said when it is wrong."""

import re
import subprocess
import sys
import tomllib
from datetime import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from appliance.assembly import build_sip_settings
from appliance.config import Config, ConfigError, load_config, parse_config, time_spans
from appliance.config.load import tables
from appliance.config.page import defaults_as_toml, page
from appliance.config.secret import read_secret
from sip.pool import plan_workers

PAGE = Path(__file__).parent.parent / "docs" / "configuration.md"


def complaints(tmp_path: Path, text: str) -> list[str]:
    file = tmp_path / "appliance.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_config(file)
    lines = str(caught.value).splitlines()
    assert all(line.startswith(f"{file}: ") and " — " in line for line in lines)
    assert len(lines) == len(caught.value.problems)
    return [line.removeprefix(f"{file}: ") for line in lines]


def test_without_a_file_everything_is_on_loopback() -> None:
    config = load_config(None)
    assert config.sip.host == config.web.host == "127.0.0.1"
    assert config.sip.allow == ("127.0.0.0/8",)
    assert not config.records.record_calls
    assert not config.sip.registration.enabled


def test_an_empty_file_means_the_same_as_none_but_for_where_paths_start(tmp_path: Path) -> None:
    file = tmp_path / "appliance.toml"
    file.write_text("")
    assert load_config(file) == Config().with_paths_from(tmp_path)


def test_relative_paths_start_at_the_file(tmp_path: Path) -> None:
    file = tmp_path / "appliance.toml"
    file.write_text(
        '[records]\ndirectory = "kept"\n[engines.silero]\nmodel_file = "vad.onnx"\n'
        '[sip.registration]\npassword_file = "/etc/secret"\n'
    )
    config = load_config(file)
    assert config.records.database_path == tmp_path / "kept" / "appliance.sqlite3"
    assert config.engines.silero.model_file == str(tmp_path / "vad.onnx")
    assert config.engines.smart_turn.model_file == "", "empty still means the installed one"
    assert config.sip.registration.password_file == Path("/etc/secret")


def test_the_configuration_cannot_be_changed_afterwards() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Config().sip.port = 1


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[sip]\nprot = 5060", "sip.prot = 5060: there is no such key — did you mean sip.port?"),
        (
            "[turn.endpointing]\nsecond_look_ms = 740",
            "turn.endpointing.second_look_ms = 740: there is no such key — remove it: a doubtful score is waited for "
            "at once; and remove score thresholds of your own, since scores are on another scale (docs/tuning.md)",
        ),
        ("max_calls = 4", "max_calls = 4: there is no such key — did you mean sip.max_calls?"),
        ("[sipp]\nport = 1", 'sipp = {"port": 1}: there is no such key — did you mean sip?'),
        ('[sip]\nport = "5060"', 'sip.port = "5060" is not accepted — write port = 5060 without quotes'),
        ('[sip]\nport = "many"', 'sip.port = "many" is not accepted — write port as a whole number, without quotes'),
        ("[sip]\nport = 50.5", "sip.port = 50.5 is not accepted — write port as a whole number, without quotes"),
        ("[clinic]\noperator = 200", 'clinic.operator = 200 is not accepted — write operator = "200" in quotes'),
        (
            '[turn]\ndraft_while_speaking = "True"',
            'turn.draft_while_speaking = "True" is not accepted — write draft_while_speaking = true without quotes',
        ),
        (
            "[turn]\ndraft_while_speaking = 1",
            "turn.draft_while_speaking = 1 is not accepted — write draft_while_speaking = true or ",
        ),
        (
            '[turn.endpointing]\nconcluded_score = "0.5"',
            'turn.endpointing.concluded_score = "0.5" is not accepted — write concluded_score = 0.5 without quotes',
        ),
        ("web = 5", "web = 5 is not accepted — make it a table of its own, [web]"),
        ("[sip]\nport = 0", "sip.port = 0 is not accepted — input should be greater than or equal to 1"),
        ("[sip]\nfull_response = 404", "sip.full_response = 404 is not accepted — input should be 486 or 503"),
        ('[sip]\ncodecs = "PCMU"', 'sip.codecs = "PCMU" is not accepted — write codecs = ["PCMU"] in brackets'),
        ("[sip]\nallow = []", "sip.allow = [] is not accepted — list should have at least 1 item"),
        ("[sip]\nmax_calls = 9\nport = 65534", "sip.port = 65534 leaves no room for 3 workers — choose a lower port"),
        (
            "[sip]\nrtp_port_last = 16385",
            "sip.rtp_port_last = 16385 leaves 2 media ports for 4 calls — set it to at least 16403",
        ),
        ("[sip.registration]\nregistrar = 'sip:pbx'", "sip.registration.user is empty, but registrar is set"),
        ('[web]\nhost = "0.0.0.0"', 'web.host = "0.0.0.0" is not a loopback address — use "127.0.0.1"'),
        ('[web]\nhost = "clinic.example"', 'web.host = "clinic.example" is not an IP address'),
        ('[engines]\nstt = "pocketsfinx"', 'engines.stt = "pocketsfinx" is not accepted — input should be '),
        (
            "[turn.voice]\nstart_probability = nan",
            "turn.voice.start_probability = NaN is not accepted — input should be a finite number",
        ),
        ('[clinic]\ntime_zone = "Mars/Base"', 'clinic.time_zone = "Mars/Base" is no time zone known to this machine'),
        ('[clinic.hours]\nmonday = "8-17"', 'clinic.hours.monday = "8-17" is not a day\'s opening hours'),
        (
            '[[clinic.doctors]]\nname = "A"\ndepartment = "B"',
            'clinic.doctors.0.department = "B" is none of the departments — name one of: billing, ',
        ),
        ('[[clinic.doctors]]\nname = "A"', "clinic.doctors.0.department is missing — add it"),
        ("[clinic]\ndoctors = 2024-01-01", 'clinic.doctors = "2024-01-01" is not accepted — '),
        ("[sip\nport = 1", "is not TOML: "),
    ],
)
def test_a_mistake_is_one_line_with_key_value_and_remedy(tmp_path: Path, text: str, complaint: str) -> None:
    lines = complaints(tmp_path, text)
    assert len(lines) == 1
    assert lines[0].startswith(complaint)


def test_a_network_with_host_bits_is_one_complaint_and_says_how_to_write_it(tmp_path: Path) -> None:
    (line,) = complaints(tmp_path, '[sip]\nallow = ["10.0.0.1/8"]')
    assert line.startswith('sip.allow.0 = "10.0.0.1/8" is not a network')
    assert line.endswith('write it as "192.0.2.0/24", or a single address as "192.0.2.7/32"')


def test_all_mistakes_are_reported_at_once(tmp_path: Path) -> None:
    lines = complaints(tmp_path, '[sip]\nprot = 1\nport = "x"\n[web]\nhost = "10.0.0.1"\n')
    assert [line.split(" ")[0] for line in lines] == ["sip.port", "sip.prot", "web.host"]


def test_a_missing_file_and_a_binary_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml: No such file"):
        load_config(tmp_path / "nowhere.toml")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="is not UTF-8"):
        load_config(tmp_path / "binary")


@pytest.mark.parametrize("refusal", [{}, {"full_response": 503}, {"fallback_number": "100"}])
def test_the_number_of_workers_is_what_the_line_starts(refusal: dict[str, Any]) -> None:
    for calls in range(1, 30):
        sip = parse_config({"sip": {"max_calls": calls, **refusal}}, "test", Path()).sip
        assert sip.workers == len(plan_workers(build_sip_settings(sip))), calls


def test_opening_hours_are_spans_in_order() -> None:
    assert time_spans("closed") == ()
    assert time_spans("08:00-12:00, 13:00-17:30") == ((time(8), time(12)), (time(13), time(17, 30)))
    for wrong in ("", "8:00-17:00", "08:00-08:00", "13:00-17:00, 08:00-12:00", "08:00-24:00"):
        with pytest.raises(ValueError, match=re.escape(wrong.split(",")[-1].strip()) + "$"):
            time_spans(wrong)


def test_the_documented_defaults_are_the_real_ones() -> None:
    assert parse_config(tomllib.loads(defaults_as_toml()), "defaults", Path()) == Config().with_paths_from(Path())


def test_the_page_is_up_to_date() -> None:
    remedy = "run: python -m appliance.config > docs/configuration.md"
    assert PAGE.read_text(encoding="utf-8") == page(), remedy


def test_every_key_is_described_on_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for path, section in tables():
        if not path:
            continue
        chapter = re.split(rf"^## `\[+{re.escape(path)}\]+`$", text, flags=re.M)[1].split("\n## ")[0]
        for name, field in section.model_fields.items():
            if f"[{path}.{name}]" in text and not field.description:
                continue
            assert f"| `{name}` |" in chapter, f"{path}.{name}"
            assert field.description


def test_a_secret_is_read_only_from_a_file_that_nobody_else_can_read(tmp_path: Path) -> None:
    file = tmp_path / "password"
    with pytest.raises(ConfigError, match="No such file"):
        read_secret(file)
    file.write_text("hush\nsecond line\n")
    file.chmod(0o640)
    with pytest.raises(ConfigError, match=r"others may read it \(mode 0640\) — chmod 600") as caught:
        read_secret(file)
    assert "hush" not in str(caught.value)
    file.chmod(0o600)
    assert read_secret(file) == "hush"
    file.write_text("\n")
    with pytest.raises(ConfigError, match="is empty"):
        read_secret(file)


JSON_LIKE = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
TABLE_NAMES = st.sampled_from([path for path, _ in tables() if path and "." not in path]) | st.text(max_size=8)
KEY_NAMES = st.sampled_from(sorted({name for _, section in tables() for name in section.model_fields}))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(TABLE_NAMES, JSON_LIKE | st.dictionaries(KEY_NAMES, JSON_LIKE, max_size=4), max_size=4))
def test_any_content_gives_a_configuration_or_a_list_of_problems(data: dict[str, object]) -> None:
    try:
        parse_config(data, "test.toml", Path())
    except ConfigError as error:
        assert error.problems
        assert all(problem.message.startswith("test.toml: ") and problem.remedy for problem in error.problems)


def test_a_file_can_be_looked_at_without_starting_anything(tmp_path: Path) -> None:
    file = tmp_path / "appliance.toml"
    command = [sys.executable, "-m", "appliance.config", str(file)]
    file.write_text("[sip]\nport = 5070\n")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    file.write_text("[sip]\nprot = 5070\n")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"{file}: sip.prot = 5070: there is no such key — did you mean sip.port?\n"
