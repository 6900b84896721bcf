(function () {
  'use strict';
  var form = document.getElementById('where');
  if (!form || !('geolocation' in navigator)) return;
  var words = JSON.parse(document.getElementById('data').textContent);
  var said = document.getElementById('where-said');
  var button = form.querySelector('button');
  form.hidden = false;
  function say(text) { said.textContent = text; said.hidden = false; button.disabled = false; }
  form.addEventListener('submit', function (event) {
    if (form.elements.lat.value) return;
    event.preventDefault();
    button.disabled = true;
    navigator.geolocation.getCurrentPosition(function (at) {
      form.elements.lat.value = at.coords.latitude.toFixed(5);
      form.elements.lng.value = at.coords.longitude.toFixed(5);
      form.submit();
    }, function (error) { say(error.code === 1 ? words.denied : words.failed); }, { timeout: 8000, maximumAge: 300000 });
  });
})();
