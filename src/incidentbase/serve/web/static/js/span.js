// Drag over the bars of a histogram to choose a span of years; a click still chooses one year.
let drag;

const yearAt = (plot, x) => {
  const { first, last } = plot.closest("[data-span]").dataset;
  const box = plot.getBoundingClientRect();
  const isMirrored = getComputedStyle(plot).direction === "rtl";
  const share = (isMirrored ? box.right - x : x - box.left) / box.width;
  const years = last - first + 1;
  return Number(first) + Math.min(years - 1, Math.max(0, Math.floor(share * years)));
};

const show = () => {
  const { plot, from, to } = drag;
  const { first, last } = plot.closest("[data-span]").dataset;
  const years = last - first + 1;
  const [low, high] = [Math.min(from, to), Math.max(from, to)];
  drag.brush.setAttribute("x", (1000 * (low - first)) / years);
  drag.brush.setAttribute("width", (1000 * (high - low + 1)) / years);
};

document.addEventListener("pointerdown", (event) => {
  const plot = event.target.closest?.("[data-span] .histogram__svg");
  if (!plot || event.button !== 0) return;
  const brush = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  brush.setAttribute("class", "histogram__brush");
  brush.setAttribute("height", "100");
  const year = yearAt(plot, event.clientX);
  drag = { plot, brush, from: year, to: year, x: event.clientX };
});

document.addEventListener("pointermove", (event) => {
  if (!drag) return;
  if (Math.abs(event.clientX - drag.x) > 4 && !drag.brush.isConnected) drag.plot.append(drag.brush);
  drag.to = yearAt(drag.plot, event.clientX);
  show();
});

document.addEventListener("pointerup", (event) => {
  if (!drag) return;
  const { plot, brush, from, to } = drag;
  drag = undefined;
  if (!brush.isConnected) return;
  // The link under the pointer must not be followed as well.
  const stop = (click) => {
    click.preventDefault();
    click.stopPropagation();
  };
  window.addEventListener("click", stop, { capture: true, once: true });
  setTimeout(() => window.removeEventListener("click", stop, { capture: true }), 50);
  event.preventDefault();
  const form = plot.closest("[data-span]").querySelector("form");
  form.querySelector("[data-span-from]").value = Math.min(from, to);
  form.querySelector("[data-span-to]").value = Math.max(from, to);
  form.requestSubmit();
});

document.addEventListener("pointercancel", () => {
  drag?.brush.remove();
  drag = undefined;
});

// Dragging a bar must not drag its link.
document.addEventListener("dragstart", (event) => {
  if (event.target.closest?.("[data-span] .histogram__svg")) event.preventDefault();
});
