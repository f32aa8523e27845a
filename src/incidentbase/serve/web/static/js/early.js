// Runs before the first paint, so that a folded menu does not jump. Everything else can wait.
try {
  if (localStorage.getItem("menu") === "folded") document.documentElement.dataset.menu = "folded";
} catch {
  // Storage may be forbidden; the menu is then open on every page.
}

// The scripts of a form begin to listen later than people to type: here is noted that they did.
document.addEventListener("input", (event) => {
  event.target.form?.setAttribute("data-typed", "");
});
