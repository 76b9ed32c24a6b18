"""What `--help` shows: the everyday settings first, then one group for each table of the settings file.

Each setting is shown with its unit (in place of its value), its default, and its variable.
"""

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from cyclopts import Group, Parameter
from cyclopts.validators import Number

from tars.runtime.variables import PREFIX, VARIABLES

if TYPE_CHECKING:
    from cyclopts.help import DefaultFormatter, HelpEntry, HelpPanel
    from rich.console import Console, ConsoleOptions

ALWAYS = "--config"
"""The flag that stays where a command's help shows few settings; a command without settings has no use for it."""
EVERYDAY = Group("Everyday settings", sort_key=1)
_TITLES = {EVERYDAY.name}


def table(name: str, title: str, order: int) -> Parameter:
    """Return what makes a settings class the group `title` of the help, the one in place `order`."""
    group = Group(rf"{title} \[{name}]", sort_key=1 + order)
    _TITLES.add(group.name)
    return Parameter(group=group)


def number(
    unit: str,
    *,
    gte: float | None = None,
    gt: float | None = None,
    lte: float | None = None,
    lt: float | None = None,
) -> Parameter:
    """Return what makes a setting a number in `unit`, within these limits."""
    return Parameter(metavar=unit, validator=Number(gte=gte, gt=gt, lte=lte, lt=lt))


def default_in_words(value: object) -> str:
    """Return how a default is shown."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, Path) and value.is_relative_to(Path.home()):
        return f"~/{value.relative_to(Path.home())}"
    if isinstance(value, float):
        return f"{value:g}"
    return "none" if value is None else str(value)


class SettingsHelp:
    """A help formatter that adds each setting's variable.

    Where `only` is given, it shows those settings and --config alone; else --config goes with other settings.
    """

    def __init__(self, only: Collection[str] | None = None) -> None:
        self._only = only

    def __call__(self, console: "Console", options: "ConsoleOptions", panel: "HelpPanel") -> None:
        """Show a panel."""
        show = self._default()
        if panel.title not in _TITLES:  # commands, or what a command works on
            show(console, options, panel)
            return
        entries = [_with_variable(entry) for entry in panel.entries if self._is_wanted(entry)]
        if self._only is None and all(ALWAYS in entry.positive_names for entry in panel.entries):
            return
        if entries:
            show(console, options, panel.copy(entries=entries))

    def render_usage(self, console: "Console", options: "ConsoleOptions", usage: object) -> None:
        """Show the line with the usage."""
        self._default().render_usage(console, options, usage)

    def render_description(self, console: "Console", options: "ConsoleOptions", description: object) -> None:
        """Show what the program or the command does."""
        self._default().render_description(console, options, description)

    @staticmethod
    def _default() -> "DefaultFormatter":
        from cyclopts.help import DefaultFormatter  # brings rich along, which only help needs

        return DefaultFormatter()

    def _is_wanted(self, entry: "HelpEntry") -> bool:
        return self._only is None or not {ALWAYS, *self._only}.isdisjoint(entry.positive_names)


def _with_variable(entry: "HelpEntry") -> "HelpEntry":
    name = max(entry.positive_names, key=lambda flag: flag.count("."))
    variable = PREFIX + name.lstrip("-").replace("-", "_").replace(".", "_").upper()
    return entry.copy(env_var=(variable,)) if variable in VARIABLES else entry
