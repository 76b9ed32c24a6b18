"""How far the ears are behind."""

from tars.server.conversation.arrears import PACE, Arrears


def test_audio_as_it_is_spoken_leaves_no_arrears() -> None:
    arrears = Arrears()
    for tick in range(1, 1_000):
        arrears.given(0.08, tick * 0.08)
        assert arrears.unheard(tick * 0.08) < 0.09
    assert arrears.unheard(1_000 * 0.08) == 0.0


def test_a_burst_is_heard_at_some_pace() -> None:
    arrears = Arrears()
    for _ in range(100):
        arrears.given(0.3, 50.0)
    assert round(arrears.unheard(50.0), 6) == 30.0
    assert round(arrears.unheard(54.0), 6) == 30.0 - 4.0 * PACE
    assert arrears.unheard(60.1) == 0.0
