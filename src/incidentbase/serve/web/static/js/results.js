// Through the results by arrow keys: down from the search box to the first, up from it back again.
const titles = () => [
  ...document.querySelectorAll(
    "[data-results] :is(.card__title a, .row__title a, tbody th a:first-of-type)",
  ),
];

document.addEventListener("keydown", (event) => {
  if (!["ArrowDown", "ArrowUp"].includes(event.key)) return;
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  const box = document.getElementById("discover-s");
  const all = titles();
  const at = all.indexOf(document.activeElement);
  const isInBox = document.activeElement === box;
  if (!isInBox && at < 0) return;
  const next = event.key === "ArrowDown" ? all[at + 1] : all[at - 1];
  if (!next && !(at === 0 && event.key === "ArrowUp")) return;
  event.preventDefault();
  (next ?? box).focus();
});

// The sheet of filters on narrow screens: Escape closes it.
document.addEventListener("keydown", (event) => {
  const sheet = document.getElementById("filters-switch");
  if (event.key !== "Escape" || !sheet?.checked) return;
  sheet.checked = false;
  sheet.focus();
});
