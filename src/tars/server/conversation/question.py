"""What was said, as a conversation puts it to its brain."""

import attrs


@attrs.frozen
class Question:
    """One utterance; see `Request`, which adds what is known of the device."""

    text: str
    words: str = ""
    doubtful: bool = False
    follow_up: bool = False
    asked: str | None = None

    def is_answered_by(self, prepared: "Question") -> bool:
        """Whether an answer that was prepared for `prepared`, heard at a pause, answers this.

        The words may still have been unknown at the pause: they say the same as the text.
        """
        return self == attrs.evolve(prepared, words=prepared.words or self.words)
