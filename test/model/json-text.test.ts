/** JSON that is written by hand is JSON (RFC 8259). */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { quoteJson } from '../../src/model/json-text.ts';

test('any text is written as JSON.stringify writes it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 20 }), (text) => {
      expect(quoteJson(text)).toBe(JSON.stringify(text));
    }),
    { numRuns: 2_000 },
  );
});

test('each single character is written as JSON.stringify writes it', () => {
  for (let code = 0; code < 0x1_0000; code += 1) {
    const text = `a${String.fromCharCode(code)}`;
    if (quoteJson(text) !== JSON.stringify(text)) throw new Error(`character ${code} differs`);
  }
  expect(quoteJson('')).toBe('""');
});
