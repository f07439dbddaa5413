(async () => {
'use strict';
const $ = (selector) => document.querySelector(selector);
const packed = Uint8Array.from(atob($('#data').textContent), (char) => char.charCodeAt(0));
const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
const D = JSON.parse(await new Response(unpacked).text());

let labeller = D.labeller, marks = [], skipped = new Set(), current = null, exported = true;

// A browser may refuse to keep anything; then the page asks before it is closed.
const place = () => `rlvr label ${D.key} ${labeller}`;
const keep = () => { try { localStorage.setItem(place(), JSON.stringify(marks)); } catch { /* as above */ } };
const kept = () => { try { return JSON.parse(localStorage.getItem(place())); } catch { return null; } };
const load = () => {
  const known = kept(), isMark = (each) => D.rows[each.row] && typeof each.label === 'number';
  marks = (Array.isArray(known) ? known : D.known.filter((each) => each.labeller === labeller)).filter(isMark);
  skipped = new Set();
};

const isLabelled = (row) => marks.some((each) => each.row === row);
const next = () => {
  const row = D.rows.findIndex((_, number) => !skipped.has(number) && !isLabelled(number));
  return row < 0 ? null : row;
};
const show = (row, note = '') => {
  current = row;
  const count = D.rows.filter((_, number) => isLabelled(number)).length;
  const at = row === null ? 'no row is left' : `row ${row + 1} of ${D.rows.length}`;
  $('#place').textContent = `${at}, ${count} labelled by ${labeller}`;
  $('#note').value = note;
  $('#row').replaceChildren();
  for (const [name, text] of row === null ? [['', 'All rows are labelled or skipped: export the labels.']] : D.rows[row].blocks) {
    const title = document.createElement('h2'), body = document.createElement('pre');
    title.textContent = name;
    body.textContent = text;
    $('#row').append(title, body);
  }
  scrollTo(0, 0);
};
const change = (row, note) => { exported = false; keep(); show(row, note); };

const label = (mark) => {
  if (current === null) return;
  marks.push({row: current, label: mark, note: $('#note').value});
  change(next());
};
const skip = () => { if (current !== null) { skipped.add(current); show(next()); } };
const undo = () => {
  const taken = marks.pop();
  if (taken) { skipped.delete(taken.row); change(taken.row, taken.note); }
};
const line = ({row, label, note}) => {
  const {id, position, sample} = D.rows[row];
  const rest = JSON.stringify({label, labeller, ...(note && {note}), position, sample});
  return `{"id":${id},${rest.slice(1)}\n`;
};
const save = () => {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob(marks.map(line), {type: 'application/x-ndjson'}));
  link.download = 'labels.jsonl';
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  exported = true;
};

for (const button of document.querySelectorAll('[data-mark]')) button.onclick = () => label(+button.dataset.mark);
$('#skip').onclick = skip;
$('#undo').onclick = undo;
$('#export').onclick = save;
$('#labeller').value = labeller;
$('#labeller').onchange = () => { labeller = $('#labeller').value.trim(); load(); show(next()); };
addEventListener('beforeunload', (event) => { if (!exported) event.preventDefault(); });
addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.target.tagName === 'INPUT') {
    if (event.key === 'Enter' || event.key === 'Escape') event.target.blur();
    return;
  }
  const act = {n: () => $('#note').focus(), s: skip, u: undo, e: save}[event.key];
  if (/^[0-9]$/.test(event.key)) label(+event.key);
  else if (act) { event.preventDefault(); act(); }
});

load();
$('#none').hidden = true;
$('#row').hidden = $('.marks').hidden = false;
show(next());
document.documentElement.dataset.ready = '1';
})();
