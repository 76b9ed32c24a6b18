"""The sound cards of this machine: which there are, and which one a setting means."""

import enum
import re
from collections.abc import Sequence
from types import ModuleType

import attrs

from tars.errors import UserError
from tars.runtime.installation import install_command
from tars.runtime.printable import printable


class Kind(enum.Enum):
    """What a device is wanted for."""

    MICROPHONE = "microphone"
    SPEAKER = "speaker"


@attrs.frozen
class AudioDevice:
    """One device as PortAudio lists it."""

    number: int
    name: str
    inputs: int
    """Channels."""
    outputs: int
    """Channels."""
    rate: float
    """Hertz that the device likes best."""
    default_for: frozenset[Kind] = frozenset()

    def channels(self, kind: Kind) -> int:
        """Channels for `kind`; 0 when it cannot serve as one."""
        return self.inputs if kind is Kind.MICROPHONE else self.outputs


def load_sounddevice() -> ModuleType:
    """The sounddevice module, which loads PortAudio: some 100 ms, so call it in a thread.

    Raises `UserError` where one of the two is not installed.
    """
    try:
        import sounddevice
    except ImportError as exc:
        raise UserError(
            f"Sound cards need sounddevice, which is not installed; use wav:FILE, or run: {install_command('pi')}"
        ) from exc
    except OSError as exc:  # sounddevice is there and finds no PortAudio
        raise UserError(
            "Sound cards need the PortAudio library: sudo apt install libportaudio2, or use wav:FILE"
        ) from exc
    return sounddevice  # type: ignore[no-any-return]


def list_devices() -> list[AudioDevice]:
    """The sound cards that PortAudio saw when it last looked. Raises `UserError` as `load_sounddevice`."""
    sounddevice = load_sounddevice()
    default_input, default_output = sounddevice.default.device
    return [
        AudioDevice(
            number=number,
            name=device["name"],
            inputs=device["max_input_channels"],
            outputs=device["max_output_channels"],
            rate=device["default_samplerate"],
            default_for=frozenset(
                kind
                for kind, default in ((Kind.MICROPHONE, default_input), (Kind.SPEAKER, default_output))
                if number == default
            ),
        )
        for number, device in enumerate(sounddevice.query_devices())
    ]


def choose(spec: str | None, kind: Kind, devices: Sequence[AudioDevice]) -> AudioDevice:
    """The device that `spec` means: a number, a name or a part of one, or None for the default.

    Raises `UserError`, listing the choices, where that is none or several.
    """
    able = [device for device in devices if device.channels(kind)]
    if not able:
        raise UserError(f"this machine has no {kind.value} that PortAudio knows; connect one, or use wav:FILE")
    choices = ", ".join(f"{device.number} {device.name!r}" for device in able)
    if spec is None:
        for device in able:
            if kind in device.default_for:
                return device
        raise UserError(f"no {kind.value} is set up as the default; choose one of: {choices}; or use wav:FILE")
    if spec.isdecimal():
        found = [device for device in able if device.number == int(spec)]
    else:
        wanted = spec.casefold()
        found = [device for device in able if device.name.casefold() == wanted] or [
            device for device in able if wanted in device.name.casefold()
        ]
    if len(found) == 1:
        return found[0]
    trouble = "no" if not found else "more than one"
    raise UserError(f"{trouble} {kind.value} is called {spec!r}; choose one of: {choices}; or use wav:FILE")


def choose_again(spec: str | None, kind: Kind, before: AudioDevice, devices: Sequence[AudioDevice]) -> AudioDevice:
    """The device that was chosen by `spec` before, in a new list of devices: plugs change places and numbers.

    The same name comes first, then the same name at another place of the bus; then what `spec` means now, unless
    that is a number, which may have become another card's. Raises `UserError`.
    """
    able = [device for device in devices if device.channels(kind)]
    for name in (str, _without_place):
        found = [device for device in able if name(device.name) == name(before.name)]
        if len(found) == 1:
            return found[0]
    if spec is not None and spec.isdecimal():
        raise UserError(f"{before.name!r} is not there")
    return choose(spec, kind, devices)


def _without_place(name: str) -> str:
    """ALSA's name of a card without "(hw:1,0)", where it happens to be."""
    return re.sub(r" *\(hw:[^)]*\)$", "", name)


def describe() -> str:
    """All devices, for people, with the defaults marked. Raises `UserError` as `load_sounddevice`."""
    return render(list_devices())


def render(devices: Sequence[AudioDevice]) -> str:
    """`describe` of these devices."""
    lines = []
    for kind in Kind:
        lines.append(f"{kind.value.capitalize()}s:")
        able = [device for device in devices if device.channels(kind)]
        lines += [
            f"{'*' if kind in device.default_for else ' ':>3} {device.number:>2}  {printable(device.name)}"
            f" ({device.channels(kind)} channels, {device.rate:g} Hz)"
            for device in able
        ] or ["     none"]
    lines.append(
        "* is the default. Choose with --microphone and --speaker: a number, a part of a name, or wav:FILE."
    )
    return "\n".join(lines)
