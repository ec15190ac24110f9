export function RulesPage() {
  return (
    <div className="toolbar">
      <h1>Rules</h1>
    </div>
  );
}
