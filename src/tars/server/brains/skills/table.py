"""Every skill there is. A new one is a definition in a module of its own, and a line here."""

from tars.server.brains.skills.about import ABOUT
from tars.server.brains.skills.arithmetic import ARITHMETIC
from tars.server.brains.skills.chance import CHANCE
from tars.server.brains.skills.clock import CLOCK
from tars.server.brains.skills.consent import CONSENT
from tars.server.brains.skills.endings import ENDINGS
from tars.server.brains.skills.loudness import LOUDNESS
from tars.server.brains.skills.missing import MISSING
from tars.server.brains.skills.skill import Skill
from tars.server.brains.skills.traits import TRAITS
from tars.server.brains.skills.units import UNITS

SKILLS: tuple[Skill, ...] = (
    *CLOCK,
    *ARITHMETIC,
    *UNITS,
    *CHANCE,
    *TRAITS,
    *LOUDNESS,
    *ABOUT,
    *CONSENT,
    *ENDINGS,
    *MISSING,
)
