"""A call once more, from its event log: the turn core is deterministic, so its actions need not be kept."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args

from appliance.trace import event_from
from appliance.turn.actions import Action
from appliance.turn.core import step
from appliance.turn.events import Event
from appliance.turn.settings import TurnSettings
from appliance.turn.state import State

_KINDS = {kind.__name__: kind for kind in get_args(Event)}


def replay(
    records: Iterable[Mapping[str, Any]], settings: TurnSettings
) -> Iterator[tuple[Event, State, tuple[Action, ...]]]:
    """Each event of a trace's log with the state it led to and the actions it asked for.

    `settings` must be those of the call. Raises `ValueError` for a record that is no event of the turn core.
    """
    state = State()
    for record in records:
        event: Event = event_from(record, _KINDS)
        state, actions = step(state, event, settings)
        yield event, state, actions
