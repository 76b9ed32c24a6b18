"""Equinoxes and solstices, computed to the minute.

The algorithm of J. Meeus, "Astronomical Algorithms", chapter 27, for the years 1000 to 3000; for others it is a
little less exact.
"""

import math
from datetime import UTC, datetime, timedelta

POINTS = ("March equinox", "June solstice", "September equinox", "December solstice")
"""The turning points of a year, by their number."""
_MEAN = (
    (2451623.80984, 365242.37404, 0.05169, -0.00411, -0.00057),
    (2451716.56767, 365241.62603, 0.00325, 0.00888, -0.00030),
    (2451810.21715, 365242.01767, -0.11575, 0.00337, 0.00078),
    (2451900.05952, 365242.74049, -0.06223, -0.00823, 0.00032),
)
"""Days of the mean moment, as a polynomial in millennia from the year 2000."""
_PERIODIC = (
    (485, 324.96, 1934.136),
    (203, 337.23, 32964.467),
    (199, 342.08, 20.186),
    (182, 27.85, 445267.112),
    (156, 73.14, 45036.886),
    (136, 171.52, 22518.443),
    (77, 222.54, 65928.934),
    (74, 296.72, 3034.906),
    (70, 243.58, 9037.513),
    (58, 119.81, 33718.147),
    (52, 297.17, 150.678),
    (50, 21.02, 2281.226),
    (45, 247.54, 29929.562),
    (44, 325.15, 31555.956),
    (29, 60.93, 4443.417),
    (18, 155.12, 67555.328),
    (17, 288.79, 4562.452),
    (16, 198.04, 62894.029),
    (14, 199.76, 31436.921),
    (12, 95.39, 14577.848),
    (12, 287.11, 31931.756),
    (12, 320.81, 34777.259),
    (9, 227.73, 1222.114),
    (8, 15.45, 16859.074),
)
"""Amplitude in 0.00001 days; phase in degrees, and its change in a century."""
_J2000 = 2451545.0
_J2000_DATE = datetime(2000, 1, 1, 12, tzinfo=UTC)
_CLOCK_BEHIND = timedelta(seconds=70)
"""How far clocks are behind the evenly flowing time of astronomers, in our decades."""


def turning_point(year: int, number: int) -> datetime:
    """Return the moment, in UTC, of the equinox or solstice with that place in `POINTS`.

    Raises `OverflowError` outside the years 1 to 9999.
    """
    millennia = (year - 2000) / 1000
    mean = sum(factor * millennia**power for power, factor in enumerate(_MEAN[number]))
    centuries = (mean - _J2000) / 36525
    anomaly = math.radians(35999.373 * centuries - 2.47)
    speed = 1 + 0.0334 * math.cos(anomaly) + 0.0007 * math.cos(2 * anomaly)
    shift = sum(size * math.cos(math.radians(phase + rate * centuries)) for size, phase, rate in _PERIODIC)
    return _J2000_DATE + timedelta(days=mean + 0.00001 * shift / speed - _J2000) - _CLOCK_BEHIND
