"""A turn's latency waterfall: where the time went between the last word and the answer."""

from collections.abc import Mapping
from typing import Any

from rich.table import Table
from rich.text import Text

from tars.runtime.printable import printable

STAGES = {
    "hotword_ms": "hotword heard by the device",
    "first_audio_ms": "first audio byte at the server",
    "speech_start_ms": "speech starts",
    "speech_end_ms": "speech ends",
    "endpoint_ms": "endpoint confirmed",
    "transcript_ms": "transcript",
    "brain_first_word_ms": "first word of the answer",
    "tts_first_byte_ms": "first byte of speech sent",
    "playback_start_ms": "loudspeaker starts",
    "playback_end_ms": "loudspeaker has played it all",
}
COLUMNS = ("stage", "ms after the last word")
_WIDTH = 24
"""Characters of the longest bar: the whole table fits on a terminal of 80."""
_BAR = "━"


def waterfall(turn: Mapping[str, Any]) -> Table:
    """The turn's stages as a table; what follows the last word has a bar from the stage before."""
    title = Text(printable(f"“{turn.get('text', '')}” → “{turn.get('reply', '')}”"), style="bold")
    table = Table(title=title, title_justify="left", box=None, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column(COLUMNS[0])
    table.add_column(COLUMNS[1], justify="right")
    table.add_column("", no_wrap=True, style="green")
    moments = {stage: float(turn[stage]) for stage in STAGES if turn.get(stage) is not None}
    if not moments:
        return table
    spoken = moments.get("speech_end_ms", 0.0)
    answered = moments.get("playback_start_ms", max(moments.values()))
    before = spoken
    for stage, at in sorted(moments.items(), key=lambda item: item[1]):
        bar = ""
        if spoken < at and stage != "playback_end_ms":
            columns = [round(_WIDTH * (moment - spoken) / max(answered - spoken, 1)) for moment in (before, at)]
            bar = " " * columns[0] + _BAR * max(1, columns[1] - columns[0])
            before = at
        table.add_row(STAGES[stage], f"{at - spoken:+.0f}", bar, style="" if bar else "dim")
    return table
