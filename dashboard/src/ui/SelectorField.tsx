import { useEffect, useId, useMemo, useState } from "react";
import { complete, type Suggestion } from "../model/completion";
import { parseSelector, SelectorError } from "../model/selector";
import { session } from "../state/session";
import { useLive } from "../state/live";
import { useView } from "../state/view";
import { searchFieldId } from "./keys";

/** Where a selector is typed, with completion of names, labels and values. */
export function SelectorField(): JSX.Element {
  const query = useView((view) => view.query);
  const set = useView((view) => view.set);
  const [text, setText] = useState(query);
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const seriesCount = useLive((live) => live.seriesCount);
  const problem = useLive((live) => live.problem);
  const listId = useId();
  useEffect(() => setText(query), [query]);

  const suggestions = useMemo(
    () => (open ? complete(text, [...session.catalogue.series.values()]) : []),
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [open, text, seriesCount],
  );

  const submit = (value: string): void => {
    set({ query: value.trim() });
    setOpen(false);
  };
  const change = (value: string): void => {
    setText(value);
    setOpen(true);
    setActive(-1);
  };
  const choose = ({ result }: Suggestion): void => {
    change(result);
    if (isWhole(result)) submit(result);
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const count = suggestions.length;
    if (event.key === "ArrowDown" && count > 0) setActive((active + 1) % count);
    else if (event.key === "ArrowUp" && count > 0) setActive((active + count - 1) % count);
    else if (event.key === "Tab" && open && active >= 0) choose(suggestions[active]!);
    else if (event.key === "Enter") {
      if (open && active >= 0) choose(suggestions[active]!);
      else submit(text);
    } else if (event.key === "Escape" && open) setOpen(false);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div className="relative min-w-[14rem] flex-1">
      <label className="sr-only" htmlFor={searchFieldId}>
        Selector of series
      </label>
      <input
        id={searchFieldId}
        className="field w-full font-mono text-[13px]"
        role="combobox"
        aria-expanded={suggestions.length > 0}
        aria-controls={listId}
        aria-activedescendant={active >= 0 ? `${listId}-${active}` : undefined}
        aria-autocomplete="list"
        aria-invalid={problem !== ""}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        placeholder='cpu_*{service="web"}'
        value={text}
        onChange={(event) => change(event.target.value)}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={onKeyDown}
      />
      {suggestions.length > 0 && (
        <ul
          id={listId}
          role="listbox"
          aria-label="Completions"
          className="card absolute z-20 mt-1 max-h-80 w-full overflow-auto py-1 shadow-lg"
        >
          {suggestions.map((suggestion, i) => (
            <li
              key={suggestion.text}
              id={`${listId}-${i}`}
              role="option"
              aria-selected={i === active}
              className={`flex cursor-pointer gap-3 px-3 py-1 font-mono text-xs ${i === active ? "bg-accent/15" : "hover:bg-page"}`}
              onPointerDown={(event) => {
                event.preventDefault(); // the field keeps the focus
                choose(suggestion);
              }}
            >
              <span className="min-w-0 truncate">{suggestion.text}</span>
              <span className="ml-auto shrink-0 font-sans text-dim">{suggestion.detail}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function isWhole(text: string): boolean {
  try {
    parseSelector(text);
    return true;
  } catch (error) {
    if (error instanceof SelectorError) return false;
    throw error;
  }
}
