"""What a conversation says by itself, whatever its brain: one table, so that a voice can prepare all of it."""

from collections.abc import Mapping
from types import MappingProxyType

from tars.server.conversation.states import Event

FIXED_REPLIES: Mapping[Event, str] = MappingProxyType({Event.UNCLEAR: "I didn't catch that."})
"""By the event that is answered with it."""
