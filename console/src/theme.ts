/** Colours, corners, and what every component of a kind looks like. */
import {
  Alert,
  Badge,
  Button,
  createTheme,
  Pagination,
  type CSSVariablesResolver,
} from '@mantine/core';

export const theme = createTheme({
  primaryColor: 'teal',
  // Dark enough for white text on it (WCAG 2.2, 1.4.3).
  primaryShade: { light: 9, dark: 9 },
  autoContrast: true,
  defaultRadius: 'md',
  cursorType: 'pointer',
  components: {
    // Orange on yellow cannot be read: the ground and the icon say what kind it is.
    Alert: Alert.extend({ styles: { title: { color: 'var(--mantine-color-text)' } } }),
    Badge: Badge.extend({ defaultProps: { variant: 'outline', radius: 'sm' } }),
    Button: Button.extend({ defaultProps: { size: 'sm' } }),
    Pagination: Pagination.extend({ defaultProps: { withEdges: false } }),
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
  dark: { '--mantine-color-dimmed': colors.dark[1], '--mantine-color-placeholder': colors.dark[1] },
});
