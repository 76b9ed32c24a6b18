"""Speaking: text to audio."""
