/* Shows one group of journeys at a time: rows, figures, curves, maps. Without it the page still says everything, for all journeys.
   An address that ends in #show-KEY opens the page at that group. */
(function () {
  "use strict";
  var select = document.getElementById("group");
  if (!select) { return; }
  function show() {
    var option = select.options[select.selectedIndex];
    var title = option.dataset.title || option.textContent;
    document.querySelectorAll("[data-group]").forEach(function (part) { part.hidden = part.dataset.group !== select.value; });
    document.querySelectorAll(".group-name").forEach(function (name) { name.textContent = title; });
  }
  function asked() {
    var key = window.location.hash.replace(/^#show-/, "");
    var found = Array.prototype.findIndex.call(select.options, function (option) { return option.value === key; });
    select.selectedIndex = found < 0 ? 0 : found; /* browsers restore the last choice on reload */
    show();
    if (found > 0) { select.scrollIntoView({ block: "center" }); }
  }
  select.closest(".chooser").hidden = false;
  select.addEventListener("change", show);
  window.addEventListener("hashchange", asked);
  asked();
})();
