// Remembers whether the side menu is folded, and closes header menus on Escape or a click outside.
const fold = document.querySelector("[data-menu-fold]");
if (fold) {
  if (document.documentElement.dataset.menu === "folded") fold.open = false;
  delete document.documentElement.dataset.menu;
  fold.addEventListener("toggle", () => {
    try {
      localStorage.setItem("menu", fold.open ? "open" : "folded");
    } catch {
      // Nothing to remember it in.
    }
  });
}

const openDrops = () => document.querySelectorAll("details[data-drop][open]");

document.addEventListener("click", (event) => {
  for (const drop of openDrops()) if (!drop.contains(event.target)) drop.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const drop of openDrops()) {
    const held = drop.contains(document.activeElement);
    drop.open = false;
    if (held) drop.querySelector("summary").focus();
  }
});
