// A grid of samples: image, labels and the classes' probabilities as bars; refused ones are marked where a threshold is given. A click sends the sample's index.
// What comes are bytes: a line of JSON, then one image that has the images of all cards in rows; no image if there are none.
const percent = (share) => `${(100 * share).toFixed(share > 0.0995 ? 0 : 1)} %`

const role = (card, index) =>
  `${index === card.label ? " true" : ""}${index === card.predicted ? " predicted" : ""}`

const shares = (card) => card.bars.map((share, place) => [card.classes ? card.classes[place] : place, share / 10000])

function bars(card, classNames) {
  const box = element("span", "bars")
  for (const [index, share] of shares(card)) {
    const fill = element("span", "fill")
    fill.style.width = percent(share).replace(" ", "")
    const track = element("span", `track${role(card, index)}`)
    track.append(fill)
    const name = element("span", `name${role(card, index)}`, classNames[index])
    name.title = classNames[index] // a long one is cut off
    box.append(name, track, element("span", "", percent(share)))
  }
  return box
}

function columns(card, classNames) {
  const box = element("span", "columns")
  for (const [index, share] of shares(card)) {
    const fill = element("span", "fill")
    fill.style.height = `${100 * share}%`
    const track = element("span", "track")
    track.append(fill)
    const column = element("span", `column${role(card, index)}`)
    column.title = `${classNames[index]}: ${percent(share)}`
    column.append(track, element("span", "", classNames[index].slice(0, 2)))
    box.append(column)
  }
  return box
}

function draw(sheet, canvases) {
  const perRow = Math.floor(Math.sqrt(canvases.length)) + 1 // as core.views.pictures.contact_sheet has it
  const width = sheet.width / perRow, height = sheet.height / Math.ceil(canvases.length / perRow)
  canvases.forEach((canvas, place) => {
    canvas.width = width
    canvas.height = height
    const left = (place % perRow) * width, top = Math.floor(place / perRow) * height
    canvas.getContext("2d").drawImage(sheet, left, top, width, height, 0, 0, width, height)
  })
}

// One stop for Tab: from it the arrow keys, Home and End lead to the other cards.
function rove(gallery, first) {
  const cards = [...gallery.children]
  const stop = (card) => cards.forEach((other) => (other.tabIndex = other === card ? 0 : -1))
  const below = (from, step) => {
    const { left, top } = from.getBoundingClientRect()
    const away = (card) => step * (card.getBoundingClientRect().top - top)
    const column = cards.filter((card) => Math.abs(card.getBoundingClientRect().left - left) < 1 && away(card) > 1)
    return column.sort((one, other) => away(one) - away(other))[0]
  }
  gallery.addEventListener("focusin", (event) => stop(event.target.closest(".card")))
  gallery.onkeydown = (event) => {
    const here = cards.indexOf(event.target.closest(".card"))
    const next = {
      ArrowRight: () => cards[here + 1],
      ArrowLeft: () => cards[here - 1],
      ArrowDown: () => below(cards[here], 1),
      ArrowUp: () => below(cards[here], -1),
      Home: () => cards[0],
      End: () => cards.at(-1),
    }[event.key]
    if (!next || event.altKey || event.ctrlKey || event.metaKey) return
    event.preventDefault()
    next()?.focus()
  }
  stop(cards.find((card) => card.dataset.sample === first) ?? cards[0])
}

export default function ({ data: bytes, parentElement, setTriggerValue }) {
  const end = bytes.indexOf(10)
  const { cards, names } = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)))
  const sheet = bytes.subarray(end + 1)
  const canvases = []
  const gallery = element("div", "gallery")
  gallery.role = "group"
  const keys = [cards.sample.length > 1 && "Arrow keys: other images", cards.label && "Enter: open"]
  gallery.dataset.keys = keys.filter(Boolean).join(" · ")
  gallery.ariaLabel = `Images. ${gallery.dataset.keys}`
  // Long names leave the bars no room in a narrow card.
  const isWide = cards.classes && names.some((name) => name.length > 4)
  if (isWide) gallery.style.setProperty("--card-width", "14rem")
  cards.sample.forEach((_, place) => {
    const card = Object.fromEntries(Object.entries(cards).map(([what, values]) => [what, values[place]]))
    const known = card.label !== undefined
    const right = known ? card.label === card.predicted : card.accepted
    const refused = known ? card.refused : !card.accepted
    const button = element("button", `card${right ? " right" : known ? " wrong" : ""}${refused ? " refused" : ""}`)
    button.type = "button"
    button.dataset.sample = card.sample
    const title = element("span", "title")
    if (known) {
      title.append("true ", element("b", "", names[card.label]), right ? " · right" : " → predicted ")
      if (!right) title.append(element("b", "error", names[card.predicted]))
      if (refused) title.append(" · ", element("b", "refusal", "refused"))
      title.append(element("span", "note", ` · ${card.note}`))
    } else title.append(element("b", "", card.note))
    button.append(title)
    if (sheet.length) {
      const canvas = element("canvas")
      canvas.role = "img"
      canvas.ariaLabel = `image ${card.sample}`
      canvases.push(canvas)
      button.append(canvas)
    } else button.classList.add("bare")
    button.append((card.classes ? bars : columns)(card, names))
    button.onclick = () => setTriggerValue("opened", card.sample)
    gallery.append(button)
  })
  const show = () => {
    if (parentElement.newest !== gallery) return // another one came while the images of this one were decoded
    const old = parentElement.querySelector(".gallery")
    const hadFocus = old?.contains(old.getRootNode().activeElement)
    rove(gallery, old?.querySelector("[tabindex='0']")?.dataset.sample)
    if (old) old.replaceWith(gallery)
    else parentElement.append(gallery)
    const { host } = gallery.getRootNode()
    // A closed dialog gives the focus back to what contains the gallery: the card from which it was opened takes it.
    host.focus = (options) => gallery.querySelector("[tabindex='0']")?.focus(options)
    if (hadFocus) host.focus()
  }
  parentElement.newest = gallery
  if (!sheet.length) return show()
  createImageBitmap(new Blob([sheet])).then((image) => {
    draw(image, canvases)
    show()
  })
}
