"""Trained networks in a separate process: arrays in, arrays out.

`Networks` starts and ends the processes, `Network` sends questions to one run's network. Only the process imports Keras.
"""

from core.serving.networks import Network, Networks
from core.serving.protocol import Function, NetworkUnavailable, RunChanged, WorkerEnded

__all__ = ["Function", "Network", "NetworkUnavailable", "Networks", "RunChanged", "WorkerEnded"]
