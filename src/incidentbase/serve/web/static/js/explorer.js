// The form of the GraphQL page: asks without leaving the page, and with questions of any length.
const form = document.querySelector("form[data-explorer]");
const answer = document.querySelector("[data-answer]");

const show = (text) => {
  answer.hidden = false;
  answer.querySelector("pre").textContent = text;
};

const ask = async () => {
  const query = form.elements.query.value;
  const written = form.elements.variables.value.trim();
  let variables;
  try {
    variables = written ? JSON.parse(written) : {};
  } catch (error) {
    show(`variables: ${error.message}`);
    form.elements.variables.focus();
    return;
  }
  answer.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(form.dataset.explorer, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ query, variables }),
    });
    show(JSON.stringify(await response.json(), null, 2));
  } catch (error) {
    show(error.message);
  } finally {
    answer.removeAttribute("aria-busy");
  }
};

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  ask();
});

form?.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    ask();
  }
});

// A link to a type opens it.
addEventListener("hashchange", () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target?.matches("details")) target.open = true;
});
