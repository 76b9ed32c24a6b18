"""What is set per device, and the file that remembers it."""

import json
from collections.abc import Mapping
from pathlib import Path

import attrs
from structlog import get_logger

from tars.files import replace_file

DEFAULTS: Mapping[str, int] = {"humor": 75, "honesty": 90, "volume": 100}
"""Percent."""

log = get_logger()


@attrs.frozen
class SettingsFile:
    """A JSON file of each device's own settings; replaced whole, so that a crash leaves the old or the new."""

    path: Path

    def load(self) -> dict[str, dict[str, int]]:
        """What is remembered, by device. A file that makes no sense is put aside and reported, not fatal."""
        try:
            content = json.loads(self.path.read_text(encoding="utf-8"))
            return {
                str(device): {str(name): int(value) for name, value in settings.items()}
                for device, settings in content["devices"].items()
            }
        except FileNotFoundError:
            return {}
        except OSError as exc:
            log.warning("device_settings_unreadable", path=str(self.path), reason=exc.strerror)
        except (ValueError, TypeError, KeyError, AttributeError) as exc:
            aside = self.path.with_suffix(".damaged")
            log.warning("device_settings_damaged", path=str(self.path), reason=str(exc), kept_as=str(aside))
            self.path.replace(aside)
        return {}

    def save(self, devices: Mapping[str, Mapping[str, int]]) -> None:
        """Remember `devices`, all of them. Waits for the disk; a full one is reported, not fatal."""
        text = json.dumps({"devices": devices}, indent=1, sort_keys=True)
        try:
            replace_file(self.path, text)
        except OSError as exc:
            log.warning("device_settings_not_saved", path=str(self.path), reason=exc.strerror)
