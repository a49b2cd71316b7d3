"""The turn core: a pure function from state and event to state and actions. Standard library only."""
