export function TaskPage() {
  return <div className="toolbar"><h1>Task</h1></div>;
}
