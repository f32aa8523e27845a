// "/" goes to the search box, Escape leaves it; Escape also puts away an open definition.
const search = document.querySelector("[data-site-search]");

const isWriting = (element) =>
  element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName);

document.addEventListener("keydown", (event) => {
  if (event.key === "/" && search && !event.ctrlKey && !event.metaKey && !event.altKey) {
    if (isWriting(event.target)) return;
    event.preventDefault();
    search.focus();
    search.select();
  }
  if (event.key === "Escape") {
    if (event.target === search) search.blur();
    for (const tip of document.querySelectorAll(".tooltip:is(:hover, :focus-within)")) {
      tip.dataset.dismissed = "";
      const restore = () => delete tip.dataset.dismissed;
      tip.addEventListener("mouseleave", restore, { once: true });
      tip.addEventListener("focusout", restore, { once: true });
    }
  }
});
