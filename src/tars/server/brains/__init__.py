"""Thinking: what to say to what was heard."""
