"""What the trace says of speech over the agent."""

from appliance.simulator.line import Sound
from appliance.trace import Stage
from tests.session.conversations import Plan, saying


def test_an_interruption_with_a_pause_in_it_ends_where_it_ends() -> None:
    long = "The clinic is open from eight until six on weekdays, and on Saturdays from nine until noon, as always."
    outcome = Plan(
        sounds=(Sound(1500, 2500), Sound(5000, 5400), Sound(5480, 6500)),
        transcripts=("when are you open", "no wait I meant the pharmacy across the street"),
        drafter=saying(long),
        stt_delay_ms=300,
        ends_ms=11_000,
    ).run()
    interruption = outcome.trace.turns[-1]
    assert interruption.text == "no wait I meant the pharmacy across the street"
    assert 6500 <= interruption.at_ms[Stage.SOFT_END] < 6700
