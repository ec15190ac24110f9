export function AuditPage() {
  return <div className="toolbar"><h1>Audit</h1></div>;
}
