// The visitor's secret: made once, at random, and kept in this browser. It proves that a run is theirs.
const KEY = "wakaranai-visitor"

export default function ({ parentElement, setStateValue }) {
  if (parentElement.told) return
  parentElement.told = true
  let secret = null
  try {
    secret = localStorage.getItem(KEY)
  } catch {} // a browser that keeps nothing: the secret lasts as long as the tab
  if (!/^[0-9a-f]{32}$/.test(secret ?? "")) {
    secret = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("")
    try {
      localStorage.setItem(KEY, secret)
    } catch {}
  }
  setStateValue("secret", secret)
}
