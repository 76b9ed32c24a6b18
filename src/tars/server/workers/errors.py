"""What can go wrong with a worker, as its users see it."""


class WorkerFailed(Exception):
    """The worker process behind a line died or hung, or gave this line up. Another line may be opened at once."""
