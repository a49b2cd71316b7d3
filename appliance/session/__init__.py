"""One call: receive an event, take a step of the turn core, carry the actions out."""
