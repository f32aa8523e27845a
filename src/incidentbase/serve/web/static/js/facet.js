// Search inside one facet: hides the values that do not match, also those under "show more".
const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();

document.addEventListener("input", (event) => {
  const input = event.target.closest?.("[data-facet-search]");
  if (!input) return;
  const facet = input.closest("[data-facet]");
  const wanted = plain(input.value.trim());
  let found = 0;
  for (const item of facet.querySelectorAll("[data-facet-value]")) {
    item.hidden = !plain(item.dataset.facetValue).includes(wanted);
    if (!item.hidden) found += 1;
  }
  const more = facet.querySelector("[data-facet-more]");
  if (more && wanted) more.open = true;
  facet.querySelector("[data-facet-none]").hidden = found > 0;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !event.target.matches?.("[data-facet-search]")) return;
  event.target.value = "";
  event.target.dispatchEvent(new Event("input", { bubbles: true }));
});

// Every choice replaces facets and results. Facets stay as open as they were, and the focus stays
// on the value that was chosen; after a chip or the pager it goes to the number of results.
const facets = () => [...document.querySelectorAll("[data-facet]")];
let kept;

document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.id !== "results") return;
  const chosen = event.detail.requestConfig.elt;
  kept = {
    open: facets().filter((facet) => facet.open).map((facet) => facet.dataset.facet),
    facet: chosen.closest("[data-facet]")?.dataset.facet,
    value: chosen.closest("[data-facet-value]")?.dataset.facetValue,
  };
});

document.addEventListener("htmx:afterSettle", () => {
  if (!kept) return;
  const { open, facet, value } = kept;
  kept = undefined;
  for (const each of facets()) each.open = open.includes(each.dataset.facet);
  const same = facets()
    .filter((each) => each.dataset.facet === facet)
    .flatMap((each) => [...each.querySelectorAll("[data-facet-value]")])
    .find((item) => item.dataset.facetValue === value);
  const more = same?.closest("[data-facet-more]");
  if (more) more.open = true;
  if (same) same.querySelector("a").focus({ preventScroll: true });
  else document.getElementById("result-count")?.focus();
});
