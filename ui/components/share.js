// A button that shares a card and a link: by the system's own dialog where the browser has it, else it copies the link.
// What comes are bytes: a line of JSON, then the card.
export default function ({ data: bytes, parentElement }) {
  const end = bytes.indexOf(10)
  const { text, link } = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)))
  const files = [new File([bytes.subarray(end + 1)], "wakaranai.png", { type: "image/png" })]
  const root = element("div", "root")
  const button = element("button", "", navigator.share ? "Share" : "Copy link")
  button.title = "The link opens this page with the same network and threshold. The drawing is only on the card."
  const note = element("span")
  note.role = "status"
  button.onclick = async () => {
    try {
      if (navigator.canShare?.({ files })) await navigator.share({ files, text, url: link })
      else if (navigator.share) await navigator.share({ text, url: link })
      else {
        await navigator.clipboard.writeText(link)
        note.textContent = "Copied"
      }
    } catch (error) {
      if (error.name !== "AbortError") note.textContent = link // to be copied by hand
    }
  }
  root.append(button, note)
  const old = parentElement.querySelector(".root")
  if (old) old.replaceWith(root)
  else parentElement.append(root)
}
