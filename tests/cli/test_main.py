"""The frame of the command: what a user sees when something goes wrong."""

import argparse
import inspect
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from appliance.cli.main import COMMANDS, main
from appliance.config import ConfigError, Problem
from appliance.errors import ApplianceError
from models.errors import EngineError

SECRET = "Erika Mustermann"
Run = Callable[[argparse.Namespace], int]
Command = Callable[[Run], None]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Command:
    """Makes `appliance try` run the given function: a command module like any other."""

    def install(run: Run) -> None:
        def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
            subparsers.add_parser("try", help="what the test does")

        module = ModuleType("appliance.cli.try")
        module.__dict__.update(add_parser=add_parser, run=run)
        monkeypatch.setitem(sys.modules, "appliance.cli.try", module)

    return install


def appliance_try(*words: str) -> int:
    return main([*words, "try"], commands={"try": ""})


def raising(error: BaseException) -> Run:
    def run(_: argparse.Namespace) -> int:
        raise error

    return run


def test_the_status_of_the_command_is_the_status_of_the_process(command: Command) -> None:
    command(lambda _: 3)
    assert appliance_try() == 3


@pytest.mark.parametrize(
    "error",
    [ApplianceError("port 5060 is in use", "choose another"), EngineError("port 5060 is in use", "choose another")],
)
def test_what_a_user_can_mend_is_one_line(
    command: Command, capsys: pytest.CaptureFixture[str], error: Exception
) -> None:
    command(raising(error))
    assert appliance_try() == 2
    assert capsys.readouterr().err == "appliance: port 5060 is in use — choose another\n"


def test_each_problem_of_a_configuration_is_a_line(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    command(raising(ConfigError((Problem("a.toml: x", "mend x"), Problem("a.toml: y", "mend y")))))
    assert appliance_try() == 2
    assert capsys.readouterr().err == "appliance: a.toml: x — mend x\nappliance: a.toml: y — mend y\n"


def test_errors_of_several_tasks_are_a_line_each(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    inner = ExceptionGroup("tasks", [ApplianceError("a", "mend a"), ExceptionGroup("", [EngineError("b", "mend b")])])
    command(raising(inner))
    assert appliance_try() == 2
    assert capsys.readouterr().err == "appliance: a — mend a\nappliance: b — mend b\n"


def test_a_fault_of_ours_says_where_but_not_what_was_said(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    command(raising(ValueError(SECRET)))
    assert appliance_try() == 70
    error = capsys.readouterr().err
    assert error.startswith("appliance: internal error: ValueError at ")
    assert error.count("\n") == 1
    assert SECRET not in error


@pytest.mark.parametrize("words", [["--traceback", "try"], ["try", "--traceback"]])
def test_a_traceback_is_shown_on_request(
    command: Command, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    command(raising(ApplianceError("a", "mend a")))
    assert main(words, commands={"try": ""}) == 2
    assert "Traceback" in capsys.readouterr().err


def test_ctrl_c_is_quiet(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    command(raising(KeyboardInterrupt()))
    assert appliance_try() == 130
    assert capsys.readouterr() == ("", "")


CHATTY = """
import sys
from types import ModuleType
from appliance.cli.main import main

def run(_):
    print("a line")
    return 0

module = sys.modules["appliance.cli.chatty"] = ModuleType("chatty")
module.add_parser = lambda subparsers: subparsers.add_parser("chatty")
module.run = run
sys.exit(main(["chatty"], commands={"chatty": ""}))
"""


def test_a_reader_that_has_gone_is_no_fault() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as nowhere:
        process = subprocess.run([sys.executable, "-c", CHATTY], stdout=nowhere, stderr=subprocess.PIPE, check=False)
    assert process.returncode == 141
    assert process.stderr == b""


def test_help_names_the_commands_and_loads_nothing_heavy() -> None:
    script = (
        "import sys\nfrom appliance.cli.main import main\ntry:\n main(['--help'])\nexcept SystemExit:\n pass\n"
        "print('loaded', [m for m in ('numpy', 'pydantic', 'onnxruntime', 'pjsua2', 'uvicorn') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "check" in done.stdout
    assert done.stdout.endswith("loaded []\n")


def test_every_command_module_is_on_the_list() -> None:
    directory = Path(inspect.getfile(main)).parent
    modules = {path.stem for path in directory.glob("*.py") if "\ndef add_parser(" in path.read_text(encoding="utf-8")}
    assert modules == set(COMMANDS)


def test_an_unknown_command_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["dance"])
    assert exit_.value.code == 2
    assert "dance" in capsys.readouterr().err
