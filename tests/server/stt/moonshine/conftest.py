import pytest

from tars.server.stt.moonshine.model import Moonshine, load_moonshine

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
    return load_moonshine()
