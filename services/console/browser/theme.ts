// Runs before the page is painted, so that a chosen scheme never flashes; hence no module.
{
  const chosen = localStorage.getItem('vigilstream-theme');
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset['theme'] = chosen;
}
