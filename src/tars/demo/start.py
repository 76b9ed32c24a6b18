"""The console script `tars-demo`: signals are seen to before anything is imported that takes time."""

import signal

from tars.startup import leave_when_told


def cli() -> None:
    """Run the demonstration."""
    leave_when_told(signal.SIGUSR1, signal.SIGUSR2, unfinished=True)
    from tars.runtime.installation import parts_of

    with parts_of("tars-demo"):
        from tars.demo import main

        main.cli()
