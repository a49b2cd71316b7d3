"""What holds for every call, whatever the scenario (DESIGN section 4), checked on what was heard and done."""

from collections import Counter, deque
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Final

from appliance.line import FRAME_MS
from appliance.simulator.expectations import seconds
from appliance.simulator.report import FILLERS, Report
from appliance.turn.actions import Approve, Cancel, Finish, Hold, Play, Resume, StartDraft, StartPrompt
from appliance.turn.core import step
from appliance.turn.state import State
from appliance.turn.tokens import words

LONGEST_DEAD_AIR_MS: Final = 2500
_HEARD_AFTER_A_KEY_MS: Final = 2 * FRAME_MS


def broken(report: Report) -> tuple[str, ...]:
    """Every property that does not hold, with where; none when all is well."""
    return tuple(problem for check in _PROPERTIES for problem in check(report))


def _one_reply_at_a_time(report: Report) -> Iterator[str]:
    """A draft is played after approval only, one reply at most is on the line, and each ends exactly once."""
    state: dict[int, str] = {}
    for taken in report.run.steps:
        for action in taken.actions:
            if isinstance(action, StartDraft | StartPrompt):
                state[action.reply] = "draft" if isinstance(action, StartDraft) else "ready"
            elif isinstance(action, Approve):
                state[action.reply] = "ready"
            elif isinstance(action, Play):
                if state[action.reply] != "ready":
                    yield f"reply {action.reply} was played as {state[action.reply]} at {seconds(taken.at)}"
                if "playing" in state.values():
                    yield f"two replies are on the line at {seconds(taken.at)}"
                state[action.reply] = "playing"
            elif isinstance(action, Cancel | Finish):
                if state[action.reply] == "over":
                    yield f"reply {action.reply} ended twice"
                state[action.reply] = "over"
    yield from (
        f"reply {reply} never ended" for reply, phase in state.items() if phase != "over" and not _hung_up(report)
    )


def _hung_up(report: Report) -> bool:
    """Whether the agent ended the call itself, which ends whatever was left."""
    return str(report.run.reason) == "agent_hung_up"


def _audio_is_whole(report: Report) -> Iterator[str]:
    """Within a clause every frame is played once and in order; what is left out is its end, of the last clause."""
    for (_, clause, place), (at, following, next_place) in pairwise(report.clause_frames()):
        if clause == following and next_place not in {place + 1, 0}:
            yield f"frame {next_place} of a clause follows frame {place} at {seconds(at)}"
        elif clause != following and next_place != 0:
            yield f"a clause begins with its frame {next_place} at {seconds(at)}"


def _history_is_what_was_heard(report: Report) -> Iterator[str]:
    """What was told of each reply is what was played of it, give or take the frame that a flush may let through."""
    frames: Counter[tuple[int, int]] = Counter()
    owners = [sound.reply for sound in report.sounds for _ in range((sound.ends - sound.begins) // FRAME_MS)]
    for reply, (_, clause, _place) in zip(owners, report.clause_frames(), strict=True):
        frames[reply, clause] += 1
    played: dict[int, list[tuple[int, int]]] = {}
    for (reply, clause), count in frames.items():
        played.setdefault(reply, []).append((clause, count))
    told = deque((utterance.began_ms, words(utterance.heard)) for utterance in report.run.spoken)
    for reply, ends in {sound.reply: sound.ends for sound in report.sounds}.items():
        possible = {_words_played(report, played[reply], fewer) for fewer in (0, 1)}
        if told and told[0][0] < ends and told[0][1] in possible:
            told.popleft()
        elif () not in possible:
            yield f"heard of reply {reply}: {possible}; told: {told[0][1] if told else 'nothing'}"
            return
    if told:
        yield f"told, but not heard: {[heard for _, heard in told]}"
    yield from _history_is_what_was_told(report)


def _words_played(report: Report, clauses: list[tuple[int, int]], fewer: int) -> tuple[str, ...]:
    """The words of a reply of which so many frames of each clause were played, `fewer` of the last."""
    counts = [*clauses[:-1], (clauses[-1][0], clauses[-1][1] - fewer)]
    return tuple(word for clause, count in counts for word in _heard_words(report, clause, count * FRAME_MS))


def _heard_words(report: Report, number: int, played_ms: int) -> tuple[str, ...]:
    """The words of which at least half was played; of a whole clause all."""
    clause = report.run.clauses[number]
    whole_ms = clause.frames * FRAME_MS
    if played_ms >= whole_ms:
        return words(clause.text)
    begins = [ms for _, ms in clause.word_starts]
    middles = [(first + second) / 2 for first, second in pairwise([*begins, float(whole_ms)])]
    heard = sum(middle <= played_ms + 1e-6 for middle in middles)
    offsets = [offset for offset, _ in clause.word_starts]
    return words(clause.text if heard == len(offsets) else clause.text[: offsets[heard]])


def _history_is_what_was_told(report: Report) -> Iterator[str]:
    retracted = {
        a.reply for taken in report.run.steps for a in taken.actions if isinstance(a, Cancel) and a.retracted
    }  # fmt: skip
    entries = [entry for entry in report.run.history if entry.speaker == "agent"]
    kept = len({s.reply for s in report.sounds if s.prompt not in FILLERS and s.reply not in retracted})
    if len(entries) > kept:
        yield f"{len(entries)} entries of the agent in the history, {kept} replies were heard"


def _no_dead_air(report: Report) -> Iterator[str]:
    pressed = {key.at for key in report.run.scenario.keys}
    for silence in report.silences:
        # Another key may follow for so long. What the agent was saying is heard for a frame or two more.
        by_key = any(silence.begins - _HEARD_AFTER_A_KEY_MS <= at <= silence.begins for at in pressed)
        more_keys_ms = report.run.settings.patience.digits_ms if by_key else 0
        if silence.ends - silence.begins > LONGEST_DEAD_AIR_MS + more_keys_ms:
            yield f"dead air from {seconds(silence.begins)} to {seconds(silence.ends)}"


def _changing_tools_run_once_and_approved(report: Report) -> Iterator[str]:
    approvals = [taken.at for taken in report.run.steps for a in taken.actions if isinstance(a, Approve)]
    for run in report.run.tool_runs:
        if run.changes and not any(at <= run.began + 1 for at in approvals):
            yield f"{run.name} ran from a draft at {seconds(run.began)}"


def _holds_and_resumes_alternate(report: Report) -> Iterator[str]:
    held: set[int] = set()
    for taken in report.run.steps:
        for action in taken.actions:
            if isinstance(action, Hold):
                if action.reply in held:
                    yield f"reply {action.reply} was held twice at {seconds(taken.at)}"
                held.add(action.reply)
            elif isinstance(action, Resume):
                held.discard(action.reply)


def _replay_is_the_same(report: Report) -> Iterator[str]:
    state = State()
    for recorded in report.run.steps:
        state, actions = step(state, recorded.event, report.run.settings)
        if (state, actions) != (recorded.after, recorded.actions):
            yield f"{type(recorded.event).__name__} at {seconds(recorded.at)}, taken again, asks for other actions"
            return


_PROPERTIES: Final[tuple[Callable[[Report], Iterator[str]], ...]] = (
    _one_reply_at_a_time,
    _audio_is_whole,
    _history_is_what_was_heard,
    _no_dead_air,
    _changing_tools_run_once_and_approved,
    _holds_and_resumes_alternate,
    _replay_is_the_same,
)
