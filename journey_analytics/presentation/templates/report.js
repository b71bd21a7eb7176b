/* Draws the stage graph from the data beside, in the colours of the day or the night. Without it the table below says the same. */
(function () {
  "use strict";
  var data = JSON.parse(document.getElementById("figure-data").textContent);
  var night = window.matchMedia("(prefers-color-scheme: dark)");
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
      place(element, data.figures[id]);
    } catch (error) {
      element.textContent = "This figure could not be drawn; its numbers stand in the table.";
      window.console.error(error);
    }
  }

  function place(element, figure) {
    /* Always a copy: plotly.js writes into what it is given. */
    var copy = recolour(figure, night.matches && !printing ? data.swaps : {});
    if (printing) {
      /* What fits between the margins of A4 and of Letter; the style sheet shrinks it to that. */
      copy.layout.width = 865;
    }
    window.Plotly.newPlot(element, copy.data, copy.layout, data.config);
  }

  function drawAll() { Object.keys(data.figures).forEach(draw); }

  night.addEventListener("change", drawAll);
  window.addEventListener("beforeprint", function () { printing = true; drawAll(); });
  window.addEventListener("afterprint", function () { printing = false; drawAll(); });
  drawAll();
  document.documentElement.dataset.drawn = String(document.querySelectorAll(".js-plotly-plot").length);
})();
