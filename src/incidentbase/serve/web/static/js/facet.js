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
