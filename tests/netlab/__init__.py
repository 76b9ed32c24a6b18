"""The network lab: the real programs, the real kernel, real packets, and every fault of the acceptance table."""
