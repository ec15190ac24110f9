export function ApprovalsPage() {
  return <div className="toolbar"><h1>Approvals</h1></div>;
}
