// A grid of samples: image, labels and the classes' probabilities as bars. A click sends the sample's index.
const element = (tag, className, text) => {
  const node = document.createElement(tag)
  if (className) node.className = className
  if (text !== undefined) node.textContent = text
  return node
}

const percent = (share) => `${(100 * share).toFixed(share > 0.0995 ? 0 : 1)} %`

const role = (card, index) =>
  `${index === card.label ? " true" : ""}${index === card.predicted ? " predicted" : ""}`

function bars(card, classNames) {
  const box = element("span", "bars")
  for (const [index, share] of card.bars) {
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
  for (const [index, share] of card.bars) {
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

export default function ({ data, parentElement, setTriggerValue }) {
  const gallery = element("div", "gallery")
  // Long names leave the bars no room in a narrow card.
  const isWide = data.style === "rows" && data.class_names.some((name) => name.length > 4)
  if (isWide) gallery.style.setProperty("--card-width", "14rem")
  for (const card of data.cards) {
    const known = card.label >= 0
    const right = known ? card.label === card.predicted : card.accepted
    const button = element("button", `card ${right ? "right" : "wrong"}`)
    button.type = "button"
    button.dataset.sample = card.sample
    const names = data.class_names
    const title = element("span", "title")
    if (known) {
      title.append("true ", element("b", "", names[card.label]), right ? " · right" : " · called ")
      if (!right) title.append(element("b", "", names[card.predicted]))
      title.append(element("span", "note", ` · ${card.note}`))
    } else title.append(element("b", "", card.note))
    button.append(title)
    if (card.image) {
      const image = element("img")
      image.src = card.image
      image.alt = `sample ${card.sample}`
      button.append(image)
    } else button.classList.add("bare")
    button.append((data.style === "columns" ? columns : bars)(card, names))
    button.onclick = () => setTriggerValue("opened", card.sample)
    gallery.append(button)
  }
  const old = parentElement.querySelector(".gallery")
  if (old) old.replaceWith(gallery)
  else parentElement.append(gallery)
}
