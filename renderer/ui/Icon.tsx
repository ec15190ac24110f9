import { iconShapes } from "./icon-shapes.tsx";

export type IconName = keyof typeof iconShapes;

/** A drawing beside words; it says nothing on its own, so assistive technology skips it. */
export function Icon({
  name,
  size = 16,
  className = "",
}: {
  readonly name: IconName;
  readonly size?: number;
  readonly className?: string;
}) {
  return (
    <svg className={`icon ${className}`} width={size} height={size} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      {iconShapes[name]}
    </svg>
  );
}
