// Shows an OpenAPI document of this server, and lets one try its methods. Text goes into the page as text only.
const at = id => document.getElementById(id);
const schemas = '#/components/schemas/';

/** What the answers gave that other requests need; in memory only. */
const known = new Map();
let token = null;
let api = null;

/** An element with properties and children. */
function make(name, properties = {}, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children.filter(child => child !== null && child !== undefined));
  return element;
}

/** Paragraphs with **strong** and `code`. */
function prose(text) {
  return text.split('\n\n').map(paragraph => make('p', {}, ...paragraph.split(/(\*\*[^*]+\*\*|`[^`]+`)/).map(part =>
    part.startsWith('**') ? make('strong', { textContent: part.slice(2, -2) })
      : part.startsWith('`') ? make('code', { textContent: part.slice(1, -1) })
        : part)));
}

function table(heads, rows) {
  return make('div', { className: 'table' }, make('table', {},
    make('thead', {}, make('tr', {}, ...heads.map(head => make('th', { scope: 'col', textContent: head })))),
    make('tbody', {}, ...rows.map(row => make('tr', {}, ...row.map(cell => make('td', {}, cell)))))));
}

const code = text => make('code', { textContent: text });

/** A schema with what its reference leads to. */
function resolve(schema) {
  if (!schema.$ref) {
    return schema;
  }
  const { $ref, ...own } = schema;
  return { ...resolve(api.components.schemas[$ref.slice(schemas.length)]), ...own };
}

function typeOf(schema) {
  const s = resolve(schema);
  const words = s.const !== undefined ? JSON.stringify(s.const)
    : s.enum ? s.enum.map(value => JSON.stringify(value)).join(', ')
      : s.type === 'array' ? `array of ${s.items ? typeOf(s.items) : 'anything'}`
        : [s.type ?? 'anything'].flat().join(' or ');
  const bounds = [
    s.maximum !== undefined ? `${s.minimum ?? 0} to ${s.maximum}` : s.minimum !== undefined && `at least ${s.minimum}`,
    s.maxLength !== undefined && `at most ${s.maxLength} characters`,
    s.maxItems !== undefined && `${s.minItems ?? 0} to ${s.maxItems} elements`,
    s.default !== undefined && `${JSON.stringify(s.default)} unless told`,
  ].filter(Boolean);
  return [words, ...bounds].join(', ');
}

/** Rows for the members of an object, those of objects inside it too. */
function members(schema, prefix = '') {
  const s = resolve(schema);
  return Object.entries(s.properties ?? {}).flatMap(([name, member]) => {
    const inner = resolve(member);
    const nested = inner.type === 'array' && inner.items ? resolve(inner.items) : inner;
    const mark = inner.type === 'array' ? '[].' : '.';
    return [
      [code(prefix + name), (s.required ?? []).includes(name) ? 'required' : 'optional', typeOf(member), inner.description ?? ''],
      ...nested.properties ? members(nested, prefix + name + mark) : [],
    ];
  });
}

const fields = schema => (resolve(schema).anyOf ?? [schema]).map(way => members(way)).filter(rows => rows.length)
  .map(rows => table(['Member', '', 'Type', 'Meaning'], rows));

/** Success: members and examples. Refusals: one table of all. */
function answers(operation) {
  const parts = [];
  const refusals = [];
  for (const [status, answer] of Object.entries(operation.responses)) {
    const media = Object.values(answer.content ?? {})[0];
    const examples = Object.values(media?.examples ?? {});
    if (examples.some(example => example.value?.error || example.value?.code)) {
      refusals.push(...examples.map(({ summary, value }) => [status, code(value.error ?? value.code), value.error_description ?? value.detail ?? '', summary]));
      continue;
    }
    parts.push(make('h3', { textContent: `Answer ${status}: ${answer.description}` }), ...media ? fields(media.schema) : []);
    for (const { summary, value } of examples) {
      parts.push(make('details', {}, make('summary', { textContent: `Example: ${summary}` }),
        make('pre', { textContent: typeof value === 'string' ? value : JSON.stringify(value, null, 2) })));
    }
  }
  return [...parts, make('details', {}, make('summary', { textContent: `Refusals (${refusals.length})` }),
    table(['Status', 'Error', 'Text', 'When'], refusals))];
}

/** Puts what is known in place of an example's values. */
function withKnown(value) {
  return Object.fromEntries(Object.entries(value).map(([name, old]) => [name, known.get(name) ?? old]));
}

function remember(answer) {
  const learnt = {
    credentialID: answer.credentialIDs?.[0],
    SAD: answer.SAD,
    requestID: answer.responseID,
    refresh_token: answer.refresh_token,
    token: answer.access_token,
    handle: answer.handle,
  };
  Object.entries(learnt).filter(([, value]) => value).forEach(([name, value]) => known.set(name, value));
  for (const area of document.querySelectorAll('textarea')) {
    try {
      const before = JSON.parse(area.value);
      const after = withKnown(before);
      if (JSON.stringify(before) !== JSON.stringify(after)) {
        area.value = JSON.stringify(after, null, 2);
      }
    } catch {
      // What somebody is writing just now stays as it is.
    }
  }
}

async function send(method, path, body, headers = {}) {
  const key = at('key').value;
  const answer = await fetch(path, {
    method,
    // Without credentials a browser asks for no password of its own when the answer is 401.
    credentials: 'omit',
    cache: 'no-store',
    headers: {
      ...body === undefined ? {} : { 'Content-Type': 'application/json' },
      ...key ? { 'X-API-Key': key } : {},
      ...headers,
    },
    body,
  });
  const text = await answer.text();
  let value = null;
  try {
    value = JSON.parse(text);
  } catch {
    // Not every answer has a body, and not every body is JSON.
  }
  if (answer.ok && value) {
    remember(value);
  }
  return { answer, text, value };
}

function show(place, { answer, text, value }) {
  const notes = ['X-Request-Id', 'Retry-After'].filter(name => answer.headers.has(name)).map(name => `${name}: ${answer.headers.get(name)}`);
  place.replaceChildren(
    make('p', { className: answer.ok ? 'good' : 'bad', textContent: [answer.status, ...notes].join(' · ') }),
    ...text ? [make('pre', { textContent: value ? JSON.stringify(value, null, 2) : text })] : []);
}

/** The form to try an operation with. */
function trial(method, path, operation) {
  const examples = Object.values(Object.values(operation.requestBody?.content ?? {})[0]?.examples ?? {});
  const asText = example => JSON.stringify(withKnown(example.value), null, 2);
  const result = make('div', { role: 'status' });
  const area = examples.length ? make('textarea', { rows: 8, spellcheck: false, value: asText(examples[0]), ariaLabel: 'Request' }) : null;
  const choice = examples.length > 1
    ? make('select', { ariaLabel: 'Example', onchange: () => { area.value = asText(examples[choice.selectedIndex]); } },
      ...examples.map(example => make('option', { textContent: example.summary })))
    : null;
  const query = (operation.parameters ?? []).map(parameter => make('input', { name: parameter.name, placeholder: parameter.name, ariaLabel: parameter.name }));
  const button = make('button', { textContent: 'Send' });
  const form = make('form', {}, make('h2', { textContent: 'Try it' }), choice, area, ...query, make('p', {}, button), result);
  form.addEventListener('submit', async event => {
    event.preventDefault();
    button.disabled = true;
    try {
      const given = new URLSearchParams(query.filter(input => input.value).map(input => [input.name, input.value]));
      show(result, await send(method.toUpperCase(), path + (given.size ? `?${given}` : ''), area?.value, token ? { Authorization: `Bearer ${token}` } : {}));
    } catch (failure) {
      result.replaceChildren(make('p', { className: 'bad', textContent: `The request could not be sent: ${failure.message}` }));
    }
    button.disabled = false;
  });
  return form;
}

function operationOf(base, path, method, operation) {
  const body = Object.values(operation.requestBody?.content ?? {})[0];
  return make('details', { className: 'operation', id: operation.operationId },
    make('summary', {}, code(`${method.toUpperCase()} ${base}${path}`), make('span', { textContent: operation.summary })),
    ...prose(operation.description),
    ...body ? [make('h3', { textContent: 'Request' }), ...fields(body.schema)] : [],
    ...operation.parameters ? [make('h3', { textContent: 'Parameters' }), table(['Name', 'Type', 'Meaning'], operation.parameters.map(p => [code(p.name), typeOf(p.schema), p.description]))] : [],
    ...answers(operation),
    trial(method, base + path, operation));
}

async function load(base) {
  const address = `${base}/openapi.json`;
  api = await (await fetch(address, { credentials: 'omit' })).json();
  const prefix = new URL(api.servers[0].url).pathname.replace(/\/$/, '');
  document.title = api.info.title;
  at('title').textContent = api.info.title;
  at('document').href = address;
  at('about').replaceChildren(...prose(api.info.description));
  const operations = Object.entries(api.paths).flatMap(([path, item]) => Object.entries(item)
    .filter(([method]) => method !== 'get' || !item.post).map(([method, operation]) => ({ path, method, operation })));
  at('contents').replaceChildren(...api.tags.flatMap(tag => [
    make('h2', { textContent: tag.name }),
    make('ul', {}, ...operations.filter(o => o.operation.tags[0] === tag.name).map(o =>
      make('li', {}, make('a', { href: `#${o.operation.operationId}`, textContent: o.path.slice(1) })))),
  ]));
  at('operations').replaceChildren(...api.tags.flatMap(tag => [
    make('h2', { textContent: tag.name }), ...prose(tag.description),
    ...operations.filter(o => o.operation.tags[0] === tag.name).map(o => operationOf(prefix, o.path, o.method, o.operation)),
  ]));
  open();
}

/** Unfolds the method that the address names. */
function open() {
  const wanted = document.getElementById(location.hash.slice(1));
  if (wanted?.matches('details.operation')) {
    wanted.open = true;
    wanted.scrollIntoView();
  }
}

at('login').addEventListener('submit', async event => {
  event.preventDefault();
  const bytes = new TextEncoder().encode(`${at('email').value}:${at('password').value}`);
  const pair = btoa(String.fromCharCode(...bytes));
  const session = at('session');
  try {
    const { answer, value } = await send('POST', '/csc/v2/auth/login', '{}', { Authorization: `Basic ${pair}` });
    token = answer.ok ? value.access_token : null;
    session.className = answer.ok ? 'good' : 'bad';
    session.textContent = answer.ok ? `You are signed in as ${at('email').value} for ${Math.round(value.expires_in / 60)} minutes.` : `${answer.status}: ${value?.error_description ?? ''}`;
    if (answer.ok) {
      at('password').value = '';
    }
  } catch (failure) {
    session.className = 'bad';
    session.textContent = `The request could not be sent: ${failure.message}`;
  }
});

at('version').addEventListener('change', () => load(at('version').value));
window.addEventListener('hashchange', open);
await load(at('version').value);
