"""The conversation: from a hotword to a goodbye, turn by turn."""
