/** Words of the list of everybody who holds access. */
export const accessText = {
  title: 'Access',
} as const;
