"""The orchestrator: everything that makes a phone call a conversation."""
