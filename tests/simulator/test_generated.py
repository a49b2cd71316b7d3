"""What holds in calls that nobody wrote."""

from collections import Counter

from hypothesis import HealthCheck, Phase, given, settings

from appliance.simulator.conversation import Simulator
from appliance.simulator.properties import broken
from appliance.simulator.reading import parse_scenario
from appliance.simulator.report import Report
from appliance.simulator.scenario import Scenario
from tests.simulator.campaign import Tally, campaign, campaign_on_all_cores, together
from tests.simulator.generated import scenarios

_SIMULATOR = Simulator()


# Without shrinking, which takes minutes; the scenario is in the report as it was drawn.
@settings(
    max_examples=200,
    derandomize=True,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(scenarios())
def test_the_properties_hold_in_every_call(scenario: Scenario) -> None:
    assert not broken(Report(_SIMULATOR.run(scenario)))


def test_a_reply_of_which_no_word_was_heard_does_not_take_the_words_of_the_next() -> None:
    tool = {"name": "find_slots", "duration": 0.011}
    answer = {"reply": "All right.", "ttft": 0.004, "until_done": 0.004, "tts_first_audio": 0.004, "audio": 0.4}
    call = {
        "name": "two keys, each cutting an answer short",
        "caller": [
            {"at": 0.2, "until": 0.5, "say": "What are your opening hours?", "stt_delay": 0.3, "end_of_turn": 0.5},
            {"at": 1.2, "digits": "#"},
            {"at": 1.3, "digits": "0"},
            {"at": 1.82, "hang_up": True},
        ],
        "agent": [{**answer, "tools": [tool]}],
    }
    report = Report(_SIMULATOR.run(parse_scenario(call, "here")))
    assert len({sound.reply for sound in report.sounds}) == 2
    assert [utterance.heard for utterance in report.run.spoken] == ["All"]
    assert not broken(report)


def test_a_campaign_counts_its_calls() -> None:
    tally = campaign(5)
    assert tally.calls == 5
    assert tally.call_seconds > 0


def test_campaigns_on_all_cores_are_counted_as_one() -> None:
    tally = campaign_on_all_cores(5)
    assert tally.calls == 5
    assert tally.call_seconds > 0


def test_what_several_campaigns_found_is_added_up() -> None:
    one = Tally(calls=2, call_seconds=30.0, cpu_seconds=1.0, broken=Counter({"dead air": 1}))
    other = Tally(calls=3, call_seconds=40.0, cpu_seconds=2.0, broken=Counter({"dead air": 2, "two replies": 1}))
    assert together([one, other]) == Tally(5, 70.0, 3.0, Counter({"dead air": 3, "two replies": 1}))
