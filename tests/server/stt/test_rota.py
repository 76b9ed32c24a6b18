"""Who is heard next: by turns, those first who are spoken to, with fewer decoders than speakers."""

import attrs

from tars.server.stt.rota import FRESH, Rota


@attrs.define(eq=False)
class Shelf:
    decoders: int


@attrs.define(eq=False)
class Speaker:
    shelf: Shelf
    fed_at: float = 0.0
    speaks: bool = False
    lent: bool = False

    @property
    def stuck(self) -> bool:
        return self.speaks and not self.lent

    def borrow(self) -> bool:
        if not self.shelf.decoders:
            return False
        self.shelf.decoders -= 1
        self.lent = True
        return True

    def put_down(self) -> None:
        assert self.lent
        self.shelf.decoders += 1
        self.lent = False


def speakers(rota: Rota[Speaker], decoders: int, *fed_at: float) -> list[Speaker]:
    shelf = Shelf(decoders)
    everyone = [Speaker(shelf, at, speaks=True) for at in fed_at]
    for one in everyone:
        rota.enter(one)
        rota.ask(one)
    return everyone


def test_everyone_is_heard_by_turns() -> None:
    rota = Rota[Speaker]()
    one, two = speakers(rota, 2, 0.0, 0.0)
    assert [rota.next(0.5) for _ in range(4)] == [one, two, one, two]
    rota.rest(one)
    assert [rota.next(0.5) for _ in range(2)] == [two, two]
    rota.leave(two)
    assert rota.next(0.5) is None


def test_whoever_finds_no_decoder_waits_for_the_first_that_comes_back_and_holds_up_nobody() -> None:
    rota = Rota[Speaker]()
    one, two, three = speakers(rota, 1, 0.0, 0.0, 0.0)
    silent = Speaker(one.shelf)
    rota.enter(silent)
    rota.ask(silent)
    assert [rota.next(0.5) for _ in range(4)] == [one, silent, one, silent]
    one.put_down()
    rota.leave(one)
    assert [rota.next(0.5) for _ in range(3)] == [two, silent, two]
    assert three.stuck


def test_a_session_whose_device_is_away_gives_its_decoder_to_one_that_is_spoken_to() -> None:
    rota = Rota[Speaker]()
    older, old = speakers(rota, 2, 0.0, 0.1)
    assert {rota.next(0.2), rota.next(0.2)} == {older, old}
    (new,) = speakers(rota, 0, FRESH + 0.2)
    new.shelf = older.shelf
    now = FRESH + 0.2
    assert [rota.next(now) for _ in range(2)] == [new, new]  # the others are heard when nobody else is
    assert (older.lent, old.lent, new.lent) == (False, True, True)
    rota.rest(new)
    assert rota.next(now) is old
    assert older.stuck  # one that is away takes nobody's decoder
    older.fed_at = now  # it is back
    old.fed_at = now
    assert {rota.next(now) for _ in range(3)} == {old}
    new.put_down()
    assert older in {rota.next(now) for _ in range(2)}
