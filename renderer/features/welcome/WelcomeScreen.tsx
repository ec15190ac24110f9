import { useState } from "react";
import type { TaskId } from "#shared/contract/ids.ts";
import { useRead } from "../../rpc/queries.ts";
import { Button } from "../../ui/Button.tsx";
import { Icon } from "../../ui/Icon.tsx";
import { BringBackup } from "./BringBackup.tsx";
import { EngineStep } from "./EngineStep.tsx";
import { FirstTaskStep } from "./FirstTaskStep.tsx";
import { useNewVault } from "./make-vault.ts";
import { ProtectStep } from "./ProtectStep.tsx";
import { RecoveryStep } from "./RecoveryStep.tsx";
import { RepositoryStep } from "./RepositoryStep.tsx";
import "./welcome.css";

const steps = [
  { name: "Protect the vault", what: "A passphrase and a recovery key" },
  { name: "Check the engine", what: "What holds the agents" },
  { name: "Add a repository", what: "Yours, or the sample" },
  { name: "Run a first task", what: "The practice agent" },
] as const;

/** From a fresh start to a running agent: four steps, no account. */
export function WelcomeScreen({
  hasVault,
  onVaultMade,
  onDone,
}: {
  /** The vault is there and open; the first step is done. */
  readonly hasVault: boolean;
  /** Called just before the vault is made. */
  readonly onVaultMade?: () => void;
  readonly onDone?: (taskId: TaskId | null) => void;
}) {
  const isKeyShown = useNewVault(({ recoveryKey, isMaking, problem }) => recoveryKey !== null || isMaking || problem !== null);
  const [chosen, setChosen] = useState(isKeyShown ? 0 : 1);
  const step = hasVault ? chosen : 0;
  const isDone = useDone(hasVault);
  return (
    <div className="welcome">
      <header className="welcome-bar">
        <Icon name="gate" />
        <b>Gatehouse</b>
        {hasVault && (
          <Button size="small" look="quiet" className="push" onClick={() => onDone?.(null)}>
            Skip to the board
          </Button>
        )}
      </header>
      <main className="welcome-main">
        <nav aria-label="Steps">
          <ol className="welcome-steps">
            {steps.map(({ name, what }, index) => (
              <li key={name} aria-current={index === step ? "step" : undefined}>
                <button type="button" className="welcome-step" disabled={index === 0 || !hasVault} onClick={() => setChosen(index)}>
                  {isDone(index) ? (
                    <Icon name="check" className="is-allow" />
                  ) : (
                    <span className="welcome-number num" aria-hidden="true">
                      {index + 1}
                    </span>
                  )}
                  <span>
                    <span className="block">{name}</span>
                    <span className="small label block">{isDone(index) ? "Done" : what}</span>
                  </span>
                </button>
              </li>
            ))}
          </ol>
        </nav>
        <section className="welcome-body" aria-label={steps[step]?.name}>
          {step === 0 &&
            (hasVault ? (
              <RecoveryStep onNext={() => setChosen(1)} />
            ) : (
              <>
                <ProtectStep onVaultMade={onVaultMade} />
                <BringBackup />
              </>
            ))}
          {step === 1 && <EngineStep onNext={() => setChosen(2)} />}
          {step === 2 && <RepositoryStep onNext={() => setChosen(3)} />}
          {step === 3 && <FirstTaskStep onBack={() => setChosen(2)} onDone={(taskId) => onDone?.(taskId)} />}
        </section>
      </main>
    </div>
  );
}

/** Which steps are true, whether or not a person went through them here. */
function useDone(hasVault: boolean): (step: number) => boolean {
  const engines = useRead(["sandboxes", "engines"], (client, signal) => client.sandboxes.engines({}, { signal }), { enabled: hasVault });
  const repositories = useRead(["repositories"], (client, signal) => client.repositories.list({}, { signal }), { enabled: hasVault });
  const done = [hasVault, engines.data?.some((engine) => engine.status.kind === "ready") ?? false, (repositories.data?.length ?? 0) > 0];
  return (step) => done[step] ?? false;
}
