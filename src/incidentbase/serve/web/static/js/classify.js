// The form of a classification: asks only what is to be answered, and adds groups in place.
const form = document.querySelector("form[data-classify]");

function answersTo(key) {
  return [...form.elements]
    .filter((one) => one.name === key && !one.disabled)
    .filter((one) => !["radio", "checkbox"].includes(one.type) || one.checked)
    .flatMap((one) => one.value.split("\n"))
    .map((one) => one.trim());
}

function ask() {
  for (const question of form.querySelectorAll("[data-asked-of]")) {
    const wanted = [...question.querySelectorAll("[data-asked-if]")].map((one) => one.value);
    const isAsked = answersTo(question.dataset.askedOf).some((one) => wanted.includes(one));
    question.hidden = !isAsked;
    for (const one of question.querySelectorAll("input, textarea, select")) one.disabled = !isAsked;
  }
}

// A further group is the empty last one once more; without this the server adds it.
function addGroup(button) {
  const question = button.closest(".question");
  const groups = question.querySelectorAll(".group");
  const count = question.querySelector(`input[name$="-rows"]`);
  const last = groups[groups.length - 1];
  if (!last || !count) return false;
  const key = button.value.replace("more-", "");
  const before = Number(count.value) - 1;
  const fresh = last.cloneNode(true);
  const renamed = (text) => text.replaceAll(`${key}-${before}-`, `${key}-${before + 1}-`);
  for (const one of [fresh, ...fresh.querySelectorAll("*")]) {
    for (const name of ["id", "name", "list", "aria-labelledby", "aria-describedby", "aria-controls"]) {
      if (one.hasAttribute(name)) one.setAttribute(name, renamed(one.getAttribute(name)));
    }
    if (one.matches("input:not([type=radio]), textarea")) one.value = "";
    if (one.matches("input[type=radio]")) one.checked = one.value === "";
    if (one.matches("select")) one.value = "";
  }
  const legend = fresh.querySelector("legend");
  legend.textContent = legend.textContent.replace(String(before + 1), String(before + 2));
  fresh.querySelectorAll(".suggestions, .suggestions + .visually-hidden").forEach((one) => one.remove());
  last.after(fresh);
  count.value = String(before + 2);
  fresh.querySelector("input:not([type=hidden]), textarea, select")?.focus();
  return true;
}

form?.addEventListener("input", ask);
form?.addEventListener("click", (event) => {
  const button = event.target.closest(`button[value^="more-"]`);
  if (button && addGroup(button)) event.preventDefault();
});
if (form) ask();
