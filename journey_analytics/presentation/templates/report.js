/* Draws the figures from the data beside, in the colours of the day or the night, and switches groups.
   Without it the page still says everything, for all journeys. */
(function () {
  "use strict";
  var data = JSON.parse(document.getElementById("figure-data").textContent);
  var night = window.matchMedia("(prefers-color-scheme: dark)");
  var group = "g0";
  var printing = false;

  function recolour(value, table) {
    if (typeof value === "string") {
      return Object.prototype.hasOwnProperty.call(table, value) ? table[value] : value;
    }
    if (Array.isArray(value)) {
      return value.map(function (part) { return recolour(part, table); });
    }
    if (value && typeof value === "object") {
      var made = {};
      Object.keys(value).forEach(function (key) { made[key] = recolour(value[key], table); });
      return made;
    }
    return value;
  }

  function draw(id) {
    var element = document.getElementById(id);
    try {
      place(element, data.figures[id][group] || data.figures[id].g0);
    } catch (error) { /* one figure must not take the others with it */
      element.textContent = "This figure could not be drawn; its numbers stand in the tables.";
      window.console.error(error);
    }
  }

  function place(element, figure) {
    /* Always a copy: plotly.js writes into what it is given. */
    var copy = recolour(figure, night.matches && !printing ? data.swaps : {});
    if (printing) {
      /* What fits between the margins of A4 and of Letter; the style sheet shrinks the wide one to it. */
      copy.layout.width = element.classList.contains("wide") ? 865 : 640;
    }
    window.Plotly.newPlot(element, copy.data, copy.layout, data.config);
  }

  function drawAll() { Object.keys(data.figures).forEach(draw); }

  function show(key, title) {
    document.querySelectorAll("table.stages tbody").forEach(function (rows) {
      rows.hidden = rows.id !== "rows-" + key;
    });
    document.getElementById("group-name").textContent = title;
    group = key;
    ["figure-outcomes", "figure-rates"].forEach(function (id) {
      var element = document.getElementById(id);
      if (element) { element.setAttribute("aria-label", "Figure for " + title + "; the numbers stand in the table above."); }
      draw(id);
    });
  }

  var select = document.getElementById("group");
  if (select) {
    select.closest(".chooser").hidden = false;
    select.selectedIndex = 0; /* browsers restore the last choice on reload */
    select.addEventListener("change", function () {
      var option = select.options[select.selectedIndex];
      show(select.value, option.dataset.title || option.textContent);
    });
  }
  night.addEventListener("change", drawAll);
  window.addEventListener("beforeprint", function () { printing = true; drawAll(); });
  window.addEventListener("afterprint", function () { printing = false; drawAll(); });
  drawAll();
  document.documentElement.dataset.drawn = String(document.querySelectorAll(".js-plotly-plot").length);
})();
