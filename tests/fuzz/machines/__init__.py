"""The pure state machines, driven without a loop or a clock: `now` is a number, the network a queue."""
