"""How long a test waits for something that happens by itself."""

HANG = 120.0
"""Seconds that nothing takes which has not hung, however busy the machine is with other work.

Models load, processes start and programs answer within it, and a test that waits for an event waits this long.
Where a time is what is promised, the test says that time and its source instead. pytest's own limit for a test, in
`pyproject.toml`, is longer: the test can tell what it has been waiting for.
"""
