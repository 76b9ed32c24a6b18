from importlib.util import find_spec

import pytest

from tars.server.stt.moonshine.model import Moonshine, load_moonshine
from tests.support.real import need

ORDERS = (
    "What time is it?",
    "Set a timer for eight minutes.",
    "Set the volume to 30%.",
    "What's 17 plus 25?",
    "Flip a coin.",
    "Roll a dice.",
    "Stop.",
    "Thank you.",
)


@pytest.fixture(scope="session")
def moonshine() -> Moonshine:
    need(find_spec("moonshine_voice") is not None, "moonshine-voice (models-server.txt)")
    return load_moonshine()
