// The page holds a code that ends: it asks for itself again before that, also when a phone wakes up after it, and when the picture does
// not come.
(function () {
  'use strict';
  var data = JSON.parse(document.getElementById('data').textContent);
  var due = Date.now() + data.refresh_ms;
  function again() { if (Date.now() >= due) location.reload(); }
  setInterval(again, 5000);
  document.addEventListener('visibilitychange', function () { if (!document.hidden) again(); });
  window.addEventListener('pageshow', again);
  var picture = document.querySelector('.code img');
  if (!picture) return;
  picture.addEventListener('error', function () {
    var key = 'koi-group-retry', tried = 0;
    try { tried = Number(sessionStorage.getItem(key) || 0); sessionStorage.setItem(key, String(tried + 1)); } catch (e) { tried = 3; }
    if (tried < 3) setTimeout(function () { location.reload(); }, 1500 * (tried + 1));
  });
  picture.addEventListener('load', function () { try { sessionStorage.removeItem('koi-group-retry'); } catch (e) { } });
})();
