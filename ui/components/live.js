// Texts and marks of charts follow a slider while it is dragged. After the release, the server sends what belongs to the new
// value, and the page is the server's again.
// What comes are bytes: a line of JSON, then JSON compressed by zlib, which has a text or a number per stop of the slider.
const KEYS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End"]
const PATIENCE = 3000 // ms, until texts of the server count that are not those of the slider's place

async function unpacked(bytes) {
  const end = bytes.indexOf(10)
  const stream = new Blob([bytes.subarray(end + 1)]).stream().pipeThrough(new DecompressionStream("deflate"))
  return { ...JSON.parse(new TextDecoder().decode(bytes.subarray(0, end))), ...(await new Response(stream).json()) }
}

function textNodes(root) {
  const nodes = []
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) nodes.push(walker.currentNode)
  return nodes
}

// Markdown of these texts knows bold only, so the text nodes of a paragraph are the pieces between the asterisks.
function pieces(text, count) {
  const all = text.split("**").filter((piece) => piece)
  return Array.from({ length: count }, (_, place) =>
    place === count - 1 ? all.slice(place).join("") : (all[place] ?? ""))
}

const tile = (label) =>
  [...document.querySelectorAll("[data-testid=stMetric]")]
    .find((metric) => metric.querySelector("[data-testid=stMetricLabel] p")?.textContent === label)
    ?.querySelector("[data-testid=stMetricValue]")
const paragraph = (key) => document.querySelector(`.st-key-${key} [data-testid=stMarkdownContainer]`)

// The element of a chart's mark, if it is drawn, and the size of the area that it is drawn in.
function drawn(mark) {
  const chart = document.querySelector(`[data-testid=stVegaLiteChart][aria-label="${mark.chart}"]`)
  const node = chart?.querySelector(`.layer_${mark.layer}_marks`)?.firstElementChild
  const area = chart?.querySelector(".role-frame .background")?.getBBox()
  return node && area?.width ? { node, width: area.width, height: area.height } : undefined
}

const OUTSIDE = -9999 // pixels; for what the server would not draw

class Follower {
  lent = new Map() // text node -> the server's text, of the nodes that show ours
  undo = new Map() // element of a mark that we changed -> how to change it back
  pressed = false
  active = false // whether the page may show what the server does not know yet

  constructor() {
    this.observer = new MutationObserver((records) => this.see(records))
    const app = document.querySelector("[data-testid=stApp]")
    const options = { subtree: true, characterData: true, attributeFilter: ["aria-valuetext"] }
    this.observer.observe(app.querySelector("[data-testid=stMain]"), options)
    this.isRunning = () => app.dataset.testScriptState !== "notRunning"
    this.listening = new AbortController()
    const listen = (name, handle) =>
      document.addEventListener(name, handle, { capture: true, signal: this.listening.signal })
    listen("pointerdown", (event) => this.press(event))
    listen("pointerup", () => this.release())
    listen("pointercancel", () => this.release())
    listen("keydown", (event) => this.key(event))
  }

  get input() {
    return document.querySelector(`.st-key-${this.said?.slider} input[type=range]`)
  }

  // The slider's value; as it was set, it may lie between two stops, which only its text tells.
  get shown() {
    return `${this.input?.value} ${this.input?.getAttribute("aria-valuetext")}`
  }

  isOurs(event) {
    return Boolean(this.said && event.target.closest?.(`.st-key-${this.said.slider}`))
  }

  press(event) {
    if (!this.isOurs(event)) return this.settle()
    this.pressed = true
    this.before = this.active ? undefined : this.shown
    this.last = this.shown
  }

  release() {
    if (!this.pressed) return
    this.pressed = false
    if (this.shown !== this.before) return this.wait()
    for (const undo of this.undo.values()) undo()
    this.settle()
  }

  key(event) {
    if (!this.isOurs(event)) this.settle()
    else if (KEYS.includes(event.key)) {
      this.active = true
      this.last = this.shown
    }
  }

  see(records) {
    this.note(records)
    const moved = records.some((record) => record.attributeName === "aria-valuetext" && record.target === this.input)
    // The attribute is also written when it stays the same.
    if (moved && (this.pressed || this.active) && this.last !== this.shown) this.follow()
    else if (records.some((record) => this.lent.has(record.target))) this.show()
  }

  // What changed a text that shows ours was the server.
  note(records) {
    for (const { target } of records) if (this.lent.has(target)) this.lent.set(target, target.nodeValue)
  }

  follow() {
    this.active = true
    this.last = this.shown
    this.touched = performance.now()
    this.show()
    if (!this.pressed) this.wait()
  }

  // The slider's stop, if the texts belong to this slider as it is now.
  get stop() {
    const { input, said } = this
    if (!input) return
    const [value, low, high] = [input.value, input.min, input.max].map(Number)
    const same = (one, other) => Math.abs(one - other) <= 1e-6 * (said.high - said.low)
    if (same(low, said.low) && same(high, said.high)) return Math.round(((value - low) / (high - low)) * said.steps)
  }

  show() {
    const stop = this.stop
    if (stop === undefined) return
    for (const [places, find] of [[this.said.tiles, tile], [this.said.paragraphs, paragraph]])
      for (const [name, texts] of Object.entries(places)) {
        const place = find(name)
        if (place) this.write(textNodes(place), texts[stop])
      }
    for (const mark of this.said.marks) this.move(mark, stop)
    this.observer.takeRecords() // our own
  }

  // A number as a share of its axis; NaN where there is none or where it lies outside.
  along([name, low, high], stop, clamped) {
    const { said } = this
    const value = name ? said.numbers[name][stop] : said.low + ((said.high - said.low) * stop) / said.steps
    const share = value === null ? NaN : (value - low) / (high - low)
    return clamped ? Math.min(Math.max(share, 0), 1) : share < 0 || share > 1 ? NaN : share
  }

  move(mark, stop) {
    const found = drawn(mark)
    if (!found) return
    const { node, width, height } = found
    if (mark.text) {
      const before = node.textContent
      if (!this.undo.has(node)) this.undo.set(node, () => (node.textContent = before))
      node.textContent = this.said.labels[mark.text][stop]
      return
    }
    const x = width * this.along(mark.x, stop)
    const y = mark.y ? height * (1 - this.along(mark.y, stop, true)) : 0
    const there = Number.isFinite(x + y)
    const [name, now] = mark.is_area
      ? ["d", there ? `M${x},0h${width - x}v${height}h${x - width}Z` : ""]
      : ["transform", there ? `translate(${x},${y})` : `translate(${OUTSIDE},0)`]
    const before = node.getAttribute(name)
    if (!this.undo.has(node)) this.undo.set(node, () => node.setAttribute(name, before))
    node.setAttribute(name, now)
  }

  write(nodes, text) {
    pieces(text, nodes.length).forEach((piece, place) => {
      const node = nodes[place]
      if (!this.lent.has(node)) this.lent.set(node, node.nodeValue)
      if (node.nodeValue !== piece) node.nodeValue = piece
    })
  }

  // Settles as soon as the server says the same.
  wait() {
    clearTimeout(this.timer)
    if (!this.active || this.pressed) return
    const same = [...this.lent].every(([node, text]) => node.nodeValue === text || !node.isConnected)
    const late = performance.now() - this.touched > PATIENCE && !this.isRunning()
    if (same || late) this.settle()
    else this.timer = setTimeout(() => this.wait(), 100)
  }

  // Every text becomes the server's again: React would not write a text that is the same to it as before.
  settle() {
    this.note(this.observer.takeRecords())
    for (const [node, text] of this.lent) if (node.nodeValue !== text) node.nodeValue = text
    this.observer.takeRecords()
    this.lent.clear()
    this.undo.clear() // a chart is drawn a little later than the texts, with new elements
    this.active = false
    clearTimeout(this.timer)
  }
}

export default function ({ data, parentElement }) {
  const box = parentElement.getRootNode().host?.closest("[data-testid=stElementContainer]")
  if (box) box.style.display = "none" // nothing to be seen, and no gap
  const follower = (parentElement.follower ??= new Follower())
  follower.newest = data
  unpacked(data).then((said) => {
    if (follower.newest === data) follower.said = said
  })
  return () => {
    follower.settle()
    follower.observer.disconnect()
    follower.listening.abort()
  }
}
