"""A turn's latency waterfall: where the time went between the last word and the answer."""

from collections.abc import Mapping
from typing import Any

from rich.table import Table

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
_WIDTH = 20
"""Characters of the longest bar: the whole table fits on a terminal of 80."""


def waterfall(turn: Mapping[str, Any]) -> Table:
    """The turn's stages as a table with a bar each; a stage that did not happen has none."""
    table = Table(title=f"“{turn.get('text', '')}” → “{turn.get('reply', '')}”", title_justify="left")
    table.add_column("stage")
    table.add_column("ms", justify="right")
    table.add_column("after speech", justify="right")
    table.add_column("", no_wrap=True)
    moments = {stage: turn[stage] for stage in STAGES if turn.get(stage) is not None}
    if not moments:
        return table
    first, last = min(moments.values()), max(moments.values())
    scale = (_WIDTH - 1) / max(last - first, 1)
    ended = moments.get("speech_end_ms")
    for stage, at in sorted(moments.items(), key=lambda item: item[1]):
        since = "" if ended is None or at < ended else f"{at - ended:+.0f}"
        table.add_row(STAGES[stage], f"{at:.0f}", since, " " * round((at - first) * scale) + "▌")
    return table
