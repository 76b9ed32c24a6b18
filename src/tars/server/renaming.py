"""`tars-server rename`: a device's new name in all the files that know its former one.

A running server holds what stands in two of them in its memory, and writes that over what is done here. It does
the same to its memory, as soon as it sees the new name beside the device's token.
"""

import contextlib
from collections.abc import Mapping
from pathlib import Path

from tars.errors import UserError
from tars.files import replace_file
from tars.server.device_names import renamed
from tars.server.device_settings import SettingsFile, as_text
from tars.server.pairing import rename_device
from tars.server.settings import ServerSettings
from tars.server.visitors import book_beside, read_book, write_book


def rename(settings: ServerSettings, old: str, new: str) -> None:
    """Rename a paired device, which keeps its token, its settings, and when it was last here.

    Raises `UserError`: it is not paired, the name will not do or is taken, or a file cannot be read or written.
    """
    names = {old: new}
    remembered = SettingsFile(settings.state_file).read()
    book = book_beside(settings.tokens_file)

    def copy_settings() -> None:  # before anything else: a power cut must not part a device from its settings
        if old in remembered:
            _write(settings.state_file, {**remembered, new: remembered[old]})

    rename_device(settings.tokens_file, old, new, copy_settings)
    if old in remembered or new in remembered:
        _write(settings.state_file, renamed(remembered, names))
    if old in (seen := read_book(book)):
        with contextlib.suppress(OSError):  # as for `read_book`: the book is not worth an error
            write_book(book, renamed(seen, names))


def _write(path: Path, devices: Mapping[str, Mapping[str, int]]) -> None:
    try:
        replace_file(path, as_text(devices))
    except OSError as exc:
        raise UserError(
            f"{path}: the devices' settings cannot be written ({exc.strerror}); run this as the server's user"
        ) from None
