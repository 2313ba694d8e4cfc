// A button and a slider let the marks of a chart appear from left to right. A rectangle that clips them becomes wider: the
// chart is not drawn again, and the server is not asked.
const SECONDS = 6 // of one play
const STEPS = 100 // of the slider: an arrow key moves one of them
const STILL = 10 // pictures of one play for those who want less motion
const reduced = matchMedia("(prefers-reduced-motion: reduce)")
const SVG = "http://www.w3.org/2000/svg"
const MARGIN = 12 // pixels around the area that marks may cover

class Player {
  share = 1 // of the horizontal axis that is shown

  constructor(parent) {
    this.root = element("div", "root")
    this.button = element("button")
    this.button.type = "button"
    this.slider = element("input")
    Object.assign(this.slider, { type: "range", min: 0, max: STEPS, value: STEPS })
    this.output = element("output")
    this.root.append(this.button, this.slider, this.output)
    parent.append(this.root)
    this.id = `play-${Math.random().toString(36).slice(2)}`
    this.button.onclick = () => (this.frame ? this.pause() : this.start())
    this.slider.oninput = () => {
      this.pause()
      this.show(this.slider.value / STEPS)
    }
    this.say()
  }

  say() {
    this.button.textContent = this.frame ? "❚❚ Pause" : "▶ Play"
  }

  start() {
    const from = this.share < 1 ? this.share : 0
    const began = performance.now()
    const step = (now) => {
      const gone = Math.max(now - began, 0) / 1000 / SECONDS + from
      this.show(Math.min(reduced.matches ? Math.floor(gone * STILL) / STILL : gone, 1))
      if (gone >= 1) return this.pause()
      this.frame = requestAnimationFrame(step)
    }
    this.frame = requestAnimationFrame(step)
    this.say()
  }

  pause() {
    cancelAnimationFrame(this.frame)
    this.frame = undefined
    this.say()
  }

  show(share) {
    this.share = share
    const { unit, last } = this.said
    const value = share * last
    const digits = last < 100 ? 1 : 0
    const text = `${value.toFixed(digits)} of ${last.toFixed(digits)}`
    this.slider.value = Math.round(share * STEPS)
    this.slider.setAttribute("aria-valuetext", `${unit} ${text}`)
    this.output.textContent = text
    this.clip()
  }

  // The marks, and the rectangle that clips them. A chart that was drawn again has new elements.
  clip() {
    const chart = document.querySelector(`[data-testid=stVegaLiteChart][aria-label="${this.said.chart}"]`)
    const svg = chart?.querySelector("svg.marks")
    const area = svg?.querySelector(".role-frame .background")?.getBBox()
    if (!area?.width) return
    let rectangle = svg.querySelector(`#${this.id} rect`)
    if (!rectangle) {
      const path = document.createElementNS(SVG, "clipPath")
      path.id = this.id
      rectangle = path.appendChild(document.createElementNS(SVG, "rect"))
      for (const [name, value] of [["x", -MARGIN], ["y", -MARGIN], ["height", area.height + 2 * MARGIN]])
        rectangle.setAttribute(name, value)
      svg.append(path)
    }
    const whole = this.share >= 1
    rectangle.setAttribute("width", this.share * area.width + MARGIN * (whole ? 2 : 1))
    for (const marks of svg.querySelectorAll(".role-frame .role-mark, .role-frame .role-scope")) {
      // Not the legend, nor what is inside of marks that are clipped.
      if (marks.parentElement.closest(".role-mark, .role-scope, .role-legend")) continue
      if (marks.getAttribute("clip-path") !== `url(#${this.id})`) marks.setAttribute("clip-path", `url(#${this.id})`)
    }
  }
}

export default function ({ data, parentElement }) {
  const player = (parentElement.player ??= new Player(parentElement))
  player.said = data
  player.slider.setAttribute("aria-label", `Show the curves up to: ${player.said.unit}`)
  player.show(player.share)
  return () => player.pause()
}
