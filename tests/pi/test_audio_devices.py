"""Which device a setting means."""

import sys
from pathlib import Path

import pytest

from tars.errors import UserError
from tars.pi.audio_devices import AudioDevice, Kind, choose, choose_again, load_sounddevice, render
from tars.pi.microphone.card_microphone import formats_to_try as microphone_formats
from tars.pi.speaker.card_speaker import formats_to_try as speaker_formats

DEVICES = [
    AudioDevice(0, "HDA Intel: ALC295 (hw:0,0)", inputs=2, outputs=2, rate=44_100),
    AudioDevice(1, "HDMI 0 (hw:0,3)", inputs=0, outputs=8, rate=48_000),
    AudioDevice(2, "USB PnP Sound Device (hw:1,0)", inputs=1, outputs=0, rate=44_100),
    AudioDevice(3, "USB", inputs=0, outputs=2, rate=44_100),
    AudioDevice(4, "default", inputs=32, outputs=32, rate=44_100, default_for=frozenset(Kind)),
]


@pytest.mark.parametrize(
    ("spec", "kind", "number"),
    [
        (None, Kind.MICROPHONE, 4),
        ("0", Kind.SPEAKER, 0),
        ("hdmi", Kind.SPEAKER, 1),
        ("usb", Kind.MICROPHONE, 2),  # the other one cannot hear
        ("usb", Kind.SPEAKER, 3),
        ("default", Kind.SPEAKER, 4),
    ],
)
def test_a_number_or_a_part_of_a_name_will_do(spec: str | None, kind: Kind, number: int) -> None:
    assert choose(spec, kind, DEVICES).number == number


def test_a_whole_name_wins_over_a_part() -> None:
    longer = AudioDevice(5, "USB headset", inputs=0, outputs=2, rate=48_000)
    assert choose("usb", Kind.SPEAKER, [longer, *DEVICES]).number == 3


@pytest.mark.parametrize(
    ("spec", "kind", "message"),
    [
        ("hw:0", Kind.SPEAKER, r"more than one speaker .* '?0 'HDA Intel: ALC295 \(hw:0,0\)', 1 'HDMI"),
        ("webcam", Kind.MICROPHONE, "no microphone is called 'webcam'; choose one of: 0 'HDA.*; or use wav:FILE"),
        ("1", Kind.MICROPHONE, "no microphone is called '1'"),
        ("17", Kind.SPEAKER, "no speaker is called '17'"),
    ],
)
def test_what_is_not_clear_is_refused_with_the_choices(spec: str, kind: Kind, message: str) -> None:
    with pytest.raises(UserError, match=message):
        choose(spec, kind, DEVICES)


def test_a_machine_without_sound_cards_is_told_so() -> None:
    with pytest.raises(UserError, match="no microphone that PortAudio knows"):
        choose(None, Kind.MICROPHONE, [])
    with pytest.raises(UserError, match="no speaker is set up as the default; choose one of: 1 'HDMI"):
        choose(None, Kind.SPEAKER, DEVICES[1:2])


@pytest.mark.parametrize(
    ("import_fails_with", "message"),
    [
        ("ModuleNotFoundError('sounddevice')", "pip install"),
        ("OSError('no PortAudio')", "apt install libportaudio2"),
    ],
)
def test_what_is_not_installed_is_named(
    import_fails_with: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sounddevice.py").write_text(f"raise {import_fails_with}")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    with pytest.raises(UserError, match=message):
        load_sounddevice()


def test_devices_are_listed_with_the_defaults_marked() -> None:
    lines = render(DEVICES).splitlines()
    assert lines[0] == "Microphones:"
    assert "  *  4  default (32 channels, 44100 Hz)" in lines
    assert "     1  HDMI 0 (hw:0,3) (8 channels, 48000 Hz)" in lines
    assert sum(line.startswith("  * ") for line in lines) == 2


def test_a_card_is_asked_for_what_is_needed_first_and_for_what_it_likes_next() -> None:
    heard = [(asked.rate, asked.channels) for asked in microphone_formats(DEVICES[0])]
    assert heard[:4] == [(16_000, 1), (16_000, 2), (44_100, 1), (44_100, 2)]
    assert speaker_formats(DEVICES[1])[:3] == [(48_000, 1), (48_000, 2), (48_000, 8)]


def usb(number: int, name: str) -> AudioDevice:
    return AudioDevice(number, name, inputs=1, outputs=0, rate=48_000)


WAS = usb(2, "Jabra: USB Audio (hw:1,0)")


@pytest.mark.parametrize(
    ("spec", "names", "number"),
    [
        ("jabra", ["Built-in (hw:0,0)", "Jabra: USB Audio (hw:1,0)"], 1),
        ("2", ["Built-in (hw:0,0)", "Webcam (hw:1,0)", "Webcam (hw:2,0)", "Jabra: USB Audio (hw:3,0)"], 3),
        (None, ["Built-in (hw:0,0)", "Jabra: USB Audio (hw:3,0)"], 1),
        ("built", ["Built-in (hw:0,0)"], 0),
    ],
)
def test_a_card_that_was_replugged_is_found_wherever_it_is_now(
    spec: str | None, names: list[str], number: int
) -> None:
    devices = [usb(place, name) for place, name in enumerate(names)]
    assert choose_again(spec, Kind.MICROPHONE, WAS, devices).number == number


def test_a_number_is_not_taken_for_another_card_than_it_meant() -> None:
    with pytest.raises(UserError, match=r"'Jabra.*' is not there"):
        choose_again("0", Kind.MICROPHONE, WAS, [usb(0, "Webcam (hw:0,0)")])


def test_a_card_in_the_place_of_another_is_asked_for_the_rate_that_was_agreed_on() -> None:
    assert speaker_formats(DEVICES[3], agreed_rate=32_000) == [(32_000, 1), (32_000, 2)]


def test_a_card_whose_name_commands_a_terminal_does_not() -> None:
    card = AudioDevice(7, "USB\x1b[2J\u202e\n  0  fake", 1, 0, 48_000.0)
    listing = render([card])
    assert all(line.isprintable() for line in listing.split("\n"))
    assert r"USB\x1b[2J\u202e\n  0  fake (1 channels" in listing
    with pytest.raises(UserError) as trouble:
        choose("absent", Kind.MICROPHONE, [card])
    assert str(trouble.value).isprintable()
