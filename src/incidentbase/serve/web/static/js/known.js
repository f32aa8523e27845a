// What the database has of a source already, looked for while one types; without this it is
// shown when the form is sent or filled in.
const place = document.querySelector("[data-known]");
const form = document.querySelector("form[data-draft]");
const WATCHED = ["url", "title", "text"];
const PAUSE = 1000;
let waiting = 0;
let asked = 0;

async function look() {
  const typed = new FormData();
  typed.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  for (const name of WATCHED) typed.set(name, form.elements[name].value);
  const own = (asked += 1);
  const answer = await fetch(place.dataset.known, { method: "POST", body: typed }).catch(() => null);
  if (!answer?.ok || own !== asked) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  place.replaceChildren(...page.body.children);
}

form?.addEventListener("input", (event) => {
  if (!WATCHED.includes(event.target.name)) return;
  clearTimeout(waiting);
  waiting = setTimeout(look, PAUSE);
});

place?.addEventListener("click", (event) => {
  const number = event.target.closest("[data-use]")?.dataset.use;
  if (!number) return;
  const field = form.elements.incident_ids;
  const numbers = field.value.split(",").map((one) => one.trim()).filter(Boolean);
  if (!numbers.includes(number)) numbers.push(number);
  field.value = numbers.join(", ");
  field.dispatchEvent(new Event("input", { bubbles: true }));
  if (field.checkVisibility()) field.focus();
});
