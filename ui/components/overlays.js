// Pictures with a saliency map over each. As long as "h" is held, the maps are hidden.
function picture(figure, opacity) {
  const box = element("div", `picture${figure.smooth ? " smooth" : ""}`)
  const below = element("img")
  below.src = figure.image
  below.alt = figure.alt
  box.append(below)
  if (figure.overlay) {
    const above = element("img", "overlay")
    above.src = figure.overlay
    above.alt = ""
    above.style.opacity = opacity
    box.append(above)
  }
  return box
}

function shown(figure, opacity) {
  const node = element("figure", "")
  const title = element("figcaption", "title")
  title.append(element("b", "", figure.title), element("span", "target", figure.target))
  node.append(title, picture(figure, opacity))
  if (figure.legend) {
    const legend = element("div", "legend")
    const bar = element("span", "scale")
    bar.style.background = figure.gradient
    legend.append(element("span", "", figure.legend[0]), bar, element("span", "", figure.legend[1]))
    node.append(legend)
  }
  if (figure.badge) node.append(element("span", `badge${figure.warns ? " warns" : ""}`, figure.badge))
  return node
}

export default function ({ data, parentElement }) {
  const rows = element("div", "rows")
  for (const row of data.rows) {
    const line = element("div", "row")
    line.append(...row.map((figure) => shown(figure, data.opacity)))
    rows.append(line)
  }
  rows.style.setProperty("--side", `${data.side}px`)
  const old = parentElement.querySelector(".rows")
  if (old) old.replaceWith(rows)
  else parentElement.append(rows)
  const typing = () => ["INPUT", "TEXTAREA"].includes(document.activeElement?.tagName)
  const hide = (event) => event.key === "h" && !typing() && rows.classList.add("bare")
  const bring = (event) => event.key === "h" && rows.classList.remove("bare")
  document.addEventListener("keydown", hide)
  document.addEventListener("keyup", bring)
  return () => {
    document.removeEventListener("keydown", hide)
    document.removeEventListener("keyup", bring)
  }
}
