"""The order of play."""

from tars.audio.formats import AudioFormat
from tars.pi.playlist import MAX_ITEMS, Playlist, Utterance
from tars.pi.sounds import Sound


def utterance(name: str) -> Utterance:
    return Utterance(name, AudioFormat(16_000))


def test_audio_of_what_was_removed_is_kept_nowhere() -> None:
    playlist, gone, next_one = Playlist(), utterance("gone"), utterance("next")
    playlist.start(gone)
    playlist.audio(bytes(100))
    playlist.remove(gone)
    playlist.audio(bytes(200))
    assert playlist.stray_bytes == 200
    assert sum(map(len, gone.chunks)) == 100
    playlist.start(next_one)
    playlist.end("gone")  # late: it must not end the next one
    playlist.audio(bytes(300))
    assert sum(map(len, next_one.chunks)) == 300
    assert not next_one.ended


def test_an_utterance_ends_where_the_next_begins() -> None:
    playlist, first, second = Playlist(), utterance("first"), utterance("second")
    playlist.start(first)
    playlist.start(second)
    assert first.ended
    assert not second.ended
    assert [playlist.next(), playlist.next(), playlist.next()] == [first, second, None]


def test_sounds_come_first_in_their_order_and_each_once() -> None:
    playlist, spoken = Playlist(), utterance("spoken")
    playlist.start(spoken)
    for sound in (Sound.DONE, Sound.LISTENING, Sound.DONE):
        playlist.add_sound(sound)
    assert [playlist.next(), playlist.next(), playlist.next()] == [Sound.DONE, Sound.LISTENING, spoken]


def test_what_may_wait_is_bounded() -> None:
    playlist = Playlist()
    taken = [playlist.start(utterance(str(n))) for n in range(MAX_ITEMS + 5)]
    assert taken == [True] * MAX_ITEMS + [False] * 5
    playlist.audio(bytes(100))
    assert playlist.stray_bytes == 100
