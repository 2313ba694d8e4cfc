"""How long a slider over stops, which moves charts in the browser, takes for its moves."""

from typing import NamedTuple

import numpy as np
from playwright.sync_api import Page

MOVED = """async ([stop, still]) => {
  const player = [...document.querySelectorAll("*")].find((node) => node.shadowRoot?.querySelector("input[type=range]"))
  const range = player.shadowRoot.querySelector("input")
  const inSight = (node) => node.getBoundingClientRect().top < innerHeight && !(still && node.closest(still))
  const charts = [...document.querySelectorAll("[data-testid=stVegaLiteChart] svg")].filter(inSight)
  const pending = new Set(charts)
  const observers = charts.map((chart) => {
    const observer = new MutationObserver(() => pending.delete(chart))
    observer.observe(chart, { subtree: true, childList: true, attributes: true, characterData: true })
    return observer
  })
  const painted = () => new Promise((resolve) => requestAnimationFrame(() => {
    const channel = new MessageChannel()
    channel.port1.onmessage = resolve
    channel.port2.postMessage(0)
  }))
  const start = performance.now()
  range.value = stop
  range.dispatchEvent(new Event("input"))
  do await painted()
  while (pending.size)
  observers.forEach((observer) => observer.disconnect())
  return [performance.now() - start, charts.length]
}"""


class Moves(NamedTuple):
    """What 95 of 100 moves take at most, in ms.

    Attributes:
        work: of the page's own thread, whatever keeps the cores busy.
        wait: from the move to the painted frame.
        num_charts: in sight, fewest of all moves.
    """

    work: float
    wait: float
    num_charts: int


def moves(page: Page, stops: list[int], still: str = "") -> Moves:
    """Move the slider to these stops, each another one than the stop before, and wait until each chart in sight has changed.

    Args:
        page: with one slider over stops.
        stops: places of stops.
        still: a selector of charts that a move may leave as they are.
    """
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def busy() -> float:
        found = session.send("Performance.getMetrics")["metrics"]
        return next(metric["value"] for metric in found if metric["name"] == "TaskDuration")

    worked, waited, charts = [], [], []
    for stop in stops:
        before = busy()
        milliseconds, num_charts = page.evaluate(MOVED, [stop, still])
        waited.append(milliseconds)
        worked.append(1000 * (busy() - before))
        charts.append(num_charts)
    work, wait = np.quantile([worked, waited], 0.95, axis=1)
    return Moves(float(work), float(wait), min(charts))
