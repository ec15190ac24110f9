import { IconButton } from "../../../ui/Button.tsx";
import "./images.css";

/** A picture that was chosen and has not been sent: as a `data:` address, by the type that its bytes are of. */
export interface ChosenImage {
  readonly key: string;
  readonly name: string;
  readonly type: string;
  readonly data: string;
}

/** What will go with the message. */
export function ImageStrip({ images, onRemove }: { readonly images: readonly ChosenImage[]; readonly onRemove: (key: string) => void }) {
  if (images.length === 0) return null;
  return (
    <ul className="image-strip" aria-label="Pictures that go with the message">
      {images.map(({ key, name, type, data }) => (
        <li key={key}>
          <img src={`data:${type};base64,${data}`} alt={name} />
          <IconButton icon="close" name={`Leave ${name} out`} onClick={() => onRemove(key)} />
        </li>
      ))}
    </ul>
  );
}
