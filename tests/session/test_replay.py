"""A call's event log, replayed, asks for what was done."""

import json

from appliance.session.replay import replay
from appliance.simulator.line import Sound
from appliance.turn.actions import Approve, Cancel, Hold
from appliance.turn.settings import TurnSettings
from appliance.turn.state import CallPhase
from tests.session.conversations import Plan, saying


def test_a_written_trace_replays_to_the_same_conversation() -> None:
    call = Plan(
        [Sound(1500, 2500), Sound(4000, 5000)],
        ["hours please", "no wait stop that"],
        saying("We are open from eight in the morning until six in the evening."),
    ).run()
    records = json.loads(json.dumps(call.trace.as_plain(with_text=True)))["events"]
    steps = list(replay(records, TurnSettings()))
    actions = [action for _, _, taken in steps for action in taken]
    approved = [(action.turn, action.text) for action in actions if isinstance(action, Approve)]
    assert approved == call.dialogue.accepted
    assert any(isinstance(action, Hold) for action in actions)
    assert any(isinstance(action, Cancel) for action in actions)
    assert steps[-1][1].call is CallPhase.ENDED
