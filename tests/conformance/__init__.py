"""Outsiders: programs on the `websockets` library alone, which know of TARS what the protocol page says."""
