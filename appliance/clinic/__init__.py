"""The domain: departments, hours, appointments, messages."""
