"""Reading a table of a scenario file key by key, with errors that say where, what, and how to mend it."""

import difflib
import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from appliance.errors import ApplianceError


class ScenarioError(ApplianceError):
    """A scenario that cannot be run. The message names file, entry, key and value."""


class Fields:
    """The keys of one table at `where` ("story.json: caller[0]"). Call `finish` when all were asked for."""

    def __init__(self, data: object, where: str) -> None:
        if not isinstance(data, Mapping):
            raise ScenarioError(f"{where} = {shown(data)} is not a table", "write it as {key: value, …}")
        self._data: Mapping[str, Any] = data
        self._asked: set[str] = set()
        self.where = where

    def __contains__(self, key: str) -> bool:
        return key in self._data

    @property
    def written(self) -> str:
        """The table as the file has it."""
        return json.dumps(self._data, ensure_ascii=False, default=str)

    def fail(self, key: str, problem: str, remedy: str) -> ScenarioError:
        """What is wrong with `key`."""
        value = f" = {shown(self._data[key])}" if key in self._data else ""
        return ScenarioError(f"{self.where}.{key}{value} {problem}", remedy)

    def raw(self, key: str) -> Any:
        """The value, None when it is not there."""
        self._asked.add(key)
        return self._data.get(key)

    def _required(self, key: str, example: str) -> Any:
        value = self.raw(key)
        if value is None:
            raise self.fail(key, "is missing", f"add it, for example {example}")
        return value

    def milliseconds(self, key: str, default: int | None = None) -> int:
        """Seconds of the file as ms; required without a `default`."""
        value: Any = self._required(key, f'"{key}": 1.5') if default is None else self.raw(key)
        if value is None:
            assert default is not None
            return default
        if not is_number(value) or not 0 <= value <= 86_400:
            raise self.fail(key, "is not a time", "give seconds, from 0 to 86400")
        return round(1000 * float(value))

    def optional_milliseconds(self, key: str) -> int | None:
        """Seconds of the file as ms, or None."""
        return self.milliseconds(key, 0) if key in self._data else None

    def text(self, key: str, default: str | None = None) -> str:
        """A text; required without a `default`."""
        value = self._required(key, f'"{key}": "…"') if default is None else self.raw(key)
        if value is None:
            assert default is not None
            return default
        if not isinstance(value, str):
            raise self.fail(key, "is not a text", 'put it between quotes: "…"')
        return value

    def optional_text(self, key: str) -> str | None:
        """A text, or None."""
        return self.text(key, "") if key in self._data else None

    def truth(self, key: str, *, default: bool) -> bool:
        """True or false."""
        value = self.raw(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.fail(key, "is neither true nor false", "write true or false, without quotes")
        return value

    def count(self, key: str, default: int = 0) -> int:
        """A whole number, not negative."""
        value = self.raw(key)
        if value is None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self.fail(key, "is not a count", "give a whole number, 0 or more")
        return value

    def word(self, key: str, known: Collection[str], default: str | None = None) -> str:
        """One of `known`."""
        value = self.text(key, default)
        if value not in known:
            raise self.fail(key, "is not known", f"use one of {', '.join(known)}")
        return value

    def probabilities(self, key: str) -> tuple[float, ...]:
        """A number from 0 to 1, or a list of them; nothing when the key is not there."""
        value = self.raw(key)
        if value is None:
            return ()
        numbers = value if isinstance(value, list) else [value]
        if not numbers or not all(is_number(number) and 0 <= number <= 1 for number in numbers):
            raise self.fail(key, "is not a score", "give a number from 0 to 1, or a list of them, one for each pause")
        return tuple(float(number) for number in numbers)

    def table(self, key: str) -> Mapping[str, Any]:
        """A table as it stands; empty when it is not there."""
        value = self.raw(key)
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            raise self.fail(key, "is not a table", "write it as {key: value, …}")
        return value

    def entries(self, key: str) -> Iterator["Fields"]:
        """The tables of a list, each knowing its place; none when the key is not there."""
        value = self.raw(key)
        if value is None:
            return
        if not isinstance(value, list):
            raise self.fail(key, "is not a list", "write it as [ {…}, {…} ]")
        for number, item in enumerate(value):
            yield Fields(item, f"{self.where}{'' if self.where.endswith(' ') else '.'}{key}[{number}]")

    def finish(self) -> None:
        """Raise when there is a key that nobody asked for."""
        for key in self._data:
            if key not in self._asked:
                known = sorted(self._asked)
                close = difflib.get_close_matches(key, known, n=1)
                remedy = f"did you mean {close[0]}?" if close else f"remove it; known here: {', '.join(known)}"
                raise self.fail(key, "is not known here", remedy)


def is_number(value: object) -> bool:
    """Whether `value` is a finite number, true and false not counted."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf")


def shown(value: object) -> str:
    """`value` as the file would have it, cut short."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "…"
