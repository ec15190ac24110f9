export function AddRepositoryDialog(_: { readonly onClose: () => void }) {
  return null;
}
