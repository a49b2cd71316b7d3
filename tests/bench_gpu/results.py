"""What a run of the GPU benchmark found, and its JSON. Standard library only: it runs on bare machines."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final, TypeVar

SCHEMA: Final = 2

Row = TypeVar("Row")


class UnreadableResultError(Exception):
    """A result file is not one, or of another version of this benchmark."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Where it was measured. `gpu` is empty on a machine without one."""

    gpu: str
    gpu_memory_gb: float
    driver: str
    cuda: str
    cpu: str
    cores: int
    memory_gb: float
    system: str
    python: str
    packages: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the run; `error` is None when it went well, `notes` what a reader of its figures must know."""

    name: str
    took_s: float
    error: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FinalPass:
    """Whisper's final pass over `batch` stretches of `audio_s` seconds: encode and greedy decode of `tokens` each.

    `features_ms`, the log-mel spectrogram of one stretch on one CPU thread, comes before and is not in the others.
    """

    model: str
    engine: str
    audio_s: float
    batch: int
    tokens: int
    features_ms: float
    encode_ms: float
    p50_ms: float
    p95_ms: float


@dataclass(frozen=True, slots=True)
class Generation:
    """The language model with `lines` requests at once, each with `prefix` cached and `fresh` new tokens."""

    model: str
    engine: str
    lines: int
    prefix: int
    fresh: int
    first_token_p50_ms: float
    first_token_p95_ms: float
    per_token_p50_ms: float
    per_token_p95_ms: float


@dataclass(frozen=True, slots=True)
class Speech:
    """A voice on one device: `words` words are `audio_s` seconds; first audio is that of the first window."""

    voice: str
    engine: str
    device: str
    threads: int
    words: int
    audio_s: float
    first_audio_p50_ms: float
    first_audio_p95_ms: float
    whole_p50_ms: float

    @property
    def real_time_factor(self) -> float:
        """Seconds of work for a second of audio."""
        return self.whole_p50_ms / 1000 / self.audio_s


@dataclass(frozen=True, slots=True)
class Sharing:
    """How much slower Whisper and the language model are while the other works without pause (1: not at all)."""

    whisper: float
    language_model: float


@dataclass(frozen=True, slots=True)
class Load:
    """The replay with `calls` lines: response latency from the caller's last sound to the first of the answer.

    `drafts_a_turn`: replies begun for each that was heard, this one included.
    """

    stack: str
    calls: int
    turns: int
    busy_lines: float
    p50_ms: float
    p95_ms: float
    final_p95_ms: float
    first_text_p95_ms: float
    first_audio_p95_ms: float
    drafts_a_turn: float
    gpu_busy: float
    largest_stack: int
    most_generating: int


@dataclass(frozen=True, slots=True)
class Capacity:
    """The most lines of `stack` with p95 within `limit_ms`; `at_least` when the search ended before the limit."""

    stack: str
    limit_ms: int
    calls: int
    at_least: bool


@dataclass(frozen=True, slots=True)
class Memory:
    """What a model took on the GPU, in GB of 10^9 bytes: weights, and the most while it worked."""

    model: str
    weights_gb: float
    peak_gb: float


@dataclass(frozen=True, slots=True)
class Result:
    """All of one run."""

    when: str
    commit: str
    tiny: bool
    machine: Machine
    steps: tuple[Step, ...] = ()
    final_passes: tuple[FinalPass, ...] = ()
    generations: tuple[Generation, ...] = ()
    speeches: tuple[Speech, ...] = ()
    sharing: tuple[Sharing, ...] = ()
    memory: tuple[Memory, ...] = ()
    loads: tuple[Load, ...] = ()
    capacities: tuple[Capacity, ...] = ()
    schema: int = field(default=SCHEMA)


_ROWS: Final[Mapping[str, type[Any]]] = {
    "steps": Step,
    "final_passes": FinalPass,
    "generations": Generation,
    "speeches": Speech,
    "sharing": Sharing,
    "memory": Memory,
    "loads": Load,
    "capacities": Capacity,
}


def as_json(result: Result) -> str:
    """The text of a result file."""
    return json.dumps(asdict(result), indent=1) + "\n"


def rows_as_json(rows: Mapping[str, list[Any]]) -> str:
    """What one step found, by the names of `Result`'s fields."""
    return json.dumps({name: [asdict(row) for row in found] for name, found in rows.items()})


def rows_from_json(text: str) -> dict[str, tuple[Any, ...]]:
    """The inverse of `rows_as_json`. Raises `UnreadableResultError`."""
    try:
        return {name: tuple(_row(_ROWS[name], row) for row in rows) for name, rows in json.loads(text).items()}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UnreadableResultError(f"not what a step of this benchmark writes: {error}") from None


def from_json(text: str) -> Result:
    """The result in the text of a file. Raises `UnreadableResultError`."""
    try:
        plain = json.loads(text)
        if plain["schema"] != SCHEMA:
            raise UnreadableResultError(f"its schema is {plain['schema']}, this benchmark's is {SCHEMA}")
        typed: dict[str, Any] = {**plain, "machine": Machine(**plain["machine"])}
        for name, row_type in _ROWS.items():
            typed[name] = tuple(_row(row_type, row) for row in plain[name])
        return Result(**typed)
    except (ValueError, TypeError, KeyError) as error:
        raise UnreadableResultError(f"not a result of this benchmark: {error!r}") from None


def read(path: Path) -> Result:
    """The result in a file. Raises `UnreadableResultError`."""
    try:
        return from_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UnreadableResultError(f"{path}: {error.strerror}") from None


_NAMED_BY: Final[Mapping[str, tuple[str, ...]]] = {
    "steps": ("name",),
    "final_passes": ("model", "engine"),
    "generations": ("model", "engine"),
    "speeches": ("voice", "engine", "device"),
    "sharing": (),
    "memory": ("model",),
}


def joined(earlier: Result, later: Result) -> Result:
    """`later` with what `earlier` measured besides, on the same machine; loads and capacities are left to be replayed.

    Packages may have come since (`--wheels`).

    Raises `UnreadableResultError` when they are of different machines, or one is of models of no size.
    """
    packages = {**earlier.machine.packages, **later.machine.packages}
    machine = replace(later.machine, packages=packages)
    if (replace(earlier.machine, packages=packages), earlier.tiny) != (machine, later.tiny):
        raise UnreadableResultError("the earlier result is of another machine: use another --out")
    rows: dict[str, Any] = {"machine": machine}
    for name, keys in _NAMED_BY.items():
        fresh = getattr(later, name)
        renewed = {tuple(getattr(row, key) for key in keys) for row in fresh}
        kept = [row for row in getattr(earlier, name) if tuple(getattr(row, key) for key in keys) not in renewed]
        rows[name] = (*kept, *fresh)
    return replace(later, loads=(), capacities=(), **rows)


def _row(row_type: type[Row], plain: Mapping[str, Any]) -> Row:
    return row_type(**{name: tuple(value) if isinstance(value, list) else value for name, value in plain.items()})
