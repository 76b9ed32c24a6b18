"""What a set of the hearing benchmark is made of."""

import attrs


@attrs.frozen
class HearingSet:
    """What is said by whom, in which noise."""

    name: str
    voices: tuple[str, ...]
    commands: tuple[str, ...]
    """What the skills know."""
    outside: tuple[str, ...]
    """What an assistant is asked and TARS has no skill for, or what is said to somebody else."""
    talkers: tuple[str, ...]
    """The voices of the babble; none of them asks anything in any set."""
    noise_part: int
    """Which third of every noise recording is heard: 0, 1 or 2."""
