/** Colours, corners, and what every component of a kind looks like. */
import { Badge, Button, createTheme, Pagination } from '@mantine/core';

export const theme = createTheme({
  primaryColor: 'teal',
  // Dark enough for white text on it, and light enough on a dark page (WCAG 2.2, 1.4.3).
  primaryShade: { light: 9, dark: 8 },
  autoContrast: true,
  defaultRadius: 'md',
  cursorType: 'pointer',
  components: {
    Badge: Badge.extend({ defaultProps: { variant: 'outline', radius: 'sm' } }),
    Button: Button.extend({ defaultProps: { size: 'sm' } }),
    Pagination: Pagination.extend({ defaultProps: { withEdges: false } }),
  },
});
