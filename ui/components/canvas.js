// A sheet to draw on, white on black, with Undo and Clear. It sends the strokes, which drawing they belong to, and a PNG.
const PAUSE = 1000 // milliseconds: a stroke that begins later after the last one begins another drawing

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
  canvas.role = "img"
  canvas.ariaLabel = "Canvas: draw one digit here"
  const undo = element("button", "", "Undo")
  const clear = element("button", "", "Clear")
  const show = () => {
    paint(canvas, strokes, data.pen)
    undo.disabled = clear.disabled = !strokes.length
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
  let pointer = null // the one that draws: a second finger does not
  let ended = -Infinity
  canvas.onpointerdown = (event) => {
    if (pointer !== null || event.button) return
    pointer = event.pointerId
    canvas.setPointerCapture(pointer) // a stroke may leave the sheet and come back
    const now = Date.now()
    const drawing = strokes.length && now - ended <= PAUSE ? strokes.at(-1).drawing : now
    strokes.push({ points: [place(event)], drawing })
    show()
  }
  canvas.onpointermove = (event) => {
    if (event.pointerId !== pointer) return
    strokes.at(-1).points.push(place(event))
    show()
  }
  canvas.onpointerup = canvas.onpointercancel = (event) => {
    if (event.pointerId !== pointer) return
    pointer = null
    ended = Date.now()
    send()
  }
  const buttons = element("div", "buttons")
  buttons.append(undo, clear)
  const root = element("div", "root")
  root.append(canvas, buttons)
  parentElement.append(root)
  show()
}
