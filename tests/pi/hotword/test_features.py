import numpy as np
import pytest

from tars.pi.hotword.features import Features
from tests.pi.hotword.support import models, samples
from tests.support.voices import in_room, speak


@pytest.mark.parametrize("asleep", [1, 15, 16, 24, 25, 26, 40])
def test_catching_up_gives_exactly_what_never_sleeping_would_have(asleep: int) -> None:
    awake, dozing = Features(models()), Features(models())
    for number, chunk in enumerate(samples(in_room(speak("hey jarvis"), rms=20, before=2.0, after=3.0))):
        awake.advance(chunk)
        if 10 <= number < 10 + asleep:
            dozing.hold(chunk)
        else:
            dozing.advance(chunk)
            np.testing.assert_array_equal(dozing.embeddings, awake.embeddings)


def test_a_model_that_looks_further_back_is_given_more() -> None:
    long = Features(models("timer"))
    assert long.embeddings.shape == (34, 96)
    assert long.reach == 43  # 33 steps of 8 frames and the 76 of one embedding, in chunks of 8 frames
