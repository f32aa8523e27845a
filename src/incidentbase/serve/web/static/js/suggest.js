// Names for what is being typed: in a field of several lines, for the line of the caret.
// Arrow keys choose, Enter takes, Escape closes; without this the fields work as they are.
const PAUSE = 200;
const SHORTEST = 2;
let count = 0;

function enhance(field) {
  const list = document.createElement("ul");
  const said = document.createElement("span");
  list.id = `suggestions-${(count += 1)}`;
  list.className = "suggestions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", document.querySelector(`label[for="${field.id}"]`)?.innerText ?? "");
  list.hidden = true;
  said.className = "visually-hidden";
  said.setAttribute("role", "status");
  field.after(list, said);
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-controls", list.id);
  let chosen = -1;
  let waiting = 0;
  let asked = "";

  const line = () => {
    const end = field.selectionStart;
    const start = field.value.lastIndexOf("\n", end - 1) + 1;
    const stop = field.value.indexOf("\n", end);
    return { start, stop: stop < 0 ? field.value.length : stop };
  };
  const words = () => field.value.slice(line().start, line().stop).trim();

  function close() {
    list.hidden = true;
    list.replaceChildren();
    chosen = -1;
    said.textContent = "";
    field.removeAttribute("aria-activedescendant");
  }

  function choose(place) {
    const options = [...list.children];
    chosen = (place + options.length) % options.length;
    options.forEach((option, at) => option.setAttribute("aria-selected", String(at === chosen)));
    options[chosen].scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", options[chosen].id);
  }

  function take(option) {
    const { start, stop } = line();
    field.setRangeText(option.textContent, start, stop, "end");
    close();
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
    clearTimeout(waiting);
  }

  async function fetched(wanted) {
    const url = new URL(field.dataset.suggest, location.href);
    url.searchParams.set("q", wanted);
    const answer = await fetch(url).catch(() => null);
    return answer?.ok ? (await answer.json()).names : null;
  }

  // What other fields of the same form hold, line by line.
  function typedElsewhere(wanted) {
    const lines = field.dataset.suggestFrom
      .split(" ")
      .flatMap((name) => field.form.elements[name]?.value?.split("\n") ?? []);
    const known = [...new Set(lines.map((one) => one.trim()).filter(Boolean))];
    return known.filter((one) => one.toLowerCase().includes(wanted.toLowerCase()));
  }

  async function ask() {
    const wanted = words();
    asked = wanted;
    if (wanted.length < SHORTEST) return close();
    const names = field.dataset.suggestFrom ? typedElsewhere(wanted) : await fetched(wanted);
    if (!names || asked !== wanted || document.activeElement !== field) return undefined;
    const fresh = names.filter((name) => name !== wanted);
    list.replaceChildren(
      ...fresh.map((name, at) => {
        const option = document.createElement("li");
        option.id = `${list.id}-${at}`;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.dir = "auto";
        option.textContent = name;
        return option;
      }),
    );
    chosen = -1;
    field.removeAttribute("aria-activedescendant");
    list.hidden = fresh.length === 0;
    said.textContent = fresh.length ? String(fresh.length) : "";
    return undefined;
  }

  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, PAUSE);
  });
  field.addEventListener("keydown", (event) => {
    if (list.hidden || event.isComposing) return;
    if (event.key === "ArrowDown") choose(chosen + 1);
    else if (event.key === "ArrowUp") choose(chosen < 0 ? -1 : chosen - 1);
    else if (event.key === "Enter" && chosen >= 0) take(list.children[chosen]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
  field.addEventListener("blur", close);
  // Before the field loses the focus.
  list.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    if (event.target.matches("[role=option]")) take(event.target);
  });
}

document.querySelectorAll("[data-suggest], [data-suggest-from]").forEach(enhance);
