// A picture that is pasted anywhere on the page goes to the box for it, as if it had been chosen there.

const BOX = "[data-testid=stFileUploaderDropzone]"

function onPaste(event) {
  const input = document.querySelector(`${BOX} input[type=file]`)
  const pasted = event.clipboardData
  const picture = [...pasted.files].find((file) => file.type.startsWith("image/"))
  if (!input || !picture || event.target.closest(BOX)) return // the box takes it by itself
  if (event.target.matches("input, textarea") && pasted.types.includes("text/plain")) return
  event.preventDefault()
  const chosen = new DataTransfer()
  chosen.items.add(picture)
  input.files = chosen.files
  input.dispatchEvent(new Event("change", { bubbles: true }))
}

export default function () {
  document.addEventListener("paste", onPaste)
  return () => document.removeEventListener("paste", onPaste)
}
