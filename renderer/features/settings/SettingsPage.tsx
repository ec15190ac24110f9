export function SettingsPage() {
  return (
    <div className="toolbar">
      <h1>Settings</h1>
    </div>
  );
}
