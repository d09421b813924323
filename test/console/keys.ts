/** Moving about a page with keys alone. */
import { expect } from '@jest/globals';
import type { Page } from 'playwright-core';

const tabsMax = 60;

/** What somebody who moves by Tab is told they are at. */
export const nameOfFocus = (page: Page) =>
  page.evaluate<string>(`(() => {
    const at = document.activeElement;
    const labels = at.labels ? [...at.labels].map((label) => label.textContent) : [];
    return [at.getAttribute('aria-label'), ...labels, at.textContent].filter(Boolean).join(' ');
  })()`);

export async function tabTo(
  page: Page,
  name: string | RegExp,
  key: 'Tab' | 'Shift+Tab' = 'Tab',
): Promise<void> {
  const passed: string[] = [];
  for (let presses = 0; presses < tabsMax; presses += 1) {
    await page.keyboard.press(key);
    const at = (await nameOfFocus(page)).replaceAll('*', '').trim();
    if (typeof name === 'string' ? at === name : name.test(at)) {
      // Whoever sees it, sees where they are.
      const isSeen = await page.evaluate<boolean>(`(() => {
        const at = document.activeElement;
        const { outlineStyle, outlineWidth, borderColor, boxShadow } = getComputedStyle(at);
        return (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none'
          || at.matches('input, textarea') && borderColor !== '';
      })()`);
      expect([name, isSeen]).toEqual([name, true]);
      return;
    }
    passed.push(at.slice(0, 40));
  }
  throw new Error(`${String(name)} is not reached by Tab, but: ${passed.join(' > ')}`);
}
