"""`appliance tune`: endpointing measured on labelled turns, and settings for a given share of cut-ins."""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from appliance.assembly import build_turn_settings
from appliance.assembly.engines import build_vad
from appliance.config import Config, load_config
from appliance.errors import ApplianceError
from appliance.tuning.chart import draw_sweep
from appliance.tuning.evidence import HeardTurn, Listener, imagine, keep, read_kept
from appliance.tuning.measure import prepare
from appliance.tuning.report import Material, as_json, as_text
from appliance.tuning.sweep import recommend, sweep
from appliance.tuning.turns import LabelledTurn, load_turns
from models.sentence_ends import known_sentence_ends
from models.smart_turn import SmartTurn

_PROGRESS_EVERY = 20


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "tune",
        help="measure endpointing on labelled turns and recommend settings",
        description="Plays labelled turns to the real VAD and end-of-turn model, tries many endpointing settings on "
        "what they heard, and shows how often each would cut callers off and how long it lets them wait. "
        "docs/tuning.md says how to make labelled turns.",
    )
    parser.add_argument("--audio", type=Path, required=True, metavar="DIR", help="labelled turns")
    parser.add_argument("--config", type=Path, metavar="FILE", help="the configuration whose settings are present")
    parser.add_argument("--budget", type=_percent, default=0.1, metavar="PERCENT", help="cut-ins allowed (default 10)")
    parser.add_argument(
        "--pauses", type=_range, default=(0, 100_000), metavar="MS-MS", help="count pauses this long, as 400-900"
    )
    parser.add_argument(
        "--ready",
        type=int,
        default=80,
        metavar="MS",
        help="from the soft end until score, words and first audio are there (default 80, the embedded engines')",
    )
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    parser.add_argument("--plot", type=Path, metavar="FILE.svg", help="draw the curves")
    parser.add_argument("--cache", type=Path, metavar="FILE", help="keep times and scores here for the next run")


def _percent(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 100:
        raise argparse.ArgumentTypeError("a share of pauses in percent, 0 to 100")
    return value / 100


def _range(text: str) -> tuple[int, int]:
    shortest, _, longest = text.partition("-")
    if not (shortest.isdigit() and longest.isdigit() and int(shortest) <= int(longest)):
        raise argparse.ArgumentTypeError("two lengths in ms, as 400-900")
    return int(shortest), int(longest)


def run(arguments: argparse.Namespace) -> int:
    """Measure, print and draw; 0."""
    config = load_config(arguments.config)
    settings, _ = build_turn_settings(config)
    turns = load_turns(arguments.audio)
    heard = asyncio.run(_hear(turns, config, arguments.cache))
    shortest, longest = arguments.pauses
    prepared = prepare(heard, shortest, longest)
    ends = known_sentence_ends().get(settings.language)
    result = sweep(prepared, settings.endpointing, arguments.ready, settings.language, ends)
    advised = recommend(result.ours, arguments.budget)
    lengths = [pause.length_ms for turn in turns for pause in turn.pauses if shortest <= pause.length_ms <= longest]
    material = Material(
        turns=len(turns),
        pauses=len(lengths),
        without_audio=sum(turn.audio is None for turn in turns),
        unheard_ends=result.present.outcome.unanswered,
        ready_ms=arguments.ready,
        shortest_ms=min(lengths, default=0),
        longest_ms=max(lengths, default=0),
        budget=arguments.budget,
    )
    if arguments.json:
        print(json.dumps(as_json(result, advised, material), indent=1))
    else:
        print(as_text(result, advised, material))
    if arguments.plot:
        title = f"Endpointing on {material.turns} labelled turns, {material.pauses} pauses"
        _write(arguments.plot, draw_sweep(result, advised, title))
    return 0


async def _hear(turns: Sequence[LabelledTurn], config: Config, cache: Path | None) -> list[HeardTurn]:
    """What the real engines make of each recording; turns without one are imagined."""
    heard = [copy for turn in turns if turn.audio is None for copy in imagine(turn)]
    recorded = [turn for turn in turns if turn.audio is not None]
    if not recorded:
        return heard
    _, voice = build_turn_settings(config)
    # The real model even where the configuration names a simulated one, whose score says nothing about callers.
    model = config.engines.smart_turn
    vad, end_of_turn = build_vad(config), SmartTurn(model.threads, Path(model.model_file) if model.model_file else None)
    try:
        listener = Listener(vad, end_of_turn, voice, read_kept(cache) if cache else None)
        for number, turn in enumerate(recorded, 1):
            heard.append(await listener.listen(turn))
            if sys.stderr.isatty() and number % _PROGRESS_EVERY == 0:
                print(f"\rheard {number} of {len(recorded)} recordings", end="", file=sys.stderr, flush=True)
        if sys.stderr.isatty():
            print(file=sys.stderr)
        if cache:
            keep(cache, listener.found)
    finally:
        vad.close()
        end_of_turn.close()
    return heard


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ApplianceError(
            f"cannot write {path}: {error.strerror}", "name a file in a directory that exists"
        ) from error
