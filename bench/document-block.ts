/** Replaces what a page says between `<!-- benchmark -->` and `<!-- /benchmark -->`. */

const blockPattern = /(<!-- benchmark -->\n)[\s\S]*?(<!-- \/benchmark -->)/;

/** Throws when the page has no such place. */
export function replaceBenchmarkBlock(page: string, content: string): string {
  if (!blockPattern.test(page)) {
    throw new Error('the page has no <!-- benchmark --> and <!-- /benchmark --> to write between');
  }
  return page.replace(
    blockPattern,
    (_whole, begin: string, end: string) => `${begin}\n${content.trim()}\n\n${end}`,
  );
}
