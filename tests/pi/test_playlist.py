"""The order of play."""

import tracemalloc

from tars.audio.formats import AudioFormat
from tars.pi.playlist import MAX_ITEMS, MAX_QUEUED, MAX_QUEUED_BYTES, PIECE, PLAYED_AT_ONCE, Playlist, Utterance
from tars.pi.sound_names import Sound


def utterance(name: str) -> Utterance:
    return Utterance(name, AudioFormat(16_000))


def test_audio_of_what_was_removed_is_kept_nowhere() -> None:
    playlist, gone, next_one = Playlist(), utterance("gone"), utterance("next")
    playlist.start(gone)
    playlist.audio(bytes(100))
    playlist.remove(gone)
    playlist.audio(bytes(200))
    assert playlist.stray_bytes == 200
    assert gone.queued_bytes == 100
    playlist.start(next_one)
    playlist.end("gone")  # late: it must not end the next one
    playlist.audio(bytes(300))
    assert next_one.queued_bytes == 300
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


def test_no_frame_is_too_small_to_be_kept_well_and_none_too_large() -> None:
    playlist, tiny = Playlist(), utterance("tiny")
    playlist.start(tiny)
    tracemalloc.start()
    try:
        for _ in range(200_000):
            playlist.audio(b"")
            playlist.audio(b"ab")
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 1.5 * 400_000
    playlist.audio(bytes(50_000))
    playlist.audio(bytes(PIECE))
    pieces = list(iter(tiny.take, b""))
    assert b"".join(pieces) == b"ab" * 200_000 + bytes(50_000 + PIECE)
    assert max(map(len, pieces)) == 32_000 * PLAYED_AT_ONCE
    assert len(pieces) <= 2 * (450_000 + PIECE) / PIECE + 4
    assert tiny.queued_bytes == 0


def test_a_minute_of_speech_or_some_megabytes_are_full() -> None:
    for rate, channels, limit in ((16_000, 1, MAX_QUEUED * 32_000), (192_000, 8, MAX_QUEUED_BYTES)):
        playlist = Playlist()
        assert not playlist.full
        playlist.start(Utterance("u", AudioFormat(rate, channels)))
        kept = 0
        while not playlist.full:
            playlist.audio(bytes(48_000))
            kept += 48_000
        assert limit <= kept < limit + 48_000


def test_audio_of_nobody_is_no_reason_to_stop_reading() -> None:
    playlist, long = Playlist(), utterance("long")
    playlist.start(long)
    playlist.audio(bytes(round(MAX_QUEUED) * 32_000))
    assert playlist.full
    playlist.end("long")
    assert not playlist.full
