/** What every example of the API reference shows as a secret: everybody knows it, so it is nobody's key and credential. */
export const exampleSecret = '8tB0d2kTnq7eJxQm1vYhWc4uRfZaLsG9pXoN5iEw3yM';
