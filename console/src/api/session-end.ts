/** That the session has ended: whoever calls the admin API learns it first, and the page leads to the door. */
type Listener = () => void;
const listeners = new Set<Listener>();
let holds = 0;

/** Called when an answer says that the session has ended. */
export function onSessionEnd(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Nobody is sent away from what is shown this once; what is returned is called when it is stored. */
export function holdSessionEnd(): () => void {
  holds += 1;
  return () => {
    holds -= 1;
  };
}

/** False: nobody leads to the door, and whoever has asked says what is wrong. */
export function tellSessionEnd(): boolean {
  if (holds > 0 || listeners.size === 0) return false;
  for (const listener of listeners) listener();
  return true;
}
