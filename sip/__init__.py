"""The phone line: pjsua2 worker process, wire protocol to the orchestrator, test caller."""
