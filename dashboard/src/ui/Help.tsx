import { useEffect, useRef } from "react";
import { useView } from "../state/view";
import { keyHelp } from "./keys";

export function Help(): JSX.Element {
  const { helpOpen, set } = useView();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (helpOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [helpOpen]);
  return (
    <dialog
      ref={dialog}
      className="card w-[26rem] max-w-[calc(100vw-2rem)] p-5 text-ink backdrop:bg-black/40"
      aria-labelledby="help-title"
      onClose={() => set({ helpOpen: false })}
      onClick={(event) => event.target === dialog.current && set({ helpOpen: false })}
    >
      <h2 id="help-title" className="mb-3 font-semibold">
        Keyboard
      </h2>
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-2">
        {keyHelp.map(([keys, what]) => (
          <div key={keys} className="contents">
            <dt>
              <kbd className="whitespace-nowrap rounded border border-line bg-page px-1.5 py-0.5 font-mono text-xs">
                {keys}
              </kbd>
            </dt>
            <dd className="text-dim">{what}</dd>
          </div>
        ))}
      </dl>
      <button className="button mt-4" onClick={() => set({ helpOpen: false })}>
        Close
      </button>
    </dialog>
  );
}
