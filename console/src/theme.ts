/** Colours, corners, and what every component of a kind looks like. */
import {
  Alert,
  Badge,
  Button,
  createTheme,
  Modal,
  Pagination,
  SegmentedControl,
  type CSSVariablesResolver,
} from '@mantine/core';

export const theme = createTheme({
  primaryColor: 'teal',
  // Dark enough for white text on it (WCAG 2.2, 1.4.3).
  primaryShade: { light: 9, dark: 9 },
  autoContrast: true,
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    // Orange on yellow cannot be read: the ground and the icon say what kind it is.
    Alert: Alert.extend({ styles: { title: { color: 'var(--mantine-color-text)' } } }),
    Badge: Badge.extend({
      defaultProps: { variant: 'light', radius: 'sm', tt: 'none', fw: 600, miw: 'max-content' },
    }),
    Button: Button.extend({ defaultProps: { size: 'sm' } }),
    Modal: Modal.extend({ styles: { title: { fontWeight: 600 } } }),
    Pagination: Pagination.extend({ defaultProps: { withEdges: false } }),
    // Wider than the page is: pushed along, not cut.
    SegmentedControl: SegmentedControl.extend({
      styles: { root: { maxWidth: '100%', overflowX: 'auto' } },
    }),
  },
});

/** Quiet text has to be read as well: 4.5 to 1 on every ground it stands on (WCAG 2.2, 1.4.3). */
export const resolveVariables: CSSVariablesResolver = ({ colors }) => ({
  variables: {},
  light: {
    // On its own light ground, where one is in the navigation, also while the pointer is on it.
    '--mantine-color-teal-light-color': '#05614a',
    '--mantine-color-dimmed': colors.gray[7],
    '--mantine-color-placeholder': colors.gray[7],
  },
  dark: {
    '--mantine-color-dimmed': colors.dark[1],
    '--mantine-color-placeholder': colors.dark[1],
    // A button that waits is a button on a card as well.
    '--mantine-color-disabled': colors.dark[5],
    '--mantine-color-disabled-color': colors.dark[2],
  },
});
