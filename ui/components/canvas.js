// A sheet to draw on by pointer or keys, white on black, with Undo and Clear. It sends the strokes, which drawing they belong to,
// and a PNG.
const PAUSE = 1000 // milliseconds: a stroke that begins later after the last one begins another drawing
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }
const KEYS = "Arrow keys: move the pen · Space: pen down or up · Backspace: undo · Delete: clear"

function paint(canvas, strokes, pen) {
  const context = canvas.getContext("2d")
  context.fillStyle = "#000000"
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.strokeStyle = "#ffffff"
  context.lineWidth = pen
  context.lineCap = context.lineJoin = "round"
  for (const { points } of strokes) {
    context.beginPath()
    context.moveTo(...points[0])
    for (const point of points) context.lineTo(...point) // a line of length 0 is a round dot
    context.stroke()
  }
}

export default function ({ data, parentElement, setStateValue }) {
  parentElement.send = (value) => setStateValue("drawing", value)
  if (parentElement.querySelector(".sheet")) return // a rerun: what is on the sheet stays
  const strokes = data.strokes
  const canvas = element("canvas", "sheet")
  canvas.width = canvas.height = data.side
  canvas.tabIndex = 0
  canvas.role = "application" // a screen reader lets the keys through
  canvas.ariaLabel = "Canvas: draw one digit here"
  canvas.ariaDescription = canvas.dataset.keys = KEYS
  const pen = element("span", "pen")
  pen.style.setProperty("--pen", `${data.pen}px`)
  const said = element("span", "said")
  said.role = "status"
  let at = [data.side / 2, data.side / 2] // the pen of the keys
  let isDown = false
  let ended = -Infinity // when the last stroke ended, or the pen was moved after it
  const undo = element("button", "", "Undo")
  const clear = element("button", "", "Clear")
  const show = () => {
    paint(canvas, strokes, data.pen)
    undo.disabled = clear.disabled = !strokes.length
    pen.style.translate = `${at[0] - data.pen / 2}px ${at[1] - data.pen / 2}px`
    pen.classList.toggle("down", isDown)
  }
  const send = () =>
    parentElement.send({
      strokes: [...strokes],
      drawing: strokes.at(-1)?.drawing ?? null,
      picture: strokes.length ? canvas.toDataURL("image/png") : null,
    })
  const change = (edit) => () => {
    edit()
    show()
    send()
  }
  undo.onclick = change(() => strokes.pop())
  clear.onclick = change(() => (strokes.length = 0))
  const place = (event) => {
    const box = canvas.getBoundingClientRect()
    return [
      Math.round(((event.clientX - box.left) / box.width) * data.side),
      Math.round(((event.clientY - box.top) / box.height) * data.side),
    ]
  }
  const begin = (point) => {
    at = point
    const now = Date.now()
    const drawing = strokes.length && now - ended <= PAUSE ? strokes.at(-1).drawing : now
    strokes.push({ points: [point], drawing })
    show()
  }
  const go = (point) => {
    at = point
    strokes.at(-1).points.push(point)
    show()
  }
  const end = () => {
    ended = Date.now()
    send()
  }
  let pointer = null // the one that draws: a second finger does not
  canvas.onpointerdown = (event) => {
    if (pointer !== null || event.button) return
    lift()
    pointer = event.pointerId
    canvas.setPointerCapture(pointer) // a stroke may leave the sheet and come back
    begin(place(event))
  }
  canvas.onpointermove = (event) => event.pointerId === pointer && go(place(event))
  canvas.onpointerup = canvas.onpointercancel = (event) => {
    if (event.pointerId !== pointer) return
    pointer = null
    end()
  }
  const lower = () => {
    isDown = true
    said.textContent = "Pen down"
    begin(at)
  }
  const lift = () => {
    if (!isDown) return
    isDown = false
    said.textContent = "Pen up"
    show()
    end()
  }
  const move = () => {
    const steps = [...held].map((key) => ARROWS[key])
    const point = at.map((from, axis) => {
      const to = from + steps.reduce((sum, step) => sum + step[axis], 0) * (data.side / 28) // a pixel of the network's picture
      return Math.min(Math.max(to, 0), data.side)
    })
    if (isDown) return go(point)
    if (Date.now() - ended <= PAUSE) ended = Date.now() // the way to the next stroke is no pause
    at = point
    show()
  }
  const held = new Set() // two arrow keys together draw a slanted line
  canvas.onkeydown = (event) => {
    if (event.altKey || ((event.ctrlKey || event.metaKey) && event.key !== "z") || pointer !== null) return
    if (event.key in ARROWS) {
      held.add(event.key)
      move()
    } else if (event.key === " ") {
      if (!event.repeat) isDown ? lift() : lower()
    } else if (event.key === "Backspace" || (event.key === "z" && (event.ctrlKey || event.metaKey))) {
      lift()
      undo.click()
    } else if (event.key === "Delete") {
      lift()
      clear.click()
    } else return
    event.preventDefault()
  }
  canvas.onkeyup = (event) => held.delete(event.key)
  canvas.onblur = () => {
    held.clear()
    lift()
  }
  const buttons = element("div", "buttons")
  buttons.append(undo, clear)
  const paper = element("div", "paper")
  paper.append(canvas, pen, said)
  const root = element("div", "root")
  root.append(paper, buttons)
  parentElement.append(root)
  show()
}
