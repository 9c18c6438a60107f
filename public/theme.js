// Sets the theme before the first paint: the chosen one, else the system's.
let chosen;
try {
  chosen = JSON.parse(localStorage.getItem("inferscope.settings") ?? "{}").theme;
} catch {
  // No storage: the system's theme.
}
const dark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
document.documentElement.dataset.theme = dark ? "dark" : "light";
