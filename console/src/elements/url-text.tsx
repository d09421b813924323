/** An URL, which breaks between its parts before it breaks within one. */
import { Fragment } from 'react';

/** Behind a slash that ends a part, and in front of the query and each of its parameters. */
const partEnd = /(?<=[^/:]\/)|(?=[?&#])/;

export function UrlText({ url }: { url: string }) {
  return url.split(partEnd).map((part, place) => (
    // Parts may be alike: they are known by their place.
    <Fragment key={place}>
      {place > 0 && <wbr />}
      {part}
    </Fragment>
  ));
}
