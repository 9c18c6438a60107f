// Sets the chosen theme before the first paint; without a choice the system's holds.
try {
  const { theme } = JSON.parse(localStorage.getItem("inferscope.settings") ?? "{}");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // No storage: the system's theme.
}
