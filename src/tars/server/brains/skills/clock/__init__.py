"""Time and date, from the server's own clock: what the skills have in common is in modules of their own."""

from tars.server.brains.skills.clock.abroad import ABROAD
from tars.server.brains.skills.clock.calendar_facts import FACTS
from tars.server.brains.skills.clock.counting import COUNTING
from tars.server.brains.skills.clock.hours import HOURS
from tars.server.brains.skills.clock.seasons import SEASONS
from tars.server.brains.skills.clock.spoken import spoken_date, spoken_time
from tars.server.brains.skills.clock.tell_date import DATE_ALONE, TELL_DATE, TELL_WEEKDAY
from tars.server.brains.skills.clock.whether import WHETHER

CLOCK = (*HOURS, *FACTS, TELL_DATE, TELL_WEEKDAY, *WHETHER, *COUNTING, *ABROAD, *SEASONS, DATE_ALONE)

__all__ = ["CLOCK", "spoken_date", "spoken_time"]
