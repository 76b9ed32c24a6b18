"""What holds for every test."""

from hypothesis import HealthCheck, settings

# a busy machine is no failure: no property here is about how long an example takes, or takes to make
settings.register_profile("tars", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tars")
