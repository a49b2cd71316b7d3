"""From a file to a `Config`, or to one line for each thing that is wrong with it."""

import difflib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from appliance.config.base import Section
from appliance.config.sections import Config
from appliance.errors import ApplianceError

# Keys of earlier versions, and what to do where a file still has them.
_REMOVED: Mapping[str, str] = {
    "turn.endpointing.second_look_ms": "remove it: a doubtful score is waited for at once; and remove score thresholds "
    "of your own, since scores are on another scale (docs/tuning.md)",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: `message` names file, key and value, `remedy` what to do."""

    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.message} — {self.remedy}"


class ConfigError(ApplianceError):
    """A configuration that cannot be used, with everything that is wrong with it in `problems`."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(problems[0].message + more, problems[0].remedy)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


def load_config(path: Path | None) -> Config:
    """The configuration in the TOML file `path`; the demo's setting for None. Raises `ConfigError`."""
    if path is None:
        return Config()
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        remedy = "name an existing file that this user may read, or leave --config out for the demo's setting"
        raise ConfigError((Problem(f"{path}: {error.strerror or error}", remedy),)) from None
    except UnicodeDecodeError as error:
        problem = Problem(f"{path}: is not UTF-8 text (byte {error.start})", "save it as UTF-8")
        raise ConfigError((problem,)) from None
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problem = Problem(f"{path}: is not TOML: {error}", 'mend that line; text values need quotes, as in host = "…"')
        raise ConfigError((problem,)) from None
    return parse_config(data, str(path), path.absolute().parent)


def parse_config(data: Mapping[str, Any], source: str, base: Path) -> Config:
    """The configuration in `data` (as tomllib gives it). `source` is named in errors; relative paths start at `base`.

    Raises `ConfigError`.
    """
    # By way of JSON, since only there does pydantic's strict mode take lists for tuples and text for paths.
    text = json.dumps(data, default=str)
    try:
        return Config.model_validate_json(text).with_paths_from(base)
    except ValidationError as error:
        raise ConfigError(_problems(error.errors(include_url=False), source)) from None


def tables(section: type[Section] = Config, path: str = "") -> Iterator[tuple[str, type[Section]]]:
    """Every table of the file with its dotted path, the whole file first (path ""); a list of tables has one entry."""
    yield path, section
    for name, field in section.model_fields.items():
        inner = _section_in(field.annotation)
        if inner is not None:
            yield from tables(inner, f"{path}.{name}" if path else name)


def _section_in(annotation: Any) -> type[Section] | None:
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    return next((found for part in get_args(annotation) if (found := _section_in(part)) is not None), None)


def _problems(errors: list[ErrorDetails], source: str) -> tuple[Problem, ...]:
    # A list whose only item is refused is reported a second time, as too short.
    echoes = {details["loc"][:-1] for details in errors if details["loc"] and isinstance(details["loc"][-1], int)}
    return tuple(
        _problem(details, source)
        for details in errors
        if not (details["type"] == "too_short" and details["loc"] in echoes)
    )


def _problem(details: ErrorDetails, source: str) -> Problem:
    key = ".".join(str(part) for part in details["loc"])
    context = details.get("ctx", {})
    value = _shown(details["input"])
    kind = details["type"]
    if kind == "extra_forbidden":
        return Problem(f"{source}: {key} = {value}: there is no such key", _suggestion(key))
    if kind == "missing":
        return Problem(f"{source}: {key} is missing", "add it")
    if kind == "mistake":
        inner = context["key"]
        where = f"{key}.{inner}" if inner else f"{key} = {value}"
        return Problem(f"{source}: {where} {context['problem']}", context["remedy"])
    remedy = _right_type(str(details["loc"][-1]), kind, details["input"]) or _in_toml_terms(details["msg"])
    return Problem(f"{source}: {key} = {value} is not accepted", remedy)


def _right_type(name: str, kind: str, value: Any) -> str:
    """How to write what was probably meant; empty for a mistake of another kind."""
    match kind, value:
        case ("int_type" | "int_from_float", str()) if re.fullmatch(r"\s*[+-]?\d+\s*", value):
            return f"write {name} = {value.strip()} without quotes"
        case ("float_type", str()) if re.fullmatch(r"\s*[+-]?\d+(?:\.\d+)?\s*", value):
            return f"write {name} = {value.strip()} without quotes"
        case ("bool_type", str()) if value.strip().lower() in {"true", "false"}:
            return f"write {name} = {value.strip().lower()} without quotes"
        case ("bool_type", _):
            return f"write {name} = true or {name} = false"
        case ("string_type", int() | float()) if not isinstance(value, bool):
            return f'write {name} = "{value}" in quotes'
        case ("tuple_type" | "list_type", str() | int() | float()):
            return f"write {name} = [{_shown(value)}] in brackets"
        case ("int_type" | "int_from_float", _):
            return f"write {name} as a whole number, without quotes"
        case ("model_type" | "dict_type", _):
            return f"make it a table of its own, [{name}]"
    return ""


def _in_toml_terms(message: str) -> str:
    message = message[:1].lower() + message[1:]
    return re.sub(r"\b(array|tuple)\b", "list", re.sub(r"\b(object|dictionary)\b", "table", message))


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "…"


def _suggestion(key: str) -> str:
    table, _, name = key.rpartition(".")
    table = ".".join(part for part in table.split(".") if not part.isdigit())
    known = {path: list(section.model_fields) for path, section in tables()}
    here = known.get(table, [])
    if key in _REMOVED:
        return _REMOVED[key]
    close = difflib.get_close_matches(name, here, n=1)
    if close:
        return f"did you mean {table + '.' if table else ''}{close[0]}?"
    elsewhere = [f"{path}.{name}" for path, names in known.items() if path and name in names]
    if elsewhere:
        return f"did you mean {' or '.join(elsewhere[:3])}?"
    return f"remove it; {f'[{table}]' if table else 'the file'} knows {', '.join(here)} (docs/configuration.md)"
