/* Shows one group of journeys at a time: rows, figures and curves. Without it the page still says everything, for all journeys. */
(function () {
  "use strict";
  var select = document.getElementById("group");
  if (!select) { return; }
  function show(key, title) {
    document.querySelectorAll("[data-group]").forEach(function (part) { part.hidden = part.dataset.group !== key; });
    document.querySelectorAll(".group-name").forEach(function (name) { name.textContent = title; });
  }
  select.closest(".chooser").hidden = false;
  select.selectedIndex = 0; /* browsers restore the last choice on reload */
  select.addEventListener("change", function () {
    var option = select.options[select.selectedIndex];
    show(select.value, option.dataset.title || option.textContent);
  });
})();
