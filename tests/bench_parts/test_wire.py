from sip.caller.analysis import Kind, Turn
from sip.caller.plan import CallPlan, CallResult, Outcome, StepReport
from sip.caller.script import Play, PlayOver, Purpose
from tests.bench.wire import hesitating_turns, script


def turn(name: str) -> Turn:
    return Turn(Kind.SPEECH, name, 0.0, 1.0, None, False, None, None, None)


def test_three_calls_are_over_forty_turns_with_pauses_interruptions_and_backchannels() -> None:
    steps = [step for number in range(3) for step in script(number)]
    over = [step for step in steps if isinstance(step, PlayOver)]
    backchannels = [step for step in over if step.purpose is Purpose.BACKCHANNEL]
    said = [step for step in steps if isinstance(step, Play)]
    assert len(said) + len(over) - len(backchannels) >= 40
    assert {step.file.stem for step in backchannels} == {"mm_hm", "okay", "right"}
    pauses = [pause.for_s for step in said for pause in step.pauses]
    assert len(pauses) >= 12
    assert min(pauses) == 0.4
    assert max(pauses) == 0.9


def test_turns_with_a_pause_are_found_though_a_step_was_given_up() -> None:
    plan = CallPlan("sip:a@127.0.0.1", script(0))
    spoken = [(index, step) for index, step in enumerate(plan.steps) if isinstance(step, Play | PlayOver)]
    given_up = spoken[0][0]
    reports = tuple(StepReport(index, step.step, 0.0, 1.0, index == given_up) for index, step in spoken)
    turns = tuple(turn(step.file.name) for index, step in spoken if index != given_up)
    found = hesitating_turns(CallResult(Outcome.COMPLETED, steps=reports, turns=turns), plan)
    expected = [step.file.name for _, step in spoken if isinstance(step, Play) and step.pauses]
    assert [turn.name for turn in found] == expected
