"""The console script `tars-server`: signals are seen to before anything is imported that takes time."""

from tars.startup import leave_when_told


def cli() -> None:
    """Run the program."""
    leave_when_told()
    from tars.runtime.installation import parts_of

    with parts_of("tars-server"):
        from tars.server import main

        main.cli()
