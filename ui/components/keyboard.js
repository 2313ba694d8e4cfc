// Tab leaves out the "?" buttons. The key "?" goes to the one that belongs to the focused widget, else to the next one, and opens it;
// Escape goes back. While Tab is used, a line says which keys the focused widget has.
const HELP = '[data-testid="stTooltipIcon"] button'
const TYPED = "textarea, input[type=text]:not([role=combobox])" // where "?" is a letter
const around = (node) => node?.closest('[data-testid="stElementContainer"]')

function helpAfter(node) {
  const own = !node.matches(HELP) && around(node)?.querySelector(HELP)
  if (own) return own
  const scope = node.closest('[role="dialog"]') ?? document
  const all = [...scope.querySelectorAll(HELP)].filter((help) => help.checkVisibility())
  const isAfter = (help) => node.compareDocumentPosition(help) & Node.DOCUMENT_POSITION_FOLLOWING
  return all.find((help) => node !== document.body && isAfter(help)) ?? all[0]
}

function keysOf(node, outer) {
  if (outer.matches(HELP)) return "?: next help · Esc: back"
  const help = around(outer)?.querySelector(HELP)
  if (help && !outer.matches(TYPED)) return `?: ${help.ariaLabel}`
  return node.closest("[data-keys]")?.dataset.keys ?? ""
}

export default function ({ parentElement }) {
  const line = parentElement.querySelector(".keys") ?? element("div", "keys")
  line.ariaHidden = "true" // the same is in the description of what has the focus
  parentElement.append(line)
  let byKey = false, origin = null
  const press = (event) => {
    const here = document.activeElement ?? document.body
    byKey = true
    if (event.key === "Tab") {
      for (const help of document.querySelectorAll(HELP)) help.tabIndex = around(help)?.querySelector(TYPED) ? 0 : -1
    } else if (event.key === "?" && !event.ctrlKey && !event.metaKey && !here.matches(TYPED)) {
      const help = helpAfter(here)
      if (!help) return
      if (!here.matches(HELP)) origin = here
      event.preventDefault()
      event.stopPropagation()
      help.focus()
    } else if (event.key === "Escape" && here.matches(HELP) && origin?.isConnected) {
      event.stopPropagation() // a dialog stays open
      origin.focus()
    }
  }
  const point = () => {
    byKey = false
    line.textContent = ""
  }
  const tell = () => {
    const outer = document.activeElement ?? document.body
    let node = outer
    while (node.shadowRoot?.activeElement) node = node.shadowRoot.activeElement
    const keys = keysOf(node, outer)
    if (keys && node === outer && !node.matches(HELP)) node.ariaDescription = keys
    line.textContent = byKey ? keys : ""
  }
  // The focus may move inside of a component, of which the document hears no focusin.
  const listeners = [["keydown", press], ["pointerdown", point], ["focusin", tell], ["keyup", tell]]
  for (const [name, listener] of listeners) document.addEventListener(name, listener, true)
  return () => {
    for (const [name, listener] of listeners) document.removeEventListener(name, listener, true)
  }
}
