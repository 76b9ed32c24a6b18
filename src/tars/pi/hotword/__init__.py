"""Hears hotwords: openWakeWord's models in their own thread, asleep while the room is silent."""

from tars.pi.hotword.catalogue import DEFAULT_HOTWORD, bundled_hotwords
from tars.pi.hotword.detection import Detection
from tars.pi.hotword.listener import HotwordListener, open_hotword

__all__ = ["DEFAULT_HOTWORD", "Detection", "HotwordListener", "bundled_hotwords", "open_hotword"]
