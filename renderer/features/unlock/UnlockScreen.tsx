export function UnlockScreen() {
  return (
    <div className="toolbar">
      <h1>Unlock</h1>
    </div>
  );
}
