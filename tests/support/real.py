"""Tests of the real world: what they need, and what happens where it is missing."""

import os

import pytest

REQUIRED = os.environ.get("TARS_REQUIRE_REAL") == "1"


def need(present: bool, what: str) -> None:
    """Skip the test, saying why, where `what` is not present; fail it where such tests are required."""
    if present:
        return
    if REQUIRED:
        pytest.fail(f"needs {what}, and TARS_REQUIRE_REAL=1 says that it must be here")
    pytest.skip(f"needs {what}")
