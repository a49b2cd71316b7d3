"""The floors of the house (DESIGN section 3): a room imports only from floors below its own, never sideways."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Top floor first. A room may import itself, the standard library, third-party packages, and rooms on lower floors.
FLOORS: tuple[frozenset[str], ...] = (
    frozenset({"appliance.cli"}),
    frozenset({"appliance.assembly"}),
    frozenset({"appliance.web"}),
    frozenset({"appliance.switchboard", "appliance.simulator", "appliance.tuning", "appliance.sip_line"}),
    frozenset({"appliance.session"}),
    frozenset({"appliance.dialogue"}),
    frozenset({"appliance.speaking", "appliance.listening", "appliance.clinic"}),
    frozenset(
        {
            "appliance.turn",
            "appliance.records",
            "appliance.line",
            "appliance.audio",
            "appliance.trace",
            "appliance.metrics",
            "appliance.config",
            "models",
            "sip",
        }
    ),
    # The foundation: names with no behaviour of their own, usable from every floor of the appliance.
    frozenset({"appliance.errors", "appliance.logs", "appliance.notify"}),
)
FLOOR_OF = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
SOURCES = sorted(
    path for top in ("appliance", "models", "sip") for path in (ROOT / top).rglob("*.py") if path.name != "__init__.py"
)


def room_of(module: str) -> str | None:
    """The room that a dotted module name lies in; None for what is not ours."""
    parts = module.split(".")
    if parts[0] in {"models", "sip"}:
        return parts[0]
    if parts[0] != "appliance":
        return None
    return ".".join(parts[:2])


def imported_modules(path: Path) -> set[str]:
    modules: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: import absolutely, so that rooms show"
            modules.update(f"{node.module}.{alias.name}" for alias in node.names)
    return modules


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


@pytest.mark.parametrize("path", SOURCES, ids=module_name)
def test_a_room_imports_only_from_floors_below(path: Path) -> None:
    own = room_of(module_name(path))
    assert own in FLOOR_OF, f"{own} has no floor yet: give it one here, as DESIGN says"
    for module in imported_modules(path):
        room = room_of(module)
        if room is None or room == own:
            continue
        assert room in FLOOR_OF, f"{module_name(path)} imports {module}, which has no floor"
        assert FLOOR_OF[room] > FLOOR_OF[own], f"{module_name(path)} may not import {module}"
        assert not (own in {"sip", "models"} and room.startswith("appliance")), f"{own} imports nothing from appliance"


@pytest.mark.parametrize("path", [p for p in SOURCES if "turn" in p.relative_to(ROOT).parts[1:2]], ids=module_name)
def test_the_turn_core_is_standard_library_only_and_has_no_clock(path: Path) -> None:
    for module in imported_modules(path):
        top = module.split(".")[0]
        assert room_of(module) == "appliance.turn" or top in sys.stdlib_module_names, module
        assert top not in {"asyncio", "time", "datetime", "threading", "random"}, module


@pytest.mark.parametrize("path", SOURCES, ids=module_name)
def test_a_file_stays_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 420, "split it: one subject a file"
