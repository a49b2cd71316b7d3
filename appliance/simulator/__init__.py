"""Whole conversations in virtual time, through the real session."""
