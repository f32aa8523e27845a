// The codings of a record side by side: counts what is open, shows only differences, and works by
// keys. What was chosen stays in this window until it is written. Without this file the server
// does the first two.
const form = document.querySelector("form[data-adjudicate]");
const rows = [...form.querySelectorAll(".board__row")];
const count = form.querySelector("[data-open-count]");
const only = form.querySelector("[data-only]");
const shows = [...form.querySelectorAll("[data-show]")];
const key = `board:${location.pathname}`;
const PAUSE = 300;

const picks = (row) => [...row.querySelectorAll("input[type=radio][name^='pick-']")];
const undecided = () => rows.filter((row) => row.hasAttribute("data-undecided"));

function look(row) {
  row.toggleAttribute("data-undecided", !picks(row).some((one) => one.checked));
  count.textContent = String(undecided().length);
}

function show(value) {
  only.value = value;
  for (const button of shows) button.hidden = button.dataset.show === value;
  for (const row of rows) row.hidden = value === "true" && row.hasAttribute("data-quiet");
}

function typed() {
  const found = [...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken");
  return found.filter(([, value]) => typeof value === "string");
}

function keep() {
  sessionStorage.setItem(key, JSON.stringify({ seen: form.elements.seen.value, typed: typed() }));
}

// Only what was chosen in view of the same codings comes back.
function bringBack() {
  let kept = null;
  try {
    kept = JSON.parse(sessionStorage.getItem(key));
  } catch {
    sessionStorage.removeItem(key);
  }
  if (!kept || kept.seen !== form.elements.seen.value || form.querySelector(".field--error")) return;
  const said = new Map();
  for (const [name, value] of kept.typed) said.set(name, [...(said.get(name) ?? []), value]);
  for (const one of form.elements) {
    if (!one.name || ["seen", "csrfmiddlewaretoken"].includes(one.name) || one.type === "submit") continue;
    const values = said.get(one.name) ?? [];
    if (["radio", "checkbox"].includes(one.type)) one.checked = values.includes(one.value);
    else if (values.length && one.type !== "hidden") one.value = values[0];
  }
}

function go(step) {
  const open = undecided().filter((row) => !row.hidden);
  const here = document.activeElement?.closest(".board__row");
  const after = step > 0 ? open : [...open].reverse();
  const place = (row) => rows.indexOf(row) * step;
  const next = after.find((row) => !here || place(row) > place(here)) ?? after[0];
  const first = next && picks(next)[0];
  first?.focus();
  next?.scrollIntoView({ block: "center" });
}

let waiting = 0;
form.addEventListener("input", (event) => {
  const row = event.target.closest(".board__row");
  // Whoever writes an answer wants it.
  if (row && !event.target.name.startsWith("pick-")) {
    const own = row.querySelector("[data-own]");
    if (own) own.checked = true;
  }
  if (row) look(row);
  clearTimeout(waiting);
  waiting = setTimeout(keep, PAUSE);
});
form.addEventListener("submit", (event) => {
  if (event.submitter?.dataset.show === undefined) {
    keep();
    return;
  }
  event.preventDefault();
  show(event.submitter.dataset.show);
});

const isTyping = (target) => target.matches("textarea, select, input:not([type=radio]):not([type=checkbox])");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (event.key === "n" || event.key === "p") go(event.key === "n" ? 1 : -1);
  else if (event.key === "d") show(only.value ? "" : "true");
  else if (/^[1-9]$/.test(event.key)) {
    const row = event.target.closest?.(".board__row");
    const one = row && picks(row)[Number(event.key) - 1];
    if (!one) return;
    one.focus();
    one.click();
  } else return;
  event.preventDefault();
});

bringBack();
// A field whose condition does not hold may stay undecided: the server knows which those are.
undecided().forEach(look);
form.querySelector("[data-keys]").hidden = false;
