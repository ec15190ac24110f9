import type { ReactNode, Ref } from "react";
import type { PersonRequest } from "#shared/contract/permission.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import { FormPrompt } from "./FormPrompt.tsx";
import { Prompt } from "./Prompt.tsx";
import type { PromptPlace } from "./PromptFrame.tsx";

/** Whatever waits for a person, as it is answered. */
export function AnyPrompt({
  request,
  ...shared
}: {
  readonly request: PersonRequest;
  readonly place: PromptPlace;
  readonly side?: ReactNode;
  readonly focusRef?: Ref<HTMLElement>;
  readonly onAnswered?: (request: PersonRequest) => void;
}) {
  switch (request.kind) {
    case "permission":
      return <Prompt request={request} {...shared} />;
    case "question":
      return <FormPrompt key={request.id} request={request} {...shared} />;
    default:
      return assertNever(request);
  }
}
