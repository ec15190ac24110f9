export function BoardPage() {
  return (
    <div className="toolbar">
      <h1>Board</h1>
    </div>
  );
}
