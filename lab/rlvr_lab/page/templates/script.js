(async () => {
'use strict';
const $ = (selector) => document.querySelector(selector);
const $$ = (selector) => document.querySelectorAll(selector);
// Text goes into the page by append only, so that no completion becomes markup.
const make = (tag, cls, ...children) => {
  const made = document.createElement(tag);
  if (cls) made.className = cls;
  made.append(...children.filter((child) => child)); // without null, 0 and ''
  return made;
};
const span = (...rest) => make('span', ...rest), div = (...rest) => make('div', ...rest);
const packed = Uint8Array.from(atob($('#data').textContent), (char) => char.charCodeAt(0));
const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
const D = JSON.parse(await new Response(unpacked).text());
const R = D.rows, T = D.texts, N = R.at.length, B = D.b;

// Characters that are not seen, or that turn the text around, become tags such as U+202E.
const HIDDEN = new RegExp(D.hidden, 'g');
const code = (char) => 'U+' + char.codePointAt(0).toString(16).toUpperCase().padStart(4, '0');
const safe = (text) => {
  const found = document.createDocumentFragment();
  let from = 0;
  for (const match of text.matchAll(HIDDEN)) {
    found.append(text.slice(from, match.index), span('ctl', code(match[0])));
    from = match.index + 1;
  }
  found.append(text.slice(from));
  return found;
};
const flat = (text) => safe(text.slice(0, 240).replace(/\s+/g, ' '));
const number = (value) => value == null ? '–' : (+value.toFixed(3)).toString().replace('-', '−');
const signed = (value) => (value > 0 ? '+' : '') + number(value);
const whole = (value) => value.toLocaleString('en');

const taskOf = (i) => D.tasks[R.task[i]][0];
const verdictOf = (i, side = R) => D.verdicts[side.verdict[i]][0];
const isScored = (i, side = R) => side.band[i] >= 0;
const groupOf = (i) => B ? -1 : R.group[i];
const isFlat = (g) => D.groups.mean[g] != null && D.groups.state[g] !== 'teaches';
const members = new Map();
if (!B) R.group.forEach((g, i) => g >= 0 && (members.get(g) || members.set(g, []).get(g)).push(i));

// The state is in the address, so that a filtered list can be sent.
const FILTERS = 'q task verdict reason min max band flat advice change move'.split(' ');
const EMPTY = {...Object.fromEntries(FILTERS.map((key) => [key, ''])), sort: B ? 'change' : 'line', tab: 'rows', row: ''};
const state = {...EMPTY};
for (const [key, value] of new URLSearchParams(location.hash.slice(1))) if (key in EMPTY) state[key] = value;
const save = () => {
  const set = Object.entries(state).filter(([key, value]) => value !== EMPTY[key]);
  try { history.replaceState(null, '', '#' + new URLSearchParams(set)); } catch { /* some viewers forbid it */ }
};
let shown = [], at = -1, open = -1;

// One function for each filter that is set: a row is tested by those only.
const tests = () => {
  const {q, task, verdict, reason, min, max, band, flat: one, advice, change, move} = state, found = [];
  const add = (value, test) => value !== '' && found.push(test);
  add(task, (i) => taskOf(i) === task);
  add(verdict, (i) => verdictOf(i) === verdict);
  add(reason, (i) => D.classes[R.cls[i]] === reason);
  add(min, (i) => isScored(i) && R.reward[i] >= +min - 1e-9);
  add(max, (i) => isScored(i) && R.reward[i] <= +max + 1e-9);
  add(band, (i) => R.band[i] === +band);
  add(one, (i) => groupOf(i) >= 0 && isFlat(R.group[i]));
  add(advice, (i) => R.advice?.[i].includes(+advice));
  add(change, (i) => Math.sign(B.change[i]) === {better: 1, worse: -1}[change]);
  add(move, (i) => R.move[i] === +move);
  const words = q.toLowerCase();
  add(q, (i) => [R.id[i], R.completion[i], T[R.prompt[i]], T[R.why[i]], B ? B.completion[i] + '\n' + T[B.why[i]] : ''].some((text) => text.toLowerCase().includes(words)));
  return found;
};
const KEYS_OF = {
  low: (i) => isScored(i) ? R.reward[i] : Infinity,
  high: (i) => isScored(i) ? -R.reward[i] : Infinity,
  long: (i) => -R.words[i],
  slow: (i) => -R.us[i],
  change: (i) => -Math.abs(B.change[i]),
};
const matches = () => {
  const all = tests(), found = [], key = KEYS_OF[state.sort];
  for (let i = 0; i < N; i++) if (all.every((test) => test(i))) found.push(i);
  if (!key) return found;
  const keys = new Map(found.map((i) => [i, key(i)]));
  return found.sort((a, b) => (keys.get(a) - keys.get(b)) || a - b);
};
const groupMatches = () => {
  const found = [...new Set(matches().map(groupOf))].filter((g) => g >= 0);
  const mean = D.groups.mean, key = {low: (g) => mean[g] ?? Infinity, high: (g) => -(mean[g] ?? -Infinity)}[state.sort];
  return key ? found.sort((a, b) => key(a) - key(b) || a - b) : found;
};
const firstOf = (item) => state.tab === 'groups' && item != null ? members.get(item)[0] : item;

// The list draws what is seen and a little more.
const list = $('#list'), space = $('#space'), aside = $('aside'), none = $('#none'), HEIGHT = 46;
let drawn = [0, 0];
const score = (i, side = R) => isScored(i, side) ? number(side.reward[i]) : '–';
const rewardCell = (i, side = R) => span('rw r' + (isScored(i, side) ? side.tone[i] : 'x'), score(i, side));
const verdictTag = (i, side = R) => span('tag ' + D.verdicts[side.verdict[i]][1], verdictOf(i, side));
const excerpt = (i, side = R) => {
  const text = side.completion[i], one = (piece) => safe(piece.replace(/\s+/g, ' '));
  if (!side.span[i]) return one(text.length > 60 ? '…' + text.slice(-60) : text);
  const [start, end] = side.span[i], found = document.createDocumentFragment();
  found.append(one((start > 26 ? '…' : '') + text.slice(Math.max(0, start - 26), start)), make('mark', '', one(text.slice(start, Math.min(end, start + 60)))), one(text.slice(end, end + 40)));
  return found;
};
const reasonCell = (i, side, cls) => span(cls, ...(isScored(i, side) ? [] : [verdictTag(i, side), ' ']), flat(T[side.why[i]]));
const strip = (group, here, tag) => span('strip', ...group.slice(0, 16).map((i) => {
  const cell = make(tag, 'r' + (isScored(i) ? R.tone[i] : 'x') + (i === here ? ' here' : ''), isScored(i) ? number(+R.reward[i].toFixed(2)).replace('0.', '.') : '!');
  cell.title = `${R.id[i]}: ${score(i)} ${verdictOf(i)}`.replace(HIDDEN, code);
  cell.dataset.row = i;
  return cell;
}), group.length > 16 ? span('more', `+${group.length - 16}`) : null);
const CELLS = {
  rows: (i) => [rewardCell(i), span('t s', taskOf(i)), span('', flat(T[R.prompt[i]])), span('mono', excerpt(i)), reasonCell(i, R, 'w s'), span('w n', whole(R.words[i]))],
  groups: (g) => [span('t s', taskOf(firstOf(g))), span('', flat(T[R.prompt[firstOf(g)]])), strip(members.get(g), -1, 'span'), span('n', number(D.groups.mean[g])), span('w n', number(D.groups.spread[g])), span('w', D.groups.state[g] === 'teaches' ? null : span('tag' + (isFlat(g) ? '' : ' warn'), D.groups.state[g]))],
  compare: (i) => [span(['down', '', 'up'][Math.sign(B.change[i]) + 1], `${score(i)} → ${score(i, B)} ${'▼ ▲'[Math.sign(B.change[i]) + 1]}`), span('w s', taskOf(i)), span('mono', excerpt(i, B)), reasonCell(i, R, 'w s'), reasonCell(i, B, '')],
};
const kind = () => B ? 'compare' : state.tab;
const draw = (isPrinted) => {
  const from = isPrinted ? 0 : Math.max(0, Math.floor(list.scrollTop / HEIGHT) - 6);
  const to = isPrinted ? Math.min(shown.length, 100) : Math.min(shown.length, from + Math.ceil(list.clientHeight / HEIGHT) + 12);
  drawn = [from, to];
  space.replaceChildren(...shown.slice(from, to).map((item, n) => {
    const k = from + n, row = div('row ' + kind(), ...CELLS[kind()](item));
    row.style.top = k * HEIGHT + 'px';
    row.onclick = (event) => { at = k; draw(); show(+(event.target.dataset.row ?? firstOf(item))); };
    return Object.assign(row, {id: 'row' + k, role: 'option', ariaSelected: k === at, ariaPosInSet: k + 1, ariaSetSize: shown.length});
  }));
  space.style.height = shown.length * HEIGHT + 'px';
  list.setAttribute('aria-activedescendant', at >= from && at < to ? 'row' + at : '');
};
const refresh = () => {
  shown = state.tab === 'groups' ? groupMatches() : matches();
  at = Math.min(at, shown.length - 1);
  $('#head').className = 'row head ' + kind();
  $('#head').replaceChildren(...D.heads[kind()].map(([name, cls]) => span(cls, name)));
  const total = state.tab === 'groups' ? members.size : N;
  $('#count').replaceChildren(make('b', '', whole(shown.length)), ` of ${whole(total)} ${B ? 'that changed' : state.tab}`);
  none.hidden = shown.length > 0;
  none.textContent = 'Nothing fits.';
  for (const field of $$('[data-key]')) if (field.value !== state[field.dataset.key]) field.value = state[field.dataset.key];
  for (const tab of $$('[data-tab]')) tab.ariaPressed = tab.dataset.tab === state.tab;
  const chip = $('#band'), task = D.tasks.find(([name]) => name === state.task);
  chip.textContent = state.flat ? 'zero-variance groups' : state.advice ? D.advice?.[state.advice] : state.band && task ? task[1][state.band] : '';
  chip.hidden = !chip.textContent;
  $('#clear').hidden = !FILTERS.some((key) => state[key] !== '');
  save();
  draw();
};
const set = (change, isJump) => {
  Object.assign(state, change);
  at = -1;
  list.scrollTop = 0;
  refresh();
  if (isJump) $('.work').scrollIntoView({block: 'start'});
};

// One row in full, beside the list.
const block = (title, ...children) => [make('h3', '', title), ...children];
const textBox = (text) => Object.assign(div('text', safe(text)), {tabIndex: 0});
const completionBox = (i, side) => {
  const text = side.completion[i], [start, end] = side.span[i] || [0, 0], [gap, missing] = side.cut[i] || [-1, 0], box = textBox('');
  const ends = [...new Set([side.think[i], start, end, missing ? gap : 0, text.length])].sort((a, b) => a - b);
  let from = 0;
  for (const to of ends) {
    const piece = safe(text.slice(from, to));
    box.append(from >= start && to <= end && to > from ? make('mark', '', piece) : span(to <= side.think[i] ? 'think' : '', piece));
    if (missing && to === gap) box.append(span('tag warn', `${whole(missing)} characters left out; the run folder has them`));
    from = to;
  }
  return box;
};
const scores = (i, side) => side.parts[i].map(([name, id, value, verdict, failure, reason, note, pairs]) => {
  const facts = make('dl');
  for (const [key, found] of pairs) facts.append(make('dt', '', safe(T[key])), make('dd', '', safe(T[found])));
  return div('part', div('', make('b', '', safe(T[name])), span('meta', safe(T[id])), failure && span('tag ' + D.verdicts[verdict][1], T[failure]), span('v', T[value])), div('', safe(T[reason])), div('meta', safe(T[note])), facts);
});
const groupBlock = (i) => {
  const g = groupOf(i);
  if (g < 0) return [];
  const group = members.get(g), mean = D.groups.mean[g], spread = D.groups.spread[g];
  const words = mean == null ? 'a row was not scored' : `mean ${number(mean)} ± ${number(spread)}; ` + (isFlat(g) ? 'no advantage: one reward only' : `advantage in GRPO ${signed((R.reward[i] - mean) / spread)}`);
  return block(`Its group of ${group.length}`, strip(group, i, 'button'), make('p', 'meta', words));
};
const button = (label, title, onclick) => Object.assign(make('button', '', label), {title, ariaLabel: title, onclick});
const show = (i) => {
  if (!(i >= 0 && i < N)) return;
  open = i;
  state.row = R.at[i];
  save();
  const sides = B ? [['A: ', R], ['B: ', B]] : [['', R]], explain = D.explain[R.file[i]];
  aside.replaceChildren(
    div('top', ...sides.map(([, side]) => rewardCell(i, side)), make('b', '', safe(R.id[i])), ...sides.map(([, side]) => verdictTag(i, side)), span('meta', `${taskOf(i)} · line ${R.line[i]}`), span('tools', button('↑', 'Previous (k)', previous), button('↓', 'Next (j)', next), button('✕', 'Close (Esc)', hide))),
    ...sides.map(([name, side]) => div('eq', name, safe(T[side.sum[i]] || T[side.why[i]]))),
    ...block('Prompt', textBox(T[R.prompt[i]])),
    ...(!B || R.completion[i] === B.completion[i] ? block(R.span[i] ? 'Completion, stated answer marked' : 'Completion', completionBox(i, B || R)) : sides.flatMap(([name, side]) => block(`Completion ${name.slice(0, 1)}`, completionBox(i, side)))),
    ...block('Reference', textBox(T[R.reference[i]])),
    ...block(B ? 'Scorers in A and in B' : 'Scorers', ...(B ? [div('two', ...sides.map(([, side]) => div('', ...scores(i, side))))] : scores(i, R))),
    ...groupBlock(i),
    ...(explain ? block('Command line', textBox(`${explain} ${R.line[i]}`)) : []));
  for (const cell of aside.querySelectorAll('.strip [data-row]')) cell.onclick = () => show(+cell.dataset.row);
  aside.hidden = false;
  aside.scrollTop = 0;
};
const hide = () => { aside.hidden = true; open = -1; state.row = ''; save(); list.focus({preventScroll: true}); };
const step = (by) => {
  if (!shown.length) return;
  at = Math.min(shown.length - 1, Math.max(0, at + by));
  const top = at * HEIGHT;
  if (top < list.scrollTop) list.scrollTop = top;
  else if (top + HEIGHT + 32 > list.scrollTop + list.clientHeight) list.scrollTop = top + HEIGHT + 32 - list.clientHeight;
  draw();
  if (open >= 0) show(firstOf(shown[at]));
};
const sibling = (by) => {
  const group = open >= 0 && members.get(groupOf(open));
  if (group) show(group[(group.indexOf(open) + by + group.length) % group.length]);
};
const theme = () => {
  const root = document.documentElement.dataset, system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  root.theme = (root.theme || system) === 'dark' ? 'light' : 'dark';
};

let timer;
for (const field of $$('[data-key]')) {
  const take = () => set({[field.dataset.key]: field.value});
  field.oninput = field.type === 'search' ? () => { clearTimeout(timer); timer = setTimeout(take, 120); } : take;
}
for (const tab of $$('[data-tab]')) tab.onclick = () => set({tab: tab.dataset.tab});
for (const shower of $$('[data-f]')) {
  shower.onclick = () => set({...EMPTY, ...JSON.parse(shower.dataset.f)}, true);
  if (shower.tagName !== 'BUTTON') shower.onkeydown = (event) => {
    if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); event.stopPropagation(); shower.onclick(); }
  };
}
const help = () => $('dialog').showModal();
$('#band').onclick = () => set({band: '', flat: '', advice: ''});
$('#clear').onclick = () => set({...EMPTY, tab: state.tab, sort: state.sort});
$('#theme').onclick = theme;
$('#help').onclick = help;
list.onscroll = () => {
  const from = Math.floor(list.scrollTop / HEIGHT), to = Math.min(shown.length, from + Math.ceil(list.clientHeight / HEIGHT));
  if (from < drawn[0] || to > drawn[1]) draw();
};
addEventListener('resize', () => draw());
addEventListener('beforeprint', () => draw(true));
addEventListener('afterprint', () => draw());
const openAt = () => show(firstOf(shown[at]));
const next = () => step(1), previous = () => step(-1);
const KEYS = {j: next, ArrowDown: next, k: previous, ArrowUp: previous, PageDown: () => step(10), PageUp: () => step(-10), Home: () => step(-N), End: () => step(N), Enter: openAt, o: openAt, Escape: hide, '[': () => sibling(-1), ']': () => sibling(1), '/': () => $('[data-key=q]').focus(), g: () => { if (!B) set({tab: state.tab === 'rows' ? 'groups' : 'rows'}); }, t: theme, '?': help};
addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || $('dialog').open) return;
  const isField = /^(INPUT|SELECT)$/.test(event.target.tagName), isMove = /^(Arrow|Page|Home|End|Enter)/.test(event.key);
  if (isField) { if (event.key === 'Escape') list.focus(); return; }
  if (isMove && event.target !== list && !(open >= 0 && event.key.startsWith('Arrow') && event.target === document.body)) return;
  if (Object.hasOwn(KEYS, event.key)) { event.preventDefault(); KEYS[event.key](); }
});
refresh();
const start = R.at.indexOf(state.row);
if (start >= 0) { at = shown.indexOf(state.tab === 'groups' ? groupOf(start) : start); step(0); show(start); }
document.documentElement.dataset.ready = '1';
})().catch((error) => {
  const none = document.querySelector('#none');
  none.hidden = false;
  none.textContent = 'The rows cannot be shown: ' + error.message;
});
