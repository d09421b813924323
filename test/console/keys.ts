/** Moving about a page with keys alone. */
import type { Page } from 'playwright-core';
import { until } from '../support/until.ts';

const tabsMax = 60;

/** What somebody who moves by Tab is told they are at. */
export const nameOfFocus = (page: Page) =>
  page.evaluate<string>(`(() => {
    const at = document.activeElement;
    const labels = at.labels ? [...at.labels].map((label) => label.textContent) : [];
    return [at.getAttribute('aria-label'), ...labels, at.textContent].filter(Boolean).join(' ');
  })()`);

/** Whether it is framed, or, as fields are, has a border of the colour that is the page's for what is chosen. */
const isFocusSeen = (page: Page) =>
  page.evaluate<boolean>(`(() => {
    const at = document.activeElement;
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(at);
    if ((outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none') return true;
    const field = at.matches('input, textarea') && at.closest('[class*="-input"]');
    if (!field) return false;
    const probe = document.createElement('i');
    probe.style.color = 'var(--mantine-primary-color-filled)';
    document.body.append(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    return getComputedStyle(field).borderTopColor === color;
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
      await until(() => isFocusSeen(page), `the focus on ${String(name)} is seen`);
      return;
    }
    passed.push(at.slice(0, 40));
  }
  throw new Error(`${String(name)} is not reached by Tab, but: ${passed.join(' > ')}`);
}
