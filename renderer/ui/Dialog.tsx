import { AlertDialog as BaseAlert } from "@base-ui/react/alert-dialog";
import { Dialog as Base } from "@base-ui/react/dialog";
import { type ReactNode, type RefObject, useRef } from "react";
import { Button, IconButton } from "./Button.tsx";

interface DialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly children: ReactNode;
  /** The row of buttons at the bottom. */
  readonly foot?: ReactNode;
  readonly initialFocus?: RefObject<HTMLElement | null>;
  readonly className?: string;
}

/** A window over the page. Escape and the close button leave it. */
export function Dialog({ open, onClose, title, children, foot, initialFocus, className = "" }: DialogProps) {
  const body = useRef<HTMLDivElement>(null);
  return (
    <Base.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="backdrop" />
        <Base.Popup className={`dialog ${className}`} initialFocus={initialFocus ?? (() => firstControl(body.current))}>
          <header className="dialog-head">
            <Base.Title>{title}</Base.Title>
            <Base.Close render={<IconButton icon="close" name="Close" keys="escape" className="push" />} />
          </header>
          <div ref={body} tabIndex={-1} className="dialog-body">
            {children}
          </div>
          {foot !== undefined && <footer className="dialog-foot">{foot}</footer>}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

/** The first thing to fill in or to press, else what there is to read and to scroll, rather than the button that closes. */
function firstControl(body: HTMLElement | null): HTMLElement | true {
  return body?.querySelector<HTMLElement>("input, textarea, button, a[href], summary") ?? body ?? true;
}

/** Asks before something that cannot be taken back. Focus lands on *Cancel*. */
export function Confirm({
  open,
  onClose,
  title,
  children,
  action,
  onConfirm,
  isRunning = false,
  finalFocus,
}: {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly children: ReactNode;
  readonly action: string;
  readonly onConfirm: () => void;
  readonly isRunning?: boolean;
  /** Where the focus goes when it closes, where what opened it may be gone by then. */
  readonly finalFocus?: () => HTMLElement | true;
}) {
  return (
    <BaseAlert.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <BaseAlert.Portal>
        <BaseAlert.Backdrop className="backdrop" />
        <BaseAlert.Popup
          className="dialog"
          {...(finalFocus === undefined ? {} : { finalFocus })}
          style={{ width: "min(420px, calc(100vw - 48px))" }}
        >
          <header className="dialog-head">
            <BaseAlert.Title>{title}</BaseAlert.Title>
          </header>
          <div className="dialog-body soft">
            <BaseAlert.Description render={<div />}>{children}</BaseAlert.Description>
          </div>
          <footer className="dialog-foot">
            <BaseAlert.Close render={<Button className="push">Cancel</Button>} />
            <Button look="deny" onClick={onConfirm} off={isRunning ? "It is being done" : false}>
              {action}
            </Button>
          </footer>
        </BaseAlert.Popup>
      </BaseAlert.Portal>
    </BaseAlert.Root>
  );
}
