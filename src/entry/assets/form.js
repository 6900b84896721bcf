// Sends a chosen file ahead and puts its id into the form; and a form is sent once.
(() => {
  const words = JSON.parse(document.getElementById('data').textContent);
  const form = document.querySelector('form');
  if (!form) return;
  let waiting = 0;
  const send = async (input) => {
    const [file] = input.files;
    const id = input.parentElement.querySelector('input[type="hidden"]');
    const said = input.parentElement.querySelector('[role="status"]');
    id.value = '';
    if (!file) return;
    if (file.size > Number(input.dataset.max)) {
      said.textContent = words.large;
      input.value = '';
      return;
    }
    said.textContent = words.sending;
    waiting += 1;
    try {
      const query = new URLSearchParams({ question: input.dataset.question, name: file.name });
      const reply = await fetch(`${words.files}?${query}`, { method: 'POST', body: file, headers: { 'Content-Type': 'application/octet-stream' } });
      const body = await reply.json();
      if (!reply.ok) throw new Error(body.detail || body.title);
      id.value = body.id;
      said.textContent = words.sent;
    } catch (error) {
      said.textContent = error.message || words.failed;
      input.value = '';
    } finally {
      waiting -= 1;
    }
  };
  for (const input of document.querySelectorAll('input[type="file"]')) input.addEventListener('change', () => send(input));
  let gone = false;
  form.addEventListener('submit', (event) => {
    if (gone || waiting > 0) event.preventDefault();
    else gone = true;
  });
  // Back from the next page: the form may be sent again.
  addEventListener('pageshow', () => { gone = false; });
})();
