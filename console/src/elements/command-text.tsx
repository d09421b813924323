/** A sentence that names a command: no line ends within one of its options. */
const option = /(--[\w-]+)/;

export function CommandText({ sentence }: { sentence: string }) {
  return sentence.split(option).map((part, place) =>
    option.test(part) ? (
      // Parts may be alike: they are known by their place.
      <span key={place} className="option">
        {part}
      </span>
    ) : (
      part
    ),
  );
}
