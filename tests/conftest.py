"""What holds for every test."""

from hypothesis import HealthCheck, settings

from tests.support.profile import SOAK, SOAK_FACTOR

# a busy machine is no failure: no property here is about how long an example takes, or takes to make
settings.register_profile("tars", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("soak", settings.get_profile("tars"), max_examples=100 * SOAK_FACTOR)
settings.load_profile("soak" if SOAK else "tars")
