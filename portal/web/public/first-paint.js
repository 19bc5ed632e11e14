// Runs before the first paint, so that nobody in the dark is blinded by a white page. A file of its own: the
// content security policy allows no script inside the page.
(function () {
  var wanted = null;
  try {
    wanted = localStorage.getItem('gatehouse-appearance');
  } catch {
    // Storage is blocked: the system's wish decides.
  }
  var dark = wanted === 'dark' || (wanted !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.classList.add(dark ? 'dark' : 'light');
})();
