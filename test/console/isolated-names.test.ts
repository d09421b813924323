/** Names within sentences: what one holds to turn the direction of reading ends with it (W-07). */
import { describe, expect, test } from '@jest/globals';
import { isolated, isolatedWithin, visibleText } from '../../console/src/text/isolated.ts';
import { text } from '../../console/src/text/text.ts';

const hostile = '\u202Eevil';

describe('a name', () => {
  test.each([
    ['from right to left', '\u202Eevil', '\u2068\u202Eevil\u2069'],
    ['in Hebrew', 'שלום', '\u2068שלום\u2069'],
    ['in Arabic', 'متجر 12', '\u2068متجر 12\u2069'],
    ['that ends our isolate', 'a\u2069\u202Eb', '\u2068a\u202Eb\u2069'],
    ['that begins one of its own', 'a\u2067b', '\u2068a\u2067b\u2069\u2069'],
    ['that begins and ends one', 'a\u2066b\u2069\u2069c', '\u2068a\u2066b\u2069c\u2069'],
    ['like any other', 'Marketing Automation 🔑 <b>', 'Marketing Automation 🔑 <b>'],
  ])('%s', (_what, name, said) => expect(isolated(name)).toBe(said));

  test('in a sentence of the server', () => {
    const sentence = `The client "${hostile}" (lkc_a) ends, ${hostile}.`;
    expect(isolatedWithin(sentence, ['lkc_a', hostile, 7, null, hostile])).toBe(
      'The client "\u2068\u202Eevil\u2069" (lkc_a) ends, \u2068\u202Eevil\u2069.',
    );
  });

  test('is typed as it is seen', () => {
    expect(visibleText(' \u202EOld  Town\u200B ')).toBe('Old Town');
  });
});

/** What they are given is not from others, or of letters that turn nothing: numbers, our own words, scopes, hints, ids. */
const ours = new Set(
  [
    'apis.loses apis.losesNobody apis.form.scopeValue apis.form.scopeDescription',
    'audit.verifying audit.verified audit.verifiedPart audit.fault audit.show audit.detail.title',
    'client.grants.losing client.make.grant client.make.lifetime client.impact.tokens client.impact.more',
    'client.impact.usesCount client.secrets.from client.secrets.whenQuiet client.secrets.keepWhich',
    'client.secrets.revokeWhich client.secrets.revokeTitle client.secrets.revoked',
    'client.regenerate.oldEndsLater client.token.carries client.token.expiresIn client.audit.secret',
    'client.quickStart.explanation clients.deactivateTitle clients.deactivated clients.deactivatedSome',
    'everyPage.actions.copyWhat everyPage.list.more everyPage.list.rows everyPage.list.selected',
    'everyPage.list.sortBy everyPage.problem.requestId everyPage.problem.forbiddenPage',
    'firstRun.token.seen frame.notices members.permissionCount notices.times overview.times',
    'settings.sessions.on signingKeys.revokeTitle usage.chart webhooks.form.everythingOf',
    'webhooks.form.remove webhooks.form.showEventsOf webhooks.testRefused webhooks.deliveries.replayWhich',
  ].flatMap((line) => line.split(' ')),
);
/** What beside a name is not from others: an address, whether something is on. */
const besideName: Readonly<Record<string, unknown[]>> = {
  'client.deleted.restored': [hostile, true],
  'firstRun.client.explanation': [hostile, 'a:read'],
  'settings.signedInAs': [hostile, 'ada@example.com'],
  'settings.sessions.endWhich': [hostile, '192.0.2.1'],
};

type Sentence = (...values: unknown[]) => string;

function sentencesOf(words: object, path: string): [string, Sentence][] {
  return Object.entries(words).flatMap(([key, value]): [string, Sentence][] => {
    const place = path === '' ? key : `${path}.${key}`;
    // Every function of the catalogue makes a sentence.
    if (typeof value === 'function') return [[place, value as Sentence]];
    return typeof value === 'object' && value !== null ? sentencesOf(value, place) : [];
  });
}
const sentences = sentencesOf(text, '');

test.each(sentences.filter(([place]) => !ours.has(place)))(
  'the sentence %s keeps the name in it to itself',
  (place, sentence) => {
    const said = sentence(...(besideName[place] ?? [hostile]));
    expect(said).toContain(isolated(hostile));
    expect(said.replaceAll(isolated(hostile), '')).not.toContain(hostile);
  },
);

test('no sentence is excused that is not there', () => {
  const places = new Set(sentences.map(([place]) => place));
  expect([...ours, ...Object.keys(besideName)].filter((place) => !places.has(place))).toEqual([]);
});
