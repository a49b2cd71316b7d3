"""What a scenario may expect of a call, and whether the call was so. The keys are described in docs/simulator.md."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from appliance.dialogue.history import Entry
from appliance.line import HangUpReason
from appliance.simulator.report import FILLERS, Report
from appliance.simulator.scenario import Expected
from appliance.turn.facts import Prompt
from appliance.turn.tokens import same_words, words

CUT_MARKS = ("…", "...")
# Times of the file are decimal seconds; sums of them miss a whole ms by a hair.
_HAIR_MS = 0.01

Check = Callable[[Report, Any, Mapping[str, Any]], str | None]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether what was `expected` is so; `problem` says what was the case instead, None when it is."""

    expected: Expected
    problem: str | None


def judge(report: Report) -> tuple[Verdict, ...]:
    """Every expectation of the scenario."""
    return tuple(
        Verdict(expected, CHECKS[expected.kind](report, expected.value, expected.options))
        for expected in report.run.scenario.expect
    )


def seconds(ms: float) -> str:
    """Ms as seconds, for people."""
    return f"{ms / 1000:.3f} s"


def _at_most(what: str, value: float | None, limit: float) -> str | None:
    if value is None:
        return f"there is no {what}"
    return f"{what}: {seconds(value)}" if value > limit + _HAIR_MS else None


def _audio_starts(report: Report, limit: int, options: Mapping[str, Any]) -> str | None:
    after = options.get("after")
    if after is None:
        begins = [s.begins for s in report.sounds if s.prompt is None]
    else:
        begins = [s.begins for s in report.sounds if s.begins >= after]
    return _at_most("first audio", min(begins, default=None), limit)


def _response(report: Report, limit: int, options: Mapping[str, Any]) -> str | None:
    turns = [turn for turn in report.turns if options.get("turn") in (None, turn.turn)]
    if not turns:
        return "no such turn was answered"
    return next((p for turn in turns if (p := _at_most(f"turn {turn.turn}", turn.response_latency, limit))), None)


def _silence(report: Report, limit: int, options: Mapping[str, Any]) -> str | None:
    if not report.held:
        return "the agent was never interrupted"
    return _at_most("time to silence", max(held.time_to_silence for held in report.held), limit)


def _silent_by(report: Report, at: int, options: Mapping[str, Any]) -> str | None:
    sound = report.sounding_before(at)
    until = max(at, sound.ends if sound else at)
    late = [s for s in report.sounds if s.begins <= until and s.ends > at]
    return f"the agent is heard from {seconds(late[0].begins)} to {seconds(late[0].ends)}" if late else None


def _interrupted(report: Report, expected: bool, options: Mapping[str, Any]) -> str | None:  # noqa: FBT001
    was = bool(report.interrupted)
    return None if was is expected else f"a reply was {'' if was else 'not '}interrupted"


def _turns(report: Report, expected: int | Sequence[str], options: Mapping[str, Any]) -> str | None:
    texts = [turn.text for turn in report.turns]
    if isinstance(expected, int):
        return None if len(texts) == expected else f"{len(texts)} turns: {texts}"
    return None if len(texts) == len(expected) and all(map(same_words, texts, expected)) else f"turns: {texts}"


def _history(report: Report, expected: Sequence[str], options: Mapping[str, Any]) -> str | None:
    entries = report.run.history
    if len(entries) == len(expected) and all(map(_says, entries, expected)):
        return None
    return f"history: {[written(entry) for entry in entries]}"


def written(entry: Entry) -> str:
    """An entry of the history as a scenario's `history` has it."""
    return f"{entry.speaker}: {entry.text}{' …' if entry.cut else ''}"


def _says(entry: Entry, expected: str) -> bool:
    speaker, colon, text = expected.partition(": ")
    if not colon or speaker not in {"caller", "agent"}:
        speaker, text = entry.speaker, expected
    if speaker != entry.speaker:
        return False
    if entry.speaker == "agent" and text.rstrip().endswith(CUT_MARKS):
        beginning = words(text)
        return entry.cut and words(entry.text)[: len(beginning)] == beginning
    return same_words(entry.text, text) and not entry.cut


def _resumed(report: Report, expected: int, options: Mapping[str, Any]) -> str | None:
    count = sum(held.resumed_at is not None for held in report.held)
    return None if count == expected else f"{count} holds were resumed"


def _held_at_most(report: Report, limit: int, options: Mapping[str, Any]) -> str | None:
    resumed = [held.resumed_at - held.silent_at for held in report.held if held.resumed_at is not None]
    return _at_most("hold", max(resumed, default=0), limit)


def _no_audio_between(report: Report, span: tuple[int, int], options: Mapping[str, Any]) -> str | None:
    heard = [s for s in report.sounds if s.begins < span[1] and s.ends > span[0]]
    return f"the agent is heard from {seconds(heard[0].begins)} to {seconds(heard[0].ends)}" if heard else None


def _audio_between(report: Report, span: tuple[int, int], options: Mapping[str, Any]) -> str | None:
    return "the agent is silent there" if _no_audio_between(report, span, options) is None else None


def _heard_whole(report: Report, text: str, options: Mapping[str, Any]) -> str | None:
    said = [utterance for utterance in report.run.spoken if same_words(utterance.heard, text)]
    return None if any(not utterance.cut for utterance in said) else "it was not heard to its end"


def _never_heard(report: Report, text: str, options: Mapping[str, Any]) -> str | None:
    looked_for = " ".join(words(text))
    clauses = {number for _, number, _ in report.clause_frames()}
    heard = [report.run.clauses[number].text for number in clauses]
    found = [clause for clause in heard if _overlap(" ".join(words(clause)), looked_for)]
    return f"heard: {found}" if found else None


def _overlap(one: str, other: str) -> bool:
    return bool(one) and (one in other or other in one)


def _says_between(report: Report, text: str, options: Mapping[str, Any]) -> str | None:
    begins, ends = options.get("between", (0, report.ends))
    looked_for = words(text)
    times = [
        round(utterance.began_ms)
        for utterance in report.run.spoken
        if words(utterance.heard)[: len(looked_for)] == looked_for
    ]
    if any(begins <= at <= ends for at in times):
        return None
    return f"it was said at {', '.join(map(seconds, times))}" if times else "it was never said"


def _filler_begins(report: Report) -> list[int]:
    return [s.begins for s in report.sounds if s.prompt in FILLERS and not s.goes_on]


def _filler_by(report: Report, limit: int, options: Mapping[str, Any]) -> str | None:
    return _at_most("filler", min(_filler_begins(report), default=None), limit)


def _fillers_at_most(report: Report, limit: int, options: Mapping[str, Any]) -> str | None:
    count = len(_filler_begins(report))
    return f"{count} fillers" if count > limit else None


def _fillers_apart(report: Report, least: int, options: Mapping[str, Any]) -> str | None:
    begins = _filler_begins(report)
    close = [second - first for first, second in pairwise(begins) if second - first < least]
    return f"two fillers begin {seconds(close[0])} apart" if close else None


def _dead_air(report: Report, limit: int, options: Mapping[str, Any]) -> str | None:
    longest = max(report.silences, key=lambda s: s.ends - s.begins, default=None)
    if longest is None or longest.ends - longest.begins <= limit:
        return None
    return f"silence from {seconds(longest.begins)} to {seconds(longest.ends)}"


def _tool_runs(report: Report, expected: Mapping[str, int], options: Mapping[str, Any]) -> str | None:
    ran = {name: sum(run.name == name for run in report.run.tool_runs) for name in expected}
    return None if ran == dict(expected) else f"tools ran: {ran}"


def _cut_ins(report: Report, expected: int, options: Mapping[str, Any]) -> str | None:
    begins = [seconds(sound.begins) for sound in report.cut_ins]
    return None if len(begins) == expected else f"{len(begins)} cut-ins: {', '.join(begins)}"


def _drafts(report: Report, limit: int, options: Mapping[str, Any]) -> str | None:
    wanted = options.get("for")
    drafts = [draft.text for draft in report.run.drafts if wanted is None or same_words(draft.text, wanted)]
    return f"{len(drafts)} drafts, for {drafts}" if len(drafts) > limit else None


def _prompts(report: Report, expected: Sequence[Prompt], options: Mapping[str, Any]) -> str | None:
    said = [s.prompt for s in report.sounds if s.prompt is not None and not s.goes_on]
    return None if said == list(expected) else f"prompts: {[str(prompt) for prompt in said]}"


def _ends(report: Report, expected: HangUpReason, options: Mapping[str, Any]) -> str | None:
    return None if report.run.reason is expected else f"the call ended as {report.run.reason}"


def _ends_between(report: Report, span: tuple[int, int], options: Mapping[str, Any]) -> str | None:
    return None if span[0] <= report.ends <= span[1] else f"the call ended at {seconds(report.ends)}"


def _transferred_to(report: Report, expected: str, options: Mapping[str, Any]) -> str | None:
    target = report.run.transferred_to
    return None if target == expected else f"the caller was transferred to {target or 'nobody'}"


CHECKS: Mapping[str, Check] = {
    "audio_starts_at_most": _audio_starts,
    "response_at_most": _response,
    "silence_at_most": _silence,
    "silent_by": _silent_by,
    "interrupted": _interrupted,
    "turns": _turns,
    "history": _history,
    "resumed": _resumed,
    "held_at_most": _held_at_most,
    "no_audio_between": _no_audio_between,
    "audio_between": _audio_between,
    "heard_whole": _heard_whole,
    "never_heard": _never_heard,
    "says": _says_between,
    "filler_by": _filler_by,
    "fillers_at_most": _fillers_at_most,
    "fillers_apart": _fillers_apart,
    "dead_air_at_most": _dead_air,
    "tool_runs": _tool_runs,
    "cut_ins": _cut_ins,
    "drafts_at_most": _drafts,
    "prompts": _prompts,
    "ends": _ends,
    "ends_between": _ends_between,
    "transferred_to": _transferred_to,
}
"""Every expectation by its key."""
