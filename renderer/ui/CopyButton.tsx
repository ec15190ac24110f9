import { useEffect, useState } from "react";
import { IconButton } from "./Button.tsx";

/** Copies a text as it is, and says so for a moment. */
export function CopyButton({ text, name, className = "" }: { readonly text: string; readonly name: string; readonly className?: string }) {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), 1_500);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
  };
  return (
    <IconButton icon={isCopied ? "check" : "copy"} name={isCopied ? "Copied" : name} onClick={() => void copy()} className={className} />
  );
}
