"""Trained networks in a process of their own: arrays in, arrays out.

`Networks` starts and ends the processes, `Network` asks one run's network. Neither imports Keras; the process does.
"""

from core.serving.networks import Network, Networks
from core.serving.protocol import Function, NetworkUnavailable, RunChanged, WorkerEnded

__all__ = ["Function", "Network", "NetworkUnavailable", "Networks", "RunChanged", "WorkerEnded"]
