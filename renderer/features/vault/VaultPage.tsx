export function VaultPage() {
  return (
    <div className="toolbar">
      <h1>Vault</h1>
    </div>
  );
}
