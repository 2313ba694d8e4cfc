// A slider with Play. Every chart on the page with a parameter of this name shows the stop: its values are all in the browser.
// Streamlit does not hand out Vega's views, so a view is found by what Vega hangs onto the elements that it draws.
const [LEAST, MOST, WHOLE] = [100, 800, 8000] // ms: per stop at least and at most, and for all stops together
const AFTER = 150 // ms after the last move, until charts out of sight follow
const CALM = matchMedia("(prefers-reduced-motion: reduce)")

function viewOf(svg) {
  for (const node of svg.querySelectorAll("g path")) {
    let item = [node.__data__].flat()[0]
    while (item) {
      const view = (item.context ?? item.mark?.group?.context)?.dataflow
      if (view?.signal) return view
      item = item.mark?.group ?? item.group
    }
  }
}

function hasSignal(view, name) {
  try {
    view.signal(name)
    return true
  } catch {
    return false // Vega raises for a name that it does not know
  }
}

class Player {
  shown = new WeakMap() // view -> the place that it shows
  views = new WeakMap() // svg -> its view, or null if the chart has no such parameter
  playing = 0 // the pending frame

  constructor(parent) {
    this.root = element("div", "root")
    this.button = element("button")
    this.label = element("label")
    this.range = element("input")
    Object.assign(this.range, { type: "range", min: 0, step: 1, id: "stop" })
    this.label.htmlFor = "stop"
    this.output = element("output")
    this.output.setAttribute("aria-live", "off") // the slider says it already
    this.root.append(this.button, this.label, this.range, this.output)
    parent.append(this.root)
    this.range.oninput = () => {
      this.pause()
      this.move(Number(this.range.value))
    }
    this.range.onchange = () => this.keep()
    // Whoever touches the slider wants to stay there, even if it does not move: Home at the first stop, for instance.
    this.range.onpointerdown = () => this.pause()
    this.range.onkeydown = (event) => event.key !== "Tab" && this.pause()
    this.button.onclick = () => (this.playing ? this.pause() : CALM.matches ? this.next() : this.start())
    CALM.onchange = () => this.pause()
    this.observer = new MutationObserver(() => this.look())
    this.observer.observe(document.querySelector("[data-testid=stMain]"), { subtree: true, childList: true })
  }

  take(data) {
    const same = this.data && JSON.stringify([this.data.name, this.data.stops]) === JSON.stringify([data.name, data.stops])
    this.data = data
    this.range.max = data.stops.length - 1
    // As wide for every stop: otherwise the slider would move away from under the pointer.
    const longest = Math.max(...data.stops.map((stop) => stop.length))
    this.label.style.minWidth = `max(5rem, ${data.label.length + 1 + longest}ch)`
    this.button.disabled = data.stops.length < 2
    if (!same) {
      this.pause()
      this.place = data.start
    }
    this.move(this.place)
    this.name()
  }

  get last() {
    return this.data.stops.length - 1
  }

  move(place) {
    this.place = place
    this.range.value = place
    const stop = `${this.data.label} ${this.data.stops[place]}`
    this.label.textContent = stop
    this.output.textContent = this.data.said[place] ?? ""
    this.range.setAttribute("aria-valuetext", `${stop}. ${this.output.textContent}`)
    this.look()
  }

  // Bring the charts in sight to this place, also one that is drawn only now, or again; the others a little later.
  look() {
    clearTimeout(this.later)
    let waiting = false
    for (const svg of document.querySelectorAll("[data-testid=stVegaLiteChart] svg")) {
      const { top, bottom } = svg.getBoundingClientRect()
      if (bottom > 0 && top < innerHeight) this.bring(svg)
      else waiting = true
    }
    if (waiting) this.later = setTimeout(() => this.lookAll(), AFTER)
  }

  lookAll() {
    for (const svg of document.querySelectorAll("[data-testid=stVegaLiteChart] svg")) this.bring(svg)
  }

  bring(svg) {
    if (this.views.get(svg) === undefined) {
      const view = viewOf(svg)
      if (!view) return // not drawn yet
      this.views.set(svg, hasSignal(view, this.data.name) ? view : null)
    }
    const view = this.views.get(svg)
    if (view && this.shown.get(view) !== this.place) {
      this.shown.set(view, this.place)
      view.signal(this.data.name, this.place).runAsync()
    }
  }

  start() {
    if (this.place === this.last) this.move(0)
    const pause = Math.min(Math.max(WHOLE / (this.last + 1), LEAST), MOST)
    let due = performance.now() + pause
    const frame = (now) => {
      if (now >= due) {
        due = now + pause
        this.move(this.place + 1)
        if (this.place === this.last) return this.pause()
      }
      this.playing = requestAnimationFrame(frame)
    }
    this.playing = requestAnimationFrame(frame)
    this.name()
  }

  // Where motion is to be reduced, a click goes to the next stop.
  next() {
    this.move(this.place === this.last ? 0 : this.place + 1)
    this.keep()
  }

  pause() {
    if (!this.playing) return
    cancelAnimationFrame(this.playing)
    this.playing = 0
    this.name()
    this.keep()
  }

  name() {
    this.button.textContent = this.playing ? "❚❚ Pause" : CALM.matches ? "▶ Next" : "▶ Play"
  }

  // The stop goes into the address; the server reads it there when it next runs.
  keep() {
    const address = new URL(location.href)
    if (this.place === this.data.first) address.searchParams.delete(this.data.name)
    else address.searchParams.set(this.data.name, this.data.stops[this.place])
    history.replaceState(history.state, "", address)
  }
}

export default function ({ data, parentElement }) {
  const box = parentElement.getRootNode().host?.closest("[data-testid=stElementContainer]")
  // In sight while the charts below it are looked at.
  if (box) Object.assign(box.style, { position: "sticky", top: "3.75rem", zIndex: 5 })
  const player = (parentElement.player ??= new Player(parentElement))
  player.take(data)
  return () => {
    player.pause()
    player.observer.disconnect()
    clearTimeout(player.later)
    delete parentElement.player
    player.root.remove()
  }
}
