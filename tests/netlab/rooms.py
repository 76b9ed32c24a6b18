"""A home, temporary folders and name service of one's own for a program, so that all that it leaves is seen."""

import os
import pwd
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import attrs

from benchmarks._programs import ROOT
from tests.netlab.recorder import NAME_SERVER

HOME = pwd.getpwuid(os.getuid()).pw_dir
COVERED = {HOME: "home", "/tmp": "tmp", "/var/tmp": "var-tmp", "/dev/shm": "shm"}
"""What a program sees as these folders are folders of its room."""
_SYSTEM = {
    "/etc/resolv.conf": f"nameserver {NAME_SERVER}\noptions timeout:1 attempts:1\n",
    # no daemon answers for the name server: it would do so through a socket that no network namespace holds back
    "/etc/nsswitch.conf": "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n",
}


@attrs.frozen
class Room:
    """A folder that takes the place of all that a program of the user could write to."""

    folder: Path
    shared: tuple[Path, ...]
    """What the program has to find where it is."""

    def command(self, command: Sequence[str], **variables: str) -> list[str]:
        """The command as it runs in here, with these variables and next to no others: `CI` for one is not set."""
        environment = {"HOME": HOME, "PATH": os.environ["PATH"], "LANG": "C.UTF-8", **variables}
        binds = [*self._kept(), *((self.folder / name, Path(place)) for place, name in COVERED.items())]
        for place, content in _SYSTEM.items():
            if Path(place).exists():
                (own := self.folder / Path(place).name).write_text(content)
                binds.append((own, Path(place)))
        script = [f"mount --rbind {shlex.quote(str(here))} {shlex.quote(str(there))}" for here, there in binds]
        script.append(f"cd {shlex.quote(HOME)}; exec env -i {_assignments(environment)} {shlex.join(command)}")
        return ["unshare", "--mount", "--propagation", "private", "sh", "-ec", "\n".join(script)]

    def written(self) -> set[str]:
        """All that is in the folders now, as the program names it; folders only where they are empty."""
        mounted = {there for _, there in self._kept()}
        found: set[str] = set()
        for place, name in COVERED.items():
            top = self.folder / name
            for path in top.rglob("*"):
                own = not any(each.is_relative_to(path) for each in mounted)
                if own and (not path.is_dir() or not any(path.iterdir())):
                    found.add(f"{place}/{path.relative_to(top)}")
        return found

    def _kept(self) -> list[tuple[Path, Path]]:
        """What is shared and would be covered, and where in the room it goes."""
        return [
            (path, self.folder / name / path.relative_to(place))
            for path in self.shared
            for place, name in COVERED.items()
            if path.is_relative_to(place)
        ]


def make_room(folder: Path, *shared: Path) -> Room:
    """A room in a new folder; the program in it also sees what is `shared`, and the installation."""
    folder.mkdir()
    room = Room(folder, tuple(dict.fromkeys([ROOT, Path(sys.prefix), Path(sys.base_prefix), *shared])))
    for name in COVERED.values():
        (folder / name).mkdir()
    for _, place in room._kept():
        place.mkdir(parents=True, exist_ok=True)
    return room


def _assignments(variables: Mapping[str, str]) -> str:
    return " ".join(shlex.quote(f"{name}={value}") for name, value in variables.items())
