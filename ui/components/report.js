// A button that saves a report, with the charts as they are drawn on the page.
// What comes are bytes: a line of JSON, then the page with a mark for each chart.
const drawing = (chart) => {
  const svg = document.querySelector(`[data-testid=stVegaLiteChart][aria-label="${chart}"] svg.marks`)
  if (!svg) return ""
  const copy = svg.cloneNode(true)
  const { width, height } = svg.getBoundingClientRect()
  if (!copy.hasAttribute("viewBox")) copy.setAttribute("viewBox", `0 0 ${width} ${height}`)
  copy.setAttribute("role", "img")
  copy.setAttribute("aria-label", chart)
  for (const path of copy.querySelectorAll("clipPath[id^=play-]")) {
    for (const marks of copy.querySelectorAll(`[clip-path="url(#${path.id})"]`)) marks.removeAttribute("clip-path")
    path.remove()
  }
  return copy.outerHTML
}

const saved = ({ figures, name }, page) => {
  const { color, backgroundColor } = getComputedStyle(document.querySelector("[data-testid=stApp]"))
  let whole = page.replace("FOREGROUND", () => color).replace("BACKGROUND", () => backgroundColor)
  for (const { chart, mark } of figures) whole = whole.replace(mark, () => drawing(chart))
  const link = element("a")
  link.href = URL.createObjectURL(new Blob([whole], { type: "text/html" }))
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10000)
}

export default function ({ data: bytes, parentElement }) {
  const end = bytes.indexOf(10)
  const decoder = new TextDecoder()
  const said = JSON.parse(decoder.decode(bytes.subarray(0, end)))
  const button = parentElement.querySelector("button") ?? parentElement.appendChild(element("button", "", "Report (HTML)"))
  button.type = "button"
  button.title = "One file with all charts, sentences and numbers, to be opened without this app and without a network."
  button.onclick = () => saved(said, decoder.decode(bytes.subarray(end + 1)))
}
