"""What holds in calls that nobody wrote."""

from hypothesis import HealthCheck, Phase, given, settings

from appliance.simulator.conversation import Simulator
from appliance.simulator.properties import broken
from appliance.simulator.report import Report
from appliance.simulator.scenario import Scenario
from tests.simulator.campaign import campaign
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


def test_a_campaign_counts_its_calls() -> None:
    tally = campaign(5)
    assert tally.calls == 5
    assert tally.call_seconds > 0
