// Everything works without this file. It leaves faster, warns before the time is over,
// and keeps what was typed.
'use strict';
(() => {
  const body = document.body;
  const away = body.dataset.away || '/out';
  const tabs = 'BroadcastChannel' in window ? new BroadcastChannel('n') : null;

  // Leave: the page goes first, the rest is told on the way out.
  const leave = told => {
    document.documentElement.hidden = true;
    document.title = '';
    if (!told) {
      navigator.sendBeacon('/exit');
      if (tabs) tabs.postMessage('exit');
    }
    location.replace(away);
  };
  if (tabs) tabs.onmessage = e => { if (e.data === 'exit') leave(true); };
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
  addEventListener('pageshow', e => { if (e.persisted) location.reload(); });
})();
