"""A result as a section of docs/benchmarks.md. Pure."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from tests.bench.document import Section
from tests.bench.report import Figure, Report, Table, as_markdown, number
from tests.bench_gpu.results import FinalPass, Generation, Machine, Result
from tests.bench_gpu.setting import CONTEXT_TOKENS, FRESH_TOKENS, PREFIX_TOKENS, REPLY_TOKENS, WORDS

Key = TypeVar("Key")

TITLE = "One GPU: engines with random weights of the real shapes, and how many calls they hold"


def section(result: Result) -> Section:
    """The section with its conditions."""
    return Section(TITLE, "\n\n".join((_conditions(result), as_markdown(_report(result)))))


def _conditions(result: Result) -> str:
    machine = result.machine
    took_s = sum(step.took_s for step in result.steps)
    return (
        f"Measured {result.when}, commit {result.commit}; took {took_s:.0f} s. `make bench-gpu` "
        f"(`python -m tests.bench_gpu`); not the machine named at the top of this page.\n\n{_machine(machine)}"
    )


def _machine(machine: Machine) -> str:
    card = (
        f"{machine.gpu}, {machine.gpu_memory_gb:.0f} GB, driver {machine.driver or 'unknown'}, CUDA {machine.cuda}"
        if machine.gpu
        else "no GPU"
    )
    packages = ", ".join(f"{name} {version}" for name, version in machine.packages.items())
    return (
        f"Machine: {card}; {machine.cpu}, {machine.cores} cores, {machine.memory_gb:.0f} GiB; {machine.system}, "
        f"Python {machine.python}.\nPackages: {packages}."
    )


def _report(result: Result) -> Report:
    return Report(
        how="Weights are random: speed does not depend on the values, and nothing is said about quality. Times are "
        "wall times with the device's work in them, medians over 20 repetitions after warm-up, each engine alone on "
        "the machine. Which engine it was stands in every table.",
        figures=tuple(_figures(result)),
        tables=tuple(_tables(result)),
        remarks=tuple(_remarks(result)),
    )


def _figures(result: Result) -> Iterator[Figure]:
    for capacity in result.capacities:
        beyond = " (the search ended there)" if capacity.at_least else ""
        yield Figure(
            f"calls at p95 ≤ {capacity.limit_ms} ms, {capacity.stack}{beyond}", capacity.calls, "calls", None, None
        )


def _tables(result: Result) -> Iterator[Table]:
    yield from _load_tables(result)
    for model, engine in _in_order([(row.model, row.engine) for row in result.final_passes]):
        rows = [row for row in result.final_passes if (row.model, row.engine) == (model, engine)]
        yield _pass_table(f"{model}, {engine}", rows)
    if result.generations:
        yield Table(
            f"Language model, {PREFIX_TOKENS} tokens cached and {FRESH_TOKENS} new ones a request, replies of up to "
            f"{REPLY_TOKENS} tokens, ms",
            ("model", "engine", "lines", "first token p50", "p95", "per token p50", "p95", "tokens a second, all"),
            tuple(_generation_row(row) for row in result.generations),
        )
    if result.speeches:
        yield Table(
            f"Voice, {WORDS} words, first audio with the first window of 0.16 s, ms",
            ("voice", "engine", "device", "threads", "first audio p50", "p95", "whole", "real-time factor"),
            tuple(
                (
                    row.voice,
                    row.engine,
                    row.device,
                    str(row.threads),
                    number(row.first_audio_p50_ms, 1),
                    number(row.first_audio_p95_ms, 1),
                    number(row.whole_p50_ms, 1),
                    number(row.real_time_factor, 3),
                )
                for row in result.speeches
            ),
        )
    if result.memory:
        yield Table(
            "GPU memory, GB of 10^9 bytes",
            ("model", "weights", "at most, with caches and graphs as measured here"),
            tuple((row.model, number(row.weights_gb, 1), number(row.peak_gb, 1)) for row in result.memory),
        )


def _load_tables(result: Result) -> Iterator[Table]:
    for stack in _in_order([load.stack for load in result.loads]):
        yield Table(
            f"Response by calls, {stack}, ms",
            (
                "calls",
                "busy lines",
                "turns",
                "response p50",
                "p95",
                "words p95",
                "first clause p95",
                "first audio p95",
                "drafts a turn",
                "GPU busy",
                "largest stack",
            ),
            tuple(
                (
                    str(load.calls),
                    number(load.busy_lines, 1),
                    str(load.turns),
                    number(load.p50_ms),
                    number(load.p95_ms),
                    number(load.final_p95_ms),
                    number(load.first_text_p95_ms),
                    number(load.first_audio_p95_ms),
                    number(load.drafts_a_turn, 1),
                    f"{100 * load.gpu_busy:.0f} %",
                    str(load.largest_stack),
                )
                for load in result.loads
                if load.stack == stack
            ),
        )


def _pass_table(title: str, rows: Sequence[FinalPass]) -> Table:
    batches = sorted({row.batch for row in rows})
    by_place = {(row.audio_s, row.batch): row for row in rows}
    return Table(
        f"Final pass, {title}: p50 (p95) of all, and the encoder's part, ms; a prompt with {CONTEXT_TOKENS} tokens of "
        "context and about 3 tokens a second to write",
        (
            "audio, s",
            "tokens",
            "features, one stretch, CPU",
            *(f"batch {batch}{part}" for batch in batches for part in ("", ", encoder")),
        ),
        tuple(
            (
                number(audio_s),
                str(by_place[audio_s, batches[0]].tokens),
                number(by_place[audio_s, batches[0]].features_ms, 1),
                *(cell for batch in batches for cell in _pass_cells(by_place.get((audio_s, batch)))),
            )
            for audio_s in sorted({row.audio_s for row in rows})
        ),
    )


def _pass_cells(row: FinalPass | None) -> tuple[str, str]:
    if row is None:
        return "–", "–"
    return f"{row.p50_ms:.1f} ({row.p95_ms:.1f})", f"{row.encode_ms:.1f}"


def _generation_row(row: Generation) -> tuple[str, ...]:
    return (
        row.model,
        row.engine,
        str(row.lines),
        number(row.first_token_p50_ms, 1),
        number(row.first_token_p95_ms, 1),
        number(row.per_token_p50_ms, 1),
        number(row.per_token_p95_ms, 1),
        number(1000 * row.lines / row.per_token_p50_ms),
    )


def _remarks(result: Result) -> Iterator[str]:
    if result.loads:
        yield (
            "Response is computed, not heard: a trace of calls (Poisson arrivals, lines nearly always busy; "
            "`tests/bench_gpu/trace.py` has what is assumed of turns) runs in virtual time through the appliance's own "
            "batching queue and turn core with the service times above. Replies are drafted while the caller speaks, "
            "dropped when more is said and kept when nothing is, as in the appliance; the first clause counts from the "
            "caller's final words. Response goes from the caller's last sound to the agent's first, "
            "with 85 to 115 ms until the soft end, the end-of-turn score and the way in and out as DESIGN has them. "
            "Turns that the end-of-turn model holds back wait longer on any GPU."
        )
        yield _sharing_remark(result)
    engines = [row.engine for row in result.final_passes] + [row.engine for row in result.generations]
    if any(engine.startswith("torch") for engine in engines):
        yield (
            "Where the engine is torch it is the benchmark's own loop with cached keys and values and CUDA graphs, in "
            "place of CTranslate2 or vLLM, which were not to be had there: their figures differ."
        )
    for step in result.steps:
        if step.error is not None:
            yield f"**{step.name}: not measured**: {step.error}."
        for note in step.notes:
            yield f"{step.name}: {note}."


def _sharing_remark(result: Result) -> str:
    if not result.sharing:
        return (
            "That two engines at once halve the GPU between them is assumed, which is what time slices between "
            "processes come to."
        )
    shared = result.sharing[0]
    return (
        "Two engines at once slow each other down as was measured with both at work without pause in two processes: "
        f"Whisper {shared.whisper:.2f} times, the language model {shared.language_model:.2f} times; the replay takes "
        "the larger for both."
    )


def _in_order(keys: Sequence[Key]) -> tuple[Key, ...]:
    return tuple(dict.fromkeys(keys))
