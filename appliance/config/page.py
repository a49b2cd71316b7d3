"""The page that documents every key, written from the models themselves."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le, MinLen
from pydantic.fields import FieldInfo

from appliance.config.base import Section
from appliance.config.load import tables
from appliance.config.sections import Config

_HEAD = """# Configuration

One TOML file, given with `--config FILE`. Every key has a default; without a file the demo's setting on loopback holds.
A relative path starts at the directory of the file (without a file: at the current directory). A key that is not
listed here is refused, with a suggestion. `appliance check --config FILE` says what is wrong, one line each.

This page is written by `python -m appliance.config > docs/configuration.md`; a test keeps it true.
"""


def page() -> str:
    """The whole page, in Markdown."""
    parts = [_HEAD]
    for path, section in tables():
        if path:
            parts.append(_table(path, section))
    parts.append("## Every key with its default\n\n```toml\n" + defaults_as_toml() + "```\n")
    return "\n".join(parts)


def defaults_as_toml() -> str:
    """A complete file that holds every key with its default."""
    return "\n".join(_toml_table("", Config())).strip() + "\n"


def _table(path: str, section: type[Section]) -> str:
    listed = path in {"clinic.departments", "clinic.doctors"}
    heading = f"## `[[{path}]]`" if listed else f"## `[{path}]`"
    lines = [heading, "", (section.__doc__ or "").strip().replace("\n    ", "\n"), ""]
    rows = [(name, field) for name, field in section.model_fields.items() if not _is_table(field)]
    if rows:
        lines += ["| key | value | default | meaning |", "|---|---|---|---|"]
        lines += [
            f"| `{name}` | {_value(field)} | {_default(path, name, field)} | {field.description} |"
            for name, field in rows
        ]
        lines.append("")
    return "\n".join(lines)


def _is_table(field: FieldInfo) -> bool:
    return isinstance(field.annotation, type) and issubclass(field.annotation, Section)


def _default(path: str, name: str, field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    if isinstance(field.default, tuple) and field.default and isinstance(field.default[0], Section):
        return f"see `[[{path}.{name}]]` below"
    return f"`{_toml_value(field.get_default(call_default_factory=True))}`"


def _value(field: FieldInfo) -> str:
    bounds = [_bound(item) for item in field.metadata]
    return ", ".join([_type(field.annotation), *(bound for bound in bounds if bound)])


def _bound(item: Any) -> str:
    match item:
        case Ge(ge=low):
            return f"at least {low}"
        case Gt(gt=low):
            return f"more than {low}"
        case Le(le=high):
            return f"at most {high}"
        case MinLen(min_length=1):
            return "not empty"
    return ""


def _type(annotation: Any) -> str:
    if get_origin(annotation) is Literal:
        return " or ".join(f"`{_toml_value(choice)}`" for choice in get_args(annotation))
    if get_origin(annotation) is Mapping:
        return f"table of {_type(get_args(annotation)[1])}"
    if get_origin(annotation) is tuple:
        return f"list of {_type(get_args(annotation)[0])}"
    if hasattr(annotation, "__metadata__"):
        return _type(get_args(annotation)[0])
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return "tables"
    names = {bool: "true or false", int: "integer", float: "number", str: "text", Path: "path", NoneType: "nothing"}
    return names[annotation]


def _toml_value(value: Any) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml_value(item) for item in value) + "]"
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{json.dumps(key, ensure_ascii=False)} = {_toml_value(item)}" for key, item in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    return json.dumps(str(value), ensure_ascii=False)


def _toml_table(path: str, section: Section) -> Iterator[str]:
    inner: list[tuple[str, Section]] = []
    listed: list[tuple[str, Section]] = []
    if path:
        yield f"\n[{path}]"
    for name in type(section).model_fields:
        value = getattr(section, name)
        dotted = f"{path}.{name}" if path else name
        if isinstance(value, Section):
            inner.append((dotted, value))
        elif isinstance(value, tuple) and value and isinstance(value[0], Section):
            listed += [(dotted, item) for item in value]
        else:
            yield f"{name} = {_toml_value(value)}"
    for dotted, item in inner:
        yield from _toml_table(dotted, item)
    for dotted, item in listed:
        yield f"\n[[{dotted}]]"
        yield from (f"{name} = {_toml_value(getattr(item, name))}" for name in type(item).model_fields)
