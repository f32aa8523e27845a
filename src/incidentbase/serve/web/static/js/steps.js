// Shows one step of a form at a time. Without this file all steps stand below one another.
const form = document.querySelector("form[data-steps]");
const steps = [...form.querySelectorAll("[data-step]")];

function show(number, { focus = true } = {}) {
  steps.forEach((step, place) => {
    step.hidden = place !== number;
  });
  if (!focus) return;
  const step = steps[number];
  (step.querySelector("[autofocus]") ?? step.querySelector("input, textarea, select")).focus();
}

steps.forEach((step, place) => {
  for (const [name, to] of [
    ["next", place + 1],
    ["back", place - 1],
  ]) {
    const button = step.querySelector(`[data-step-${name}]`);
    if (!button) continue;
    button.hidden = false;
    button.addEventListener("click", () => show(to));
  }
});

const wrong = steps.findIndex((step) => step.querySelector(".field--error, [data-step-here]"));
show(Math.max(wrong, 0), { focus: wrong > 0 });
// A field that is wrong must be seen, on whatever step it is.
form.addEventListener(
  "invalid",
  (event) => show(steps.indexOf(event.target.closest("[data-step]")), { focus: false }),
  true,
);
