"""The voice of Piper: the extra `voice`."""
