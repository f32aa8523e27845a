// Report cards: "Read more" fetches the text with htmx once, then only shows and hides it.
// Without htmx, or when the fetch fails, the link leads to the report's own page.
const cards = () => [...document.querySelectorAll("[data-report-card]")];
const toggle = (card) => card.querySelector("[data-card-toggle]");
const canOpen = (card) => Boolean(globalThis.htmx && toggle(card)?.hasAttribute("hx-get"));

function show(card, open) {
  card.dataset.open = String(open);
  const link = toggle(card);
  link.querySelector("[data-card-label]").textContent = open
    ? link.dataset.less
    : link.dataset.more;
  update();
}

function update() {
  const able = cards().filter(canOpen);
  const open = able.filter((card) => card.dataset.open === "true").length;
  for (const button of document.querySelectorAll("button[data-cards]")) {
    button.disabled = button.dataset.cards === "expand" ? open === able.length : open === 0;
  }
}

// Capturing, so that htmx does not ask again for what is already there.
document.addEventListener(
  "click",
  (event) => {
    const link = event.target.closest?.("[data-card-toggle]");
    const card = link?.closest("[data-report-card]");
    if (!card?.dataset.loaded || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    const opening = card.dataset.open !== "true";
    show(card, opening);
    if (!opening && card.getBoundingClientRect().top < 0) card.scrollIntoView();
  },
  true,
);

document.addEventListener("click", (event) => {
  const action = event.target.closest?.("button[data-cards]")?.dataset.cards;
  if (!action) return;
  for (const card of cards().filter(canOpen)) {
    if (action === "collapse") {
      if (card.dataset.open === "true") show(card, false);
    } else if (card.dataset.loaded) show(card, true);
    else toggle(card).click();
  }
});

document.addEventListener("htmx:afterSwap", (event) => {
  const card = event.detail.target?.closest?.("[data-report-card]");
  if (!card || !event.detail.target.matches("[data-card-full]")) return;
  card.dataset.loaded = "true";
  show(card, true);
});

for (const name of ["htmx:responseError", "htmx:sendError"]) {
  document.addEventListener(name, (event) => {
    const link = event.target.closest?.("[data-card-toggle]");
    if (link) location.assign(link.href);
  });
}

update();
