"""Labelled turns: where callers paused, where they had finished, what they said and what they had been asked.

The format is described in docs/tuning.md.
"""

import itertools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from appliance.errors import ApplianceError
from appliance.turn.facts import Expectation

INDEX: Final = "turns.json"
# Without audio, words are taken to come at this pace; nothing depends on it but the times shown.
_MS_A_WORD: Final = 350
_MARK: Final = re.compile(r"\[\s*(\d+(?:\.\d+)?)?\s*\]")
_KEYS: Final = frozenset({"audio", "end", "text", "pauses", "asked", "voice", "source"})
_PAUSE_KEYS: Final = frozenset({"start", "end", "text"})


class LabelError(ApplianceError):
    """Labelled turns that cannot be used."""


@dataclass(frozen=True, slots=True)
class LabelledPause:
    """Silence inside a turn, in ms of the recording, and all words of the turn before it ("": not known)."""

    start_ms: int
    end_ms: int
    text: str

    @property
    def length_ms(self) -> int:
        """How long the caller was silent."""
        return self.end_ms - self.start_ms


@dataclass(frozen=True, slots=True)
class LabelledTurn:
    """One turn of a caller. `name` is the recording's file name or the entry's number; `audio` None: words only."""

    name: str
    audio: Path | None
    end_ms: int
    text: str
    pauses: tuple[LabelledPause, ...]
    asked: Expectation = Expectation.OPEN
    voice: str = ""
    source: str = ""


def load_turns(directory: Path) -> tuple[LabelledTurn, ...]:
    """Every labelled turn in `directory`: those of `turns.json`, else one JSON file beside each WAV file.

    Raises `LabelError` naming file, entry and key.
    """
    if not directory.is_dir():
        raise LabelError(f"{directory} is not a directory", "give a directory of labelled turns, see docs/tuning.md")
    index = directory / INDEX
    if index.is_file():
        document = _read(index)
        entries = document.get("turns") if isinstance(document, dict) else document
        if not isinstance(entries, list):
            raise LabelError(f"{index}: has no list of turns", 'write {"turns": [...]}, see docs/tuning.md')
        turns = [_turn(entry, f"{index}: turn {number}", directory, "") for number, entry in enumerate(entries, 1)]
    else:
        paths = sorted(directory.glob("*.json"))
        turns = [_turn(_read(path), str(path), directory, f"{path.stem}.wav") for path in paths]
    if not turns:
        raise LabelError(f"{directory} has no labelled turns", f"add {INDEX}, or a JSON file beside each WAV file")
    return tuple(turns)


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise LabelError(f"cannot read {path}: {error.strerror}", "check its permissions") from error
    except UnicodeDecodeError as error:
        raise LabelError(f"{path} is not UTF-8 text", "save it as UTF-8") from error
    except json.JSONDecodeError as error:
        raise LabelError(f"{path}: line {error.lineno} is not JSON ({error.msg})", "mend that line") from error


def _turn(entry: Any, place: str, directory: Path, own_audio: str) -> LabelledTurn:
    if not isinstance(entry, dict):
        raise LabelError(f"{place}: is not an object", "see docs/tuning.md")
    _refuse_unknown(entry, _KEYS, place)
    audio = _text(entry, "audio", place) or own_audio
    text = _text(entry, "text", place)
    path = directory / audio if audio else None
    if path is not None and not path.is_file():
        raise LabelError(f"{place}: there is no recording {path}", "correct its name, or leave audio out")
    pauses = tuple(_timed_pauses(entry, place)) if path else ()
    befores, lengths, whole = _marks(text, place)
    end_ms = _ms(entry, "end", place) if path else 0
    if path is None:
        pauses, end_ms = _untimed(befores, lengths, whole, place)
    elif befores:
        if len(befores) != len(pauses):
            raise LabelError(f"{place}: text has {len(befores)} marks [ ] for {len(pauses)} pauses", "mark each pause")
        pauses = tuple(LabelledPause(p.start_ms, p.end_ms, t) for p, t in zip(pauses, befores, strict=True))
    _check_order(pauses, end_ms, place)
    return LabelledTurn(
        audio or place.rpartition(": ")[2],
        path,
        end_ms,
        whole,
        pauses,
        _asked(entry, place),
        _text(entry, "voice", place),
        _text(entry, "source", place),
    )


def _refuse_unknown(entry: Mapping[str, Any], known: frozenset[str], place: str) -> None:
    if unknown := sorted(set(entry) - known):
        raise LabelError(f"{place}: unknown key {unknown[0]}", f"the keys are {', '.join(sorted(known))}")


def _text(entry: Mapping[str, Any], key: str, place: str) -> str:
    value = entry.get(key, "")
    if not isinstance(value, str):
        raise LabelError(f"{place}: {key} is not a text", "put it in quotes")
    return value


def _ms(entry: Mapping[str, Any], key: str, place: str) -> int:
    value = entry.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 3600:
        raise LabelError(f"{place}: {key} is not a time", "give seconds from the beginning of the recording, as 3.21")
    return round(1000 * value)


def _asked(entry: Mapping[str, Any], place: str) -> Expectation:
    try:
        return Expectation(entry.get("asked", Expectation.OPEN))
    except ValueError:
        known = ", ".join(Expectation)
        raise LabelError(f"{place}: asked is not a kind of question", f"use one of {known}") from None


def _timed_pauses(entry: Mapping[str, Any], place: str) -> Iterator[LabelledPause]:
    listed = entry.get("pauses", [])
    if not isinstance(listed, list):
        raise LabelError(f"{place}: pauses is not a list", 'write [{"start": 1.2, "end": 1.9}]')
    for number, pause in enumerate(listed, 1):
        where = f"{place}, pause {number}"
        if not isinstance(pause, dict):
            raise LabelError(f"{where}: is not an object", 'write {"start": 1.2, "end": 1.9, "text": "I would like"}')
        _refuse_unknown(pause, _PAUSE_KEYS, where)
        yield LabelledPause(_ms(pause, "start", where), _ms(pause, "end", where), _text(pause, "text", where))


def _marks(text: str, place: str) -> tuple[list[str], list[str], str]:
    """The words before each mark, what stands in the marks, and the words of the whole turn."""
    pieces = _MARK.split(text)
    words = [" ".join(piece.split()) for piece in pieces[0::2]]
    if len(words) > 1 and not all(words):
        raise LabelError(f"{place}: a pause is marked without words on both sides", "write it between words")
    befores = [" ".join(words[:count]) for count in range(1, len(words))]
    return befores, [mark or "" for mark in pieces[1::2]], " ".join(word for word in words if word)


def _untimed(befores: list[str], lengths: list[str], whole: str, place: str) -> tuple[tuple[LabelledPause, ...], int]:
    if not whole or not all(lengths):
        raise LabelError(
            f"{place}: has neither audio nor words with the length of each pause",
            'name a recording as audio, or write "text": "I would like [0.8] an appointment"',
        )
    pauses: list[LabelledPause] = []
    silent = 0
    for before, length in zip(befores, lengths, strict=True):
        start = len(before.split()) * _MS_A_WORD + silent
        pauses.append(LabelledPause(start, start + round(1000 * float(length)), before))
        silent += pauses[-1].length_ms
    return tuple(pauses), len(whole.split()) * _MS_A_WORD + silent


def _check_order(pauses: tuple[LabelledPause, ...], end_ms: int, place: str) -> None:
    edges = [edge for pause in pauses for edge in (pause.start_ms, pause.end_ms)] + [end_ms]
    if any(later <= earlier for earlier, later in itertools.pairwise(edges)) or end_ms <= 0:
        raise LabelError(
            f"{place}: pauses and end are not in order",
            "each pause ends after it starts, before the next, and the turn ends after the last",
        )
