export function SandboxesPage() {
  return (
    <div className="toolbar">
      <h1>Sandboxes</h1>
    </div>
  );
}
