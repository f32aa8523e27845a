// Switches the colour scheme in place; the server keeps the choice in a cookie as without script.
const form = document.querySelector("form[data-theme-form]");
form?.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button) return;
  event.preventDefault();
  const { theme } = document.documentElement.dataset;
  const show = (value) => {
    if (value) document.documentElement.dataset.theme = value;
    else delete document.documentElement.dataset.theme;
    for (const other of form.querySelectorAll("button[name=theme]")) {
      other.setAttribute("aria-pressed", String(other.value === (value ?? "")));
    }
  };
  show(button.value);
  const body = new URLSearchParams(new FormData(form, button));
  fetch(form.action, { method: "POST", body, credentials: "same-origin", redirect: "manual" })
    .then((answer) => {
      if (answer.type !== "opaqueredirect" && !answer.ok) show(theme);
    })
    .catch(() => show(theme));
});
