// The theme names neither its main part nor the search fields of its selects for who cannot see them.
addEventListener("load", () => {
  document.getElementById("main")?.setAttribute("role", "main");
  for (const select of document.querySelectorAll("select.select2-hidden-accessible")) {
    const field = select.nextElementSibling?.querySelector(".select2-search__field");
    field?.setAttribute("aria-label", select.labels?.[0]?.textContent.trim() ?? "");
  }
});

// Buttons that copy an address, and say so.
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  const words = button.textContent;
  button.textContent = button.dataset.copied;
  setTimeout(() => { button.textContent = words; }, 1500);
});
