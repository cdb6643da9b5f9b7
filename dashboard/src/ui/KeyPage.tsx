import { useState } from "react";
import { session } from "../state/session";
import { Notice } from "./Notice";

/** Asks for the key. It goes into this tab's session storage and into headers, nowhere else. */
export function KeyPage(): JSX.Element {
  const [key, setKey] = useState("");
  const refused = session.key !== "";
  return (
    <Notice title={refused ? "This key is not accepted" : "A key is needed"}>
      <p>
        {refused
          ? "It is unknown, or it may only send. Check it with whoever runs this aggregator."
          : "This aggregator shows its metrics only to those who have one of its keys."}
      </p>
      <form
        className="flex flex-wrap gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          if (key !== "") session.connect(key.trim());
        }}
      >
        <label className="sr-only" htmlFor="key">
          Key
        </label>
        <input
          id="key"
          className="field min-w-0 flex-1 font-mono"
          type="password"
          autoComplete="off"
          spellCheck={false}
          autoFocus
          value={key}
          placeholder="Key"
          onChange={(event) => setKey(event.target.value)}
        />
        <button className="button" type="submit">
          Watch
        </button>
      </form>
      <p className="text-xs">It is kept until this tab is closed, and never becomes part of an address.</p>
    </Notice>
  );
}
