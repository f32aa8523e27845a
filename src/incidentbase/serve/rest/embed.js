/* Shows links to incidents on other sites. Put an element of the class `aiid-embed` into a page:
     data-incident-id         the number of an incident, or
     data-report-url          the address of a report, whose incidents are looked up
     data-text-template       words of the link; {{incident_id}} stands for the number
     data-empty-text-message  words when nothing is known; empty hides the element
   and load this file once. It finds this site by its own address. */
(function () {
  "use strict";

  const base = new URL(".", document.currentScript.src);
  const TEMPLATE = "View incident #{{incident_id}} on AIID";
  const NOTHING = "No incidents found";
  let index = null;

  function lookUp() {
    if (!index) {
      index = fetch(new URL("lookupIndex.json", base)).then(function (answer) {
        if (!answer.ok) throw new Error("status " + answer.status);
        return answer.json();
      });
    }
    return index;
  }

  function keyOf(address) {
    let name = address;
    try {
      const url = new URL(address);
      name = url.host + url.pathname;
    } catch {
      // What is no address counts as it is.
    }
    let hash = 0x811c9dc5;
    for (let at = 0; at < name.length; at += 1) {
      hash = ((hash ^ name.charCodeAt(at)) * 16777619) >>> 0;
    }
    return hash.toString(36).repeat(2);
  }

  function show(element, numbers) {
    const given = element.dataset;
    element.replaceChildren();
    if (!numbers.length) {
      const words = given.emptyTextMessage ?? NOTHING;
      element.textContent = words;
      element.hidden = words === "";
      return;
    }
    const list = document.createElement("ul");
    for (const number of numbers) {
      const link = document.createElement("a");
      link.href = new URL("cite/" + number, base).href;
      link.target = "_blank";
      link.rel = "noopener";
      link.textContent = (given.textTemplate || TEMPLATE).replaceAll("{{incident_id}}", number);
      const item = document.createElement("li");
      item.append(link);
      list.append(item);
    }
    element.append(list);
  }

  function fill(element) {
    const number = (element.dataset.incidentId || "").trim();
    if (/^[1-9][0-9]{0,8}$/.test(number)) {
      show(element, [number]);
    } else if (element.dataset.reportUrl) {
      lookUp().then(
        function (known) {
          show(element, known[keyOf(element.dataset.reportUrl)] || []);
        },
        function () {
          // Without an answer it is not known that there is nothing: show nothing at all.
          element.hidden = true;
        },
      );
    } else {
      show(element, []);
    }
  }

  function start() {
    document.querySelectorAll(".aiid-embed").forEach(fill);
  }

  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", start);
  } else {
    start();
  }
})();
