"""What is set per device, and the file that remembers it."""

import json
from collections.abc import Mapping
from pathlib import Path

import attrs
from structlog import get_logger

from tars.errors import UserError
from tars.files import replace_file

DEFAULTS: Mapping[str, int] = {"humor": 75, "honesty": 90, "volume": 100}
"""Percent."""

log = get_logger()


def as_text(devices: Mapping[str, Mapping[str, int]]) -> str:
    """The file's content."""
    return json.dumps({"devices": devices}, indent=1, sort_keys=True)


@attrs.frozen
class SettingsFile:
    """A JSON file of each device's own settings; replaced whole, so that a crash leaves the old or the new."""

    path: Path

    def load(self) -> dict[str, dict[str, int]]:
        """What is remembered, by device. A file that makes no sense is put aside and reported, not fatal."""
        try:
            return self._parse()
        except FileNotFoundError:
            return {}
        except OSError as exc:
            log.warning("device_settings_unreadable", path=str(self.path), reason=exc.strerror)
        except (ValueError, TypeError, KeyError, AttributeError) as exc:
            aside = self.path.with_suffix(".damaged")
            log.warning("device_settings_damaged", path=str(self.path), reason=str(exc), kept_as=str(aside))
            self.path.replace(aside)
        return {}

    def read(self) -> dict[str, dict[str, int]]:
        """What is remembered, for a command. Raises `UserError`; nothing changes."""
        try:
            return self._parse()
        except FileNotFoundError:
            return {}
        except OSError as exc:
            raise UserError(
                f"{self.path}: the devices' settings cannot be read ({exc.strerror}); run this as the server's"
                " user"
            ) from None
        except (ValueError, TypeError, KeyError, AttributeError):
            raise UserError(f"{self.path}: the file of the devices' settings is damaged; remove it") from None

    def _parse(self) -> dict[str, dict[str, int]]:
        content = json.loads(self.path.read_text(encoding="utf-8"))
        return {
            str(device): {str(name): int(value) for name, value in settings.items()}
            for device, settings in content["devices"].items()
        }

    def save(self, devices: Mapping[str, Mapping[str, int]]) -> None:
        """Remember `devices`, all of them. Waits for the disk; a full one is reported, not fatal."""
        try:
            replace_file(self.path, as_text(devices))
        except OSError as exc:
            log.warning("device_settings_not_saved", path=str(self.path), reason=exc.strerror)
