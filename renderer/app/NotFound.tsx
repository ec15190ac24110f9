import { Link } from "@tanstack/react-router";
import { EmptyState } from "../ui/states.tsx";

export function NotFound() {
  return (
    <EmptyState
      action={
        <Link to="/" className="btn btn-small">
          Go to the board
        </Link>
      }
    >
      There is no such page.
    </EmptyState>
  );
}
