"""docs/benchmarks.md: one part per section, so that one section can be measured anew. Pure: text in, text out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_BEGIN = "<!-- section {} -->"
_END = "<!-- end of section {} -->"
_SECTION = re.compile(r"<!-- section ([\w-]+) -->\n(.*?)\n<!-- end of section \1 -->", re.DOTALL)
# Written by tests/bench_gpu, with the machine that they were measured on in their text.
_OF_OTHER_MACHINES = ("gpu",)
_INTRODUCTION = """\
# Benchmarks

Written by `make bench` (`python -m tests.bench`, under half an hour on 2 idle cores), which replaces the sections that
it measures; `python -m tests.bench SECTION...` measures those that are named (wire, media-stream, side-by-side,
human, load, memory, scenarios, startup, whisper; docs/developer.md says what each is). No figure is typed in but
those that say that they were measured elsewhere. Latencies are measured by a test caller, a process of its own on the
same machine, on its RTP packets (`sip/caller`) or its websocket messages (`tests/bench/media_stream_caller.py`):
*response* from the end of the last 10 ms above -38 dBFS that it sent to the first such 10 ms of the agent that it
received; *silence* from its first such sound over the agent to the agent's last. Percentiles interpolate linearly.
*met* and *missed* are about the figure as shown.
"""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the document: its heading and its Markdown."""

    title: str
    body: str

    def as_text(self) -> str:
        """With its heading."""
        return f"## {self.title}\n\n{self.body}"


def sections_in(document: str) -> dict[str, str]:
    """The text of every section by its key, in order."""
    return {match[1]: match[2] for match in _SECTION.finditer(document)}


def updated(document: str, machine: str, measured: Mapping[str, Section], order: tuple[str, ...]) -> str:
    """The document with `measured` in place of older figures.

    `machine` describes where they come from; figures from another machine or other packages are not kept beside them,
    but for sections that name a machine of their own.
    """
    header = f"{_INTRODUCTION}\n{machine}\n"
    kept = sections_in(document)
    if f"\n{machine}\n" not in document:
        kept = {key: text for key, text in kept.items() if key in _OF_OTHER_MACHINES}
    texts = {**kept, **{key: section.as_text() for key, section in measured.items()}}
    parts = [_part(key, texts[key]) for key in (*order, *_OF_OTHER_MACHINES) if key in texts]
    return "\n\n".join([header.rstrip("\n"), *parts]) + "\n"


def with_section(document: str, key: str, section: Section) -> str:
    """The document with a section that names a machine of its own, in place of its older figures or at the end."""
    part = _part(key, section.as_text())
    older = next((match for match in _SECTION.finditer(document) if match[1] == key), None)
    if older is not None:
        return document[: older.start()] + part + document[older.end() :]
    return "\n\n".join([(document or _INTRODUCTION).rstrip("\n"), part]) + "\n"


def _part(key: str, text: str) -> str:
    return f"{_BEGIN.format(key)}\n{text}\n{_END.format(key)}"
