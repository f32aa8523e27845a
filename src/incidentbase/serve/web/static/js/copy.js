// <button data-copy="id of an element"> copies its text and says so, on the button and aloud.
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("button[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  const label = button.querySelector("[data-copy-label]") ?? button;
  const before = (button.dataset.before ??= label.textContent);
  let done = true;
  try {
    await navigator.clipboard.writeText(source.value ?? source.textContent.trim());
  } catch {
    // No permission: select the text, so that the reader's own copy command works.
    getSelection().selectAllChildren(source);
    done = false;
  }
  if (!done) return;
  label.textContent = button.dataset.done;
  clearTimeout(button.timer);
  button.timer = setTimeout(() => (label.textContent = before), 2500);
});
