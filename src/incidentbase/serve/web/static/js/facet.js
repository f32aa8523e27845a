// Every choice replaces facets and results. Facets stay as open as they were, and the focus stays
// on the value that was chosen; after a chip or the pager it goes to the number of results.
const facets = () => [...document.querySelectorAll("[data-facet]")];
const sheet = () => document.getElementById("filters-switch");
let kept;

document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.id !== "results") return;
  const chosen = event.detail.requestConfig.elt;
  kept = {
    open: facets().filter((facet) => facet.open).map((facet) => facet.dataset.facet),
    facet: chosen.closest("[data-facet]")?.dataset.facet,
    value: chosen.closest("[data-facet-value]")?.dataset.facetValue,
    stays: chosen.id,
    isSheetOpen: sheet()?.checked,
  };
});

document.addEventListener("htmx:afterSettle", () => {
  if (!kept) return;
  const { open, facet, value, stays, isSheetOpen } = kept;
  kept = undefined;
  for (const each of facets()) each.open = open.includes(each.dataset.facet);
  if (isSheetOpen && sheet()) sheet().checked = true;
  if (document.activeElement?.id === "discover-s") return;
  const same = facets()
    .filter((each) => each.dataset.facet === facet)
    .flatMap((each) => [...each.querySelectorAll("[data-facet-value]")])
    .find((item) => item.dataset.facetValue === value);
  if (same) same.querySelector("a").focus({ preventScroll: true });
  else (document.getElementById(stays) ?? document.getElementById("result-count"))?.focus();
});

// What was searched for inside a facet is done with when the box is emptied by Escape.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !event.target.matches?.("[data-facet-search]")) return;
  event.target.value = "";
  event.target.dispatchEvent(new Event("search", { bubbles: true }));
});
