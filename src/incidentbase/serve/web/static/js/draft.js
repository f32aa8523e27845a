// Keeps what is typed into a form in this browser until it is sent, and brings it back.
const form = document.querySelector("form[data-draft]");
const key = `draft:${form.dataset.draft}`;
const PAUSE = 500;

const fields = () =>
  [...form.elements].filter((one) => one.name && !["hidden", "submit", "checkbox"].includes(one.type));
const isPrefilled = location.search.length > 1 || form.querySelector(".flash") !== null;

function keep() {
  const typed = Object.fromEntries(fields().map((one) => [one.name, one.value]));
  localStorage.setItem(key, JSON.stringify(typed));
}

function bringBack() {
  let typed = {};
  try {
    typed = JSON.parse(localStorage.getItem(key)) ?? {};
  } catch {
    localStorage.removeItem(key);
  }
  for (const one of fields()) {
    if (typeof typed[one.name] === "string" && typed[one.name]) one.value = typed[one.name];
  }
}

if (!isPrefilled) bringBack();

let waiting = 0;
form.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(keep, PAUSE);
});
form.addEventListener("submit", keep);

const note = form.querySelector("[data-draft-note]");
note.hidden = false;
form.querySelector("[data-draft-clear]").addEventListener("click", () => {
  localStorage.removeItem(key);
  location.assign(location.pathname);
});
