"""What the agent says: history, tools, the scripted receptionist, emergency rules."""
