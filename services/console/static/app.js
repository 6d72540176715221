// Everything works without this file. It leaves faster, warns before the time is over,
// and keeps what was typed.
'use strict';
(() => {
  const body = document.body;
  const away = body.dataset.away || '/out';
  const tabs = 'BroadcastChannel' in window ? new BroadcastChannel('n') : null;
  const tell = what => { if (tabs) tabs.postMessage(what); };
  const hide = () => { document.documentElement.hidden = true; };

  // Leave: the page goes first, the rest is told on the way out.
  const leave = told => {
    hide();
    if (!told) {
      navigator.sendBeacon('/exit');
      tell('exit');
    }
    location.replace(away);
  };
  let shifts = [];
  addEventListener('keydown', e => {
    if (e.key !== 'Shift') { shifts = []; return; }
    if (e.repeat) return;
    shifts = shifts.filter(t => e.timeStamp - t < 1000);
    shifts.push(e.timeStamp);
    if (shifts.length >= 3) leave();
  });
  const exit = document.getElementById('exit');
  if (exit) exit.form.addEventListener('submit', e => { e.preventDefault(); leave(); });

  // A page that comes back from the browser's memory is asked for again.
  addEventListener('pageshow', e => { if (e.persisted) { hide(); location.reload(); } });

  // Time: after data-idle seconds without anybody the page is put away, with what is in
  // its form; data-warn seconds before that it asks. Whoever types is there.
  const idle = Number(body.dataset.idle) * 1000;
  const ask = document.getElementById('idle');
  let pinged = Date.now(), form = null;
  const here = () => {
    pinged = Date.now();
    if (ask && ask.open) ask.close ? ask.close() : ask.removeAttribute('open');
  };
  const put = told => {
    hide();
    const kept = new URLSearchParams();
    if (form) {
      new FormData(form).forEach((value, name) => {
        const field = form.elements.namedItem(name);
        if (typeof value === 'string' && !(field && field.type === 'password')) kept.append(name, value);
      });
      kept.append('_to', form.getAttribute('action') || '/');
    }
    if (!told) tell('put');
    fetch('/hold', { method: 'POST', body: kept, redirect: 'manual' }).finally(() => location.replace('/sign-in'));
  };
  if (tabs) tabs.onmessage = e => {
    if (e.data === 'exit') leave(true);
    if (e.data === 'here' && idle) here();
    if (e.data === 'put' && idle) put(true);
  };
  if (!idle || !ask) return;
  tell('here');
  const ping = () => {
    here();
    tell('here');
    fetch('/alive', { method: 'POST', redirect: 'manual' }).catch(() => {});
  };
  document.addEventListener('input', e => {
    if (e.target.form && e.target.form.method === 'post') form = e.target.form;
  });
  for (const kind of ['keydown', 'pointerdown']) {
    addEventListener(kind, () => {
      if (!ask.open && Date.now() - pinged > idle / 10) ping();
    });
  }
  document.getElementById('idle-stay').addEventListener('click', ping);
  ask.addEventListener('cancel', ping);
  const warn = Number(body.dataset.warn) * 1000;
  setInterval(() => {
    // What the node and the console count from is the last they were asked.
    const left = idle - (Date.now() - pinged);
    if (left < 1500) put();
    else if (left < warn && !ask.open) ask.showModal ? ask.showModal() : ask.setAttribute('open', '');
  }, Math.min(1000, idle / 10));
})();
