import { useEffect, useRef, useState } from "react";
import { useChange } from "../../rpc/queries.ts";
import { PassphraseField } from "../../ui/PassphraseField.tsx";
import { CodeField } from "./CodeField.tsx";
import { UnlockButton } from "./UnlockButton.tsx";
import { useWait } from "./use-wait.ts";

interface Try {
  readonly passphrase: string;
  readonly code: string | null;
  readonly acceptOlder: boolean;
}

/** The passphrase, with a code where codes are on. What is typed stays in its fields until it is sent. */
export function PassphraseWay({ hasCodes }: { readonly hasCodes: boolean }) {
  const passphrase = useRef<HTMLInputElement>(null);
  const code = useRef<HTMLInputElement>(null);
  const [tries, setTries] = useState(0);
  const [isCodeMissing, setCodeMissing] = useState(false);
  const waitMs = useWait();
  const unlock = useChange((client, given: Try) => client.unlock.withPassphrase(given), {
    onFail: ({ code: what }) => {
      setTries((count) => count + 1);
      // The passphrase was right or was not judged: only the code is asked for again.
      if (code.current !== null) code.current.value = "";
      if (what !== "WRONG_CODE" && what !== "CODE_NEEDED" && passphrase.current !== null) passphrase.current.value = "";
    },
  });
  const problemCode = unlock.problem?.code;
  useEffect(() => passphrase.current?.focus(), []);
  // A wrong try leaves its field empty and ready for the next.
  useEffect(() => {
    if (tries > 0 && waitMs === 0) (problemCode === "WRONG_CODE" ? code : passphrase).current?.focus();
  }, [tries, waitMs, problemCode]);
  const submit = (acceptOlder: boolean) => {
    const typed = passphrase.current?.value ?? "";
    const typedCode = code.current?.value.trim() ?? "";
    setCodeMissing(hasCodes && typed !== "" && typedCode === "");
    if (typed === "" || (hasCodes && typedCode === "") || waitMs > 0 || unlock.isRunning) return;
    unlock.run({ passphrase: typed, code: hasCodes ? typedCode : null, acceptOlder });
  };
  const { problem } = unlock;
  const said = (code: string) =>
    problem?.code === code ? (
      <>
        {problem.message}
        <span className="soft block">{problem.remedy}</span>
      </>
    ) : null;
  const isBeside = problemCode === "WRONG_PASSPHRASE" || problemCode === "WRONG_CODE";
  return (
    <form
      className="unlock-form"
      onSubmit={(event) => {
        event.preventDefault();
        submit(false);
      }}
    >
      <PassphraseField ref={passphrase} label="Passphrase" autoComplete="current-password" error={said("WRONG_PASSPHRASE")} />
      {hasCodes && <CodeField ref={code} error={isCodeMissing ? "The code is asked for, too." : said("WRONG_CODE")} />}
      <UnlockButton
        words="Unlock"
        busyWords="Unlocking…"
        isRunning={unlock.isRunning}
        waitMs={waitMs}
        problem={isBeside ? null : problem}
        onOlder={() => submit(true)}
      />
    </form>
  );
}
