import { Component, type ReactNode } from "react";

/** Whatever goes wrong while rendering: a page that says so, never a blank one. */
export class Guard extends Component<{ children: ReactNode }, { error: string }> {
  override state = { error: "" };

  static getDerivedStateFromError(error: unknown): { error: string } {
    return { error: error instanceof Error ? error.message : String(error) };
  }

  override render(): ReactNode {
    if (this.state.error === "") return this.props.children;
    return (
      <main className="mx-auto mt-24 max-w-lg p-6 text-center" role="alert">
        <h1 className="text-lg font-semibold">This page has failed</h1>
        <p className="mt-2 text-dim">{this.state.error}</p>
        <button className="button mt-4" onClick={() => location.reload()}>
          Load it again
        </button>
      </main>
    );
  }
}
