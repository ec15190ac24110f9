import { Component, type ReactNode } from "react";
import { Button } from "../ui/Button.tsx";
import { Icon } from "../ui/Icon.tsx";

interface Props {
  readonly children: ReactNode;
}
interface State {
  readonly error: Error | null;
}

/** A screen that failed to draw says so in its place; the rest of the window goes on. Give it a key to try again with another page. */
export class ErrorBoundary extends Component<Props, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: unknown): State {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return (
      <div className="p-6" role="alert">
        <div className="note max-w-180">
          <Icon name="alert" />
          <div>
            <p className="note-what">This screen could not be drawn.</p>
            <p className="note-remedy">Nothing that runs is affected. Try it again, or load the window anew.</p>
            <details className="mt-2">
              <summary className="small soft">Details</summary>
              <pre className="mono soft mt-1 whitespace-pre-wrap">{error.stack ?? error.message}</pre>
            </details>
            <p className="mt-3 flex gap-2">
              <Button size="small" onClick={() => this.setState({ error: null })}>
                Try again
              </Button>
              <Button size="small" onClick={() => window.location.reload()}>
                Load the window anew
              </Button>
            </p>
          </div>
        </div>
      </div>
    );
  }
}
