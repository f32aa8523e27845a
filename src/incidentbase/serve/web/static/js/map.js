// The map of incidents: zoom, drag, arrow keys from point to point, a card for the point at hand.
// Without this file every point is a link and the buttons load the page anew.
const map = document.querySelector("[data-map]");
const box = document.querySelector("[data-map-box]");
const moves = document.querySelector("[data-map-moves]");
const card = document.querySelector("[data-map-card]");

const WHOLE = 1000;
const ZOOMS = [1, 2, 4, 8];
const STEP = 0.5;
const READY_AFTER = 200;
const A_CLICK = 4;

const view = (() => {
  const [left, top, side] = map.getAttribute("viewBox").split(" ").map(Number);
  return { left, top, side };
})();

function show(left, top, side) {
  view.side = Math.min(Math.max(side, WHOLE / ZOOMS.at(-1)), WHOLE);
  view.left = Math.min(Math.max(left, 0), WHOLE - view.side);
  view.top = Math.min(Math.max(top, 0), WHOLE - view.side);
  map.setAttribute("viewBox", `${view.left} ${view.top} ${view.side} ${view.side}`);
  const zoom = ZOOMS.findLast((one) => one <= WHOLE / view.side + 0.01);
  for (const one of ZOOMS) map.classList.toggle(`map--zoom-${one}`, one === zoom);
  box.classList.toggle("map-box--near", view.side < WHOLE);
  refreshMoves();
  remember(zoom);
}

// The address always leads back to what is in view; browsers limit how often it may change.
let remembering = 0;
function remember(zoom) {
  clearTimeout(remembering);
  remembering = setTimeout(() => {
    const url = new URL(location.href);
    const middle = [view.left, view.top].map((one) => Math.round(one + view.side / 2));
    url.searchParams.set("zoom", zoom);
    if (zoom === 1) url.searchParams.delete("at");
    else url.searchParams.set("at", middle.join(","));
    history.replaceState(history.state, "", url);
  }, 300);
}

function zoomAround(x, y, factor) {
  const side = Math.min(Math.max(view.side / factor, WHOLE / ZOOMS.at(-1)), WHOLE);
  const share = side / view.side;
  show(x - (x - view.left) * share, y - (y - view.top) * share, side);
}

const middleX = () => view.left + view.side / 2;
const middleY = () => view.top + view.side / 2;
const WAYS = {
  in: () => zoomAround(middleX(), middleY(), 2),
  out: () => zoomAround(middleX(), middleY(), 0.5),
  left: () => show(view.left - view.side * STEP, view.top, view.side),
  right: () => show(view.left + view.side * STEP, view.top, view.side),
  up: () => show(view.left, view.top - view.side * STEP, view.side),
  down: () => show(view.left, view.top + view.side * STEP, view.side),
  whole: () => show(0, 0, WHOLE),
};

function refreshMoves() {
  const end = WHOLE - view.side;
  const none = {
    in: view.side <= WHOLE / ZOOMS.at(-1),
    out: view.side >= WHOLE,
    whole: view.side >= WHOLE,
    left: view.left <= 0,
    right: view.left >= end,
    up: view.top <= 0,
    down: view.top >= end,
  };
  for (const move of moves.querySelectorAll("[data-move]")) {
    move.setAttribute("aria-disabled", none[move.dataset.move]);
  }
}

for (const move of moves.querySelectorAll("[data-move]")) {
  move.setAttribute("role", "button");
  move.setAttribute("tabindex", "0");
  move.removeAttribute("href");
}
moves.addEventListener("click", (event) => {
  const move = event.target.closest("[data-move]");
  if (move) WAYS[move.dataset.move]();
});
moves.addEventListener("keydown", (event) => {
  const move = event.target.closest("[data-move]");
  if (!move || !["Enter", " "].includes(event.key)) return;
  event.preventDefault();
  WAYS[move.dataset.move]();
});

// Where the pointer is on the map.
function placeOf(event) {
  const frame = map.getBoundingClientRect();
  return [
    view.left + ((event.clientX - frame.left) / frame.width) * view.side,
    view.top + ((event.clientY - frame.top) / frame.height) * view.side,
  ];
}

map.addEventListener(
  "wheel",
  (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    zoomAround(...placeOf(event), Math.exp(-event.deltaY / 300));
  },
  { passive: false },
);

// One pointer drags, two pinch. A drag must not open the point where it ends.
const pointers = new Map();
let hasDragged = false;
const spread = () => {
  const [one, two] = [...pointers.values()];
  return Math.hypot(one.clientX - two.clientX, one.clientY - two.clientY);
};

map.addEventListener("pointerdown", (event) => {
  pointers.set(event.pointerId, event);
  if (pointers.size === 1) hasDragged = false;
});
window.addEventListener("pointermove", (event) => {
  const last = pointers.get(event.pointerId);
  if (!last) return;
  const before = pointers.size === 2 ? spread() : 0;
  const far = Math.hypot(event.clientX - last.clientX, event.clientY - last.clientY);
  if (!hasDragged && far < A_CLICK && pointers.size === 1) return;
  hasDragged = true;
  pointers.set(event.pointerId, event);
  if (pointers.size === 2) {
    const [one, two] = [...pointers.values()].map(placeOf);
    zoomAround((one[0] + two[0]) / 2, (one[1] + two[1]) / 2, spread() / Math.max(before, 1));
  } else if (view.side < WHOLE) {
    const unit = view.side / map.getBoundingClientRect().width;
    show(
      view.left - (event.clientX - last.clientX) * unit,
      view.top - (event.clientY - last.clientY) * unit,
      view.side,
    );
  }
});
for (const name of ["pointerup", "pointercancel"]) {
  window.addEventListener(name, (event) => pointers.delete(event.pointerId));
}
map.addEventListener("dragstart", (event) => event.preventDefault());

// The card of a point: after a moment under the mouse, at once by keyboard or touch.
let shownFor = "";
let waiting = 0;
let asking = null;

async function showCard(dot) {
  const number = dot.getAttribute("href").match(/(\d+)\/$/)[1];
  if (number === shownFor) return;
  shownFor = number;
  asking?.abort();
  asking = new AbortController();
  const url = new URL(`${map.dataset.cardUrl}${number}/`, location.href);
  url.search = location.search;
  url.searchParams.delete("incident");
  try {
    const answer = await fetch(url, { signal: asking.signal });
    if (answer.ok) card.innerHTML = await answer.text();
  } catch (error) {
    shownFor = "";
    if (error.name !== "AbortError") throw error;
  }
}

map.addEventListener("pointerover", (event) => {
  clearTimeout(waiting);
  const dot = event.target.closest(".dot");
  if (dot && event.pointerType === "mouse") waiting = setTimeout(showCard, READY_AFTER, dot);
});
map.addEventListener("focusin", (event) => {
  const dot = event.target.closest(".dot");
  if (!dot) return;
  enter(dot);
  showCard(dot);
});
let lastPointer = "";
map.addEventListener("pointerup", (event) => {
  lastPointer = event.pointerType;
});
map.addEventListener(
  "click",
  (event) => {
    const dot = event.target.closest(".dot");
    if (!dot) return;
    const isFirstTouch = lastPointer === "touch" && !dot.classList.contains("dot--at-hand");
    if (hasDragged || isFirstTouch) event.preventDefault();
    if (!isFirstTouch || hasDragged) return;
    for (const one of map.querySelectorAll(".dot--at-hand")) one.classList.remove("dot--at-hand");
    dot.classList.add("dot--at-hand");
    showCard(dot);
  },
  true,
);

// By keyboard the map is one stop; arrows go to the nearest point in their direction.
const AHEAD = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const placeOfDot = (dot) => {
  const circle = dot.querySelector("circle");
  return [circle.cx.baseVal.value, circle.cy.baseVal.value];
};
const isShown = (dot) => getComputedStyle(dot).display !== "none";
const isInView = (dot) => {
  const [x, y] = placeOfDot(dot);
  const isBeside = x < view.left || x > view.left + view.side;
  return !isBeside && y >= view.top && y <= view.top + view.side;
};

function enter(dot) {
  for (const one of map.querySelectorAll('.dot[tabindex="0"]')) one.setAttribute("tabindex", "-1");
  dot.setAttribute("tabindex", "0");
}

// Sideways counts double, so that arrows keep their direction.
function next(from, [right, down]) {
  const [x, y] = placeOfDot(from);
  let best = null;
  let least = Infinity;
  for (const dot of map.querySelectorAll(".dot")) {
    const [dotX, dotY] = placeOfDot(dot);
    const ahead = (dotX - x) * right + (dotY - y) * down;
    const aside = Math.abs((dotX - x) * down) + Math.abs((dotY - y) * right);
    if (dot === from || ahead <= 0 || aside > ahead * 2) continue;
    const distance = ahead + 2 * aside;
    if (distance < least && isShown(dot)) [best, least] = [dot, distance];
  }
  return best;
}

map.addEventListener("keydown", (event) => {
  const dot = event.target.closest(".dot");
  if (event.key === "+" || event.key === "-") {
    const [x, y] = dot ? placeOfDot(dot) : [middleX(), middleY()];
    zoomAround(x, y, event.key === "+" ? 2 : 0.5);
    return;
  }
  if (!dot || !AHEAD[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  const found = next(dot, AHEAD[event.key]);
  if (!found) return;
  if (!isInView(found)) {
    const [x, y] = placeOfDot(found);
    show(x - view.side / 2, y - view.side / 2, view.side);
  }
  found.focus({ preventScroll: true });
});

const first = map.querySelector(".dot--chosen") ?? map.querySelector(".dot");
if (first) enter(first);
document.querySelector("[data-map-help]").hidden = false;
box.classList.toggle("map-box--near", view.side < WHOLE);
refreshMoves();
