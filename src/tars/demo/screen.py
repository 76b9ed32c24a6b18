"""Where the demonstration is shown: a terminal of any kind, and a picture if one is wanted."""

import codecs
import io
import sys
from pathlib import Path
from typing import NoReturn

import attrs
from rich.console import Console, RenderableType
from rich.terminal_theme import TerminalTheme

from tars.errors import UserError
from tars.files import PUBLIC, replace_file

_PLAIN = str.maketrans("“”‘’—–→…━│", "\"\"''--|.=|") | {ord("→"): ">"}
"""What stands, character for character, for what a terminal without Unicode cannot show."""
_NO_TERMINAL = 120
"""Columns of a file or a pipe."""
_PICTURE = 92
"""Columns of the picture: wide enough for most lines, narrow enough to be read on a page."""
_THEME = TerminalTheme(
    (22, 24, 33),
    (214, 219, 230),
    [(38, 42, 56), (240, 113, 120), (126, 211, 139), (240, 200, 100), (110, 160, 250), (205, 150, 240),
     (95, 205, 220), (214, 219, 230)],
)  # fmt: skip
_FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace"
"""Fonts that the reader has: a picture that fetched one would tell somebody that it is being looked at."""
_SVG = (
    """\
<svg class="rich-terminal" xml:space="preserve" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: FONT; font-size: {char_height}px; line-height: {line_height}px; }}
.{unique_id}-title {{ font-family: FONT; font-size: 18px; font-weight: bold; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
).replace("FONT", _FONT)


def show_what_it_can() -> None:
    """Let standard output and standard error show every text, whatever their encoding."""
    codecs.register_error("tars-demo", _in_plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="tars-demo")


def _in_plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    plain = error.object[error.start : error.end].translate(_PLAIN)
    return plain.encode("ascii", "replace").decode("ascii"), error.end


class _Terminal(Console):
    def on_broken_pipe(self) -> NoReturn:
        raise BrokenPipeError  # rich would end the program, with the other programs still running


def _terminal() -> Console:
    # no markup, no emoji: the path `out[red]/:key:` is to be shown as it is
    return _Terminal(width=None if sys.stdout.isatty() else _NO_TERMINAL, markup=False, emoji=False)


def _paper() -> Console:
    """A terminal that is the same everywhere, whatever the environment says of the one at hand."""
    return Console(
        file=io.StringIO(),
        record=True,
        width=_PICTURE,
        force_terminal=True,
        color_system="truecolor",
        highlight=False,
        markup=False,
        emoji=False,
        _environ={},
    )


@attrs.define(eq=False)
class Screen:
    """The terminal, and the picture of it."""

    picture: Path | None = None
    """Where the picture is to be saved."""
    _terminal: Console = attrs.field(factory=_terminal)
    _paper: Console = attrs.field(factory=_paper)

    def show(self, what: RenderableType = "") -> None:
        """Show something. Raises `UserError` where the terminal, or the file in its place, takes no more."""
        self._paper.print(what)
        self.tell(what)

    def tell(self, what: RenderableType = "") -> None:
        """Show something that is nothing for the picture, such as a path of this machine."""
        try:
            self._terminal.print(what, soft_wrap=isinstance(what, str), highlight=False)
        except BrokenPipeError:
            raise
        except OSError as exc:
            raise UserError(f"standard output: cannot be written: {exc.strerror}") from exc

    def save_picture(self) -> None:
        """Write the picture, if one is wanted. Raises `UserError` where it cannot be written."""
        if self.picture is None:
            return
        svg = self._paper.export_svg(title="tars-demo", theme=_THEME, code_format=_SVG, unique_id="tars-demo")
        try:
            replace_file(self.picture, svg, mode=PUBLIC, durable=False)
        except OSError as exc:
            raise UserError(f"{self.picture}: cannot be written: {exc.strerror}") from exc
