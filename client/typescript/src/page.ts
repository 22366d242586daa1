/** What there is in a page, in a worker, or in neither. */
const page = globalThis as Partial<Pick<Window, "document" | "addEventListener" | "removeEventListener">>;

const hiddenDelay = 5_000; // milliseconds from hiding a page to telling so

/** Whether this is a page that nobody sees. */
export const isHidden = (): boolean => page.document?.hidden === true;

/** Calls the functions when the page has been hidden for five seconds, is shown, or the network is back; the function that it returns ends that. */
export function followPage(calls: { hidden: () => void; shown: () => void; online: () => void }): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const changed = () => {
    clearTimeout(timer);
    if (isHidden()) timer = setTimeout(calls.hidden, hiddenDelay);
    else calls.shown();
  };
  page.document?.addEventListener("visibilitychange", changed);
  page.addEventListener?.("online", calls.online);
  return () => {
    clearTimeout(timer);
    page.document?.removeEventListener("visibilitychange", changed);
    page.removeEventListener?.("online", calls.online);
  };
}
