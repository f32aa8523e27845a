// A form that saves while one types, and the keys of the review desk for every step.
const form = document.querySelector("form[data-desk]");
const state = document.querySelector("[data-desk-state]");
const PAUSE = Number(form?.dataset.pause ?? 1000);

let waiting = 0;
let isSaving = false;
let isChanged = false;
let pressed = null;

async function save() {
  if (isSaving) return;
  isSaving = true;
  isChanged = false;
  state.textContent = state.dataset.saving;
  const typed = new FormData(form);
  typed.set("do", "autosave");
  try {
    const answer = await fetch(location.href, { method: "POST", body: typed });
    if (answer.ok) take(await answer.json(), typed);
    const said = answer.ok ? "saved" : answer.status === 409 ? "clash" : "failed";
    state.textContent = state.dataset[said];
  } catch {
    state.textContent = state.dataset.failed;
  }
  isSaving = false;
  if (pressed) form.requestSubmit(pressed);
  else if (isChanged) later();
}

// What others wrote into fields that were left alone here comes into the form: the next save
// would take it back otherwise.
function take({ version, taken }, typed) {
  form.elements.seen.value = version;
  for (const [name, value] of Object.entries(taken)) {
    const field = form.elements[name];
    if (field && field.value === typed.get(name)) field.value = value;
  }
}

function later() {
  isChanged = true;
  clearTimeout(waiting);
  waiting = setTimeout(save, PAUSE);
}

// The reason is said when the submission is refused, the editor when somebody is assigned.
form?.addEventListener("input", (event) => {
  if (!["code", "reason", "editor"].includes(event.target.name)) later();
});
if (form?.hasAttribute("data-typed")) later();
form?.addEventListener("submit", (event) => {
  clearTimeout(waiting);
  if (!isSaving) return;
  // The version under way must be known first.
  event.preventDefault();
  pressed = event.submitter;
});

const isTyping = (target) => target.matches("input, textarea, select") || target.isContentEditable;

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  const refusal = form?.querySelector("[data-refusal]");
  if (event.key === "r" && refusal) {
    refusal.open = true;
    refusal.querySelector("select").focus();
    event.preventDefault();
    return;
  }
  const wanted = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!wanted) return;
  event.preventDefault();
  wanted.click();
});

const help = document.querySelector("[data-desk-help]");
if (help) help.hidden = false;
