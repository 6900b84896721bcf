// Countdowns tick; without this they stand as the server drew them.
(() => {
  const words = JSON.parse(document.getElementById('data').textContent) || {};
  const pad = (n) => String(n).padStart(2, '0');
  const clocks = [...document.querySelectorAll('.countdown time')];
  // The phone's clock may be wrong: only how much time passed is taken from it.
  const start = performance.now();
  const tick = () => {
    let open = false;
    for (const clock of clocks) {
      const left = Math.floor((Date.parse(clock.dateTime) - words.now - (performance.now() - start)) / 1000);
      if (left <= 0) {
        clock.textContent = clock.dataset.after;
        continue;
      }
      open = true;
      const days = Math.floor(left / 86400);
      const rest = `${pad(Math.floor(left / 3600) % 24)}:${pad(Math.floor(left / 60) % 60)}:${pad(left % 60)}`;
      clock.textContent = days > 0 ? `${days} ${words.days} ${rest}` : rest;
    }
    if (open) setTimeout(tick, 1000);
  };
  if (clocks.length > 0) tick();
})();
